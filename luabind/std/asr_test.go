package std

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the engine makes of an utterance is what the script gets, or why it made
// nothing of it.
func TestTranscribe(t *testing.T) {
	counts := filepath.Join(t.TempDir(), "count")
	check(t, os.WriteFile(counts, []byte("#!/bin/sh\nwc -c < \"$1\" | awk '{print ($1-44)/16000, \"s\"}'\n"), 0o755))
	for _, row := range []struct{ name, options, want string }{
		{"text", `{engine = "command", command = {"echo", " hello  there "}}`, "hello there command"},
		{"nothing", `{engine = "command", command = {"true"}}`, " command"},
		{"the file", `{engine = "command", command = {"` + counts + `", "{wav}"}}`, "1.08 s command"},
		{"no engine", `{}`, "raises no engine is chosen"},
		{"no such engine", `{engine = "comand"}`, "raises there is no engine"},
		{"a misspelt option", `{engine = "command", comand = {"echo"}}`, `raises comand`},
		{"an option of another type", `{engine = "command", command = "echo"}`, `raises option "command"`},
		{"no such program", `{engine = "command", command = {"/no/such/program"}}`, "nil /no/such/program"},
		{"a program that fails", `{engine = "command", command = {"sh", "-c", "echo no model >&2; exit 3"}}`, "nil no model"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := place(t, caller{speaks: from(500*ms, 1120*ms)}, `local asr = require "asr"
				local u = audio.listen()
				local ok, text, details = pcall(asr.transcribe, u, `+row.options+`)
				if not ok then agi.var.GOT = "raises " .. text.message
				elseif not text then agi.var.GOT = "nil " .. details
				else agi.var.GOT = text .. " " .. details.engine end`)
			got := e.vars["GOT"]
			if kind, part, failed := strings.Cut(row.want, " "); failed && (kind == "raises" || kind == "nil") {
				if !strings.HasPrefix(got, kind) || !strings.Contains(got, part) {
					t.Errorf("got %q, want %q; %v", got, row.want, e.Err)
				}
			} else if !near(got, row.want) {
				t.Errorf("got %q, want %q; %v", got, row.want, e.Err)
			}
		})
	}
}

// The settings file chooses the engine, and a call may choose otherwise.
func TestEngineOfTheSettings(t *testing.T) {
	who := caller{speaks: from(500*ms, 1100*ms), asr: map[string]any{
		"engine":  "command",
		"command": map[string]any{"command": []any{"echo", "from the file"}},
	}}
	e := place(t, who, `local asr = require "asr"
		local u = audio.listen()
		agi.var.FILE = asr.transcribe(u)
		agi.var.CALL = asr.transcribe(u, {command = {"echo", "from the call"}})`)
	e.check(t, map[string]string{"FILE": "from the file", "CALL": "from the call"})
}

// What was said before a hangup is transcribed under the grace time, and a
// hangup ends an engine that is at work.
func TestTranscribeAndHangup(t *testing.T) {
	e := place(t, caller{speaks: from(0, 9000*ms), hangsUp: 2 * time.Second}, `local asr = require "asr"
		local u, why = audio.listen()
		agi.var.WHY = why
		agi.var.TEXT = asr.transcribe(u, {engine = "command", command = {"echo", "so far"}})`)
	e.check(t, map[string]string{"WHY": "hangup", "TEXT": "so far", "GOAGI_STATUS": "HANGUP"})

	// Not in a bubble, where no time would pass while a program runs.
	running := filepath.Join(t.TempDir(), "running")
	check(t, syscall.Mkfifo(running, 0o600))
	hangsUp := make(chan struct{})
	go func() {
		_, _ = os.ReadFile(running) // once the program has written there
		close(hangsUp)
	}()
	e = placed(t, caller{speaks: from(0, 300*ms), hangsUpOn: hangsUp}, `local asr = require "asr"
		local u = audio.listen{silence = 0.3}
		local ok, err = pcall(asr.transcribe, u, {engine = "command", command = {"sh", "-c", "echo > `+running+`; exec sleep 60"}})
		agi.var.KIND = err.kind`)
	e.check(t, map[string]string{"KIND": "hangup", "GOAGI_STATUS": "HANGUP"})
	if e.took > 20*time.Second {
		t.Errorf("it took %v", e.took)
	}
}

// A stream hears what is said while the script goes on.
func TestStream(t *testing.T) {
	e := place(t, caller{speaks: from(500*ms, 1500*ms)}, `local asr = require "asr"
		local s = assert(asr.stream{engine = "command", command = {"wc", "-c"}})
		agi.sleep(2)
		assert(s:partial() == "")
		local text, details = s:finish()
		agi.var.GOT = text .. " " .. details.engine
		agi.var.AGAIN = s:finish()`)
	// Two seconds, but for what the pipe still held.
	if n, err := strconv.Atoi(strings.TrimSuffix(e.vars["GOT"], " command")); err != nil || n < 30000 || n > 32364 || e.vars["GOT"] != e.vars["AGAIN"]+" command" {
		t.Errorf("got %q, then %q; %v", e.vars["GOT"], e.vars["AGAIN"], e.Err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
