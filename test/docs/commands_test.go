package docs_test

import (
	"context"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
	"goagi/luabind/std"
	"goagi/sim"
)

// sent runs a piece of a script in a call of its own and gives the commands that
// it sent to Asterisk, each as its words. The caller is silent, whatever
// application the dialplan runs is there, and every label is.
func sent(t *testing.T, source string) (commands [][]string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		asterisk, program := sim.Pipe()
		stream := agi.NewStream(program, program, program.Close)
		there := sim.Call{
			Script: "row.lua", Args: []string{"row.lua", "one"}, CallerID: "5551234", Signal: stream.HangUp,
			App:   func(string, string) (int, bool) { return 0, true },
			Label: func(string, string, string) bool { return true },
			Gosub: func(string, string, string, string) bool { return true },
			Wire: func(mark byte, line string) {
				words, _ := sim.Words(line)
				if mark == '>' && !strings.HasPrefix(strings.Join(words, " "), "SET VARIABLE GOAGI_") {
					commands = append(commands, words)
				}
			},
		}
		done := make(chan struct{})
		go func() {
			there.Run(context.Background(), asterisk)
			close(done)
		}()
		result := call.Run(t.Context(), call.Call{
			Transport: stream,
			Load:      func(*agi.Env) (*luabind.Chunk, error) { return luabind.Compile([]byte(source), "row.lua") },
			Describe: func(*agi.Env) luabind.Host {
				return luabind.Host{Args: []string{"one"}, Script: "row.lua", Transport: "process", Library: std.Find}
			},
			Log: slog.New(slog.DiscardHandler),
		})
		stream.Close()
		<-done
		hangsUp := strings.Contains(source, "hangup(")
		if result.Status != call.OK && !(hangsUp && result.Status == call.Hangup) {
			t.Errorf("%s ended as %s: %v", source, result.Status, result.Err)
		}
	})
	return commands
}

// What a page of migration says to write in the place of a call of another
// library sends Asterisk the command that stands beside it.
func TestMigrationTables(t *testing.T) {
	for name, least := range map[string]int{"phpagi": 45, "Asterisk::AGI": 40, "pyst2": 40, "lua-agi": 25} {
		t.Run(name, func(t *testing.T) {
			file := map[string]string{"Asterisk::AGI": "perl"}[name]
			if file == "" {
				file = name
			}
			p := read(t, "migrate-"+file+".md")
			rows := p.rows(name, "goagi", "sends")
			for _, r := range rows {
				if len(r.cells) != 3 {
					t.Errorf("%s:%d: %d columns", p.path, r.line, len(r.cells))
					continue
				}
				source := strings.Join(spans(r.cells[1]), "\n")
				var want [][]string
				for _, command := range spans(r.cells[2]) {
					words, _ := sim.Words(command)
					want = append(want, words)
				}
				if got := sent(t, source); source == "" || !reflect.DeepEqual(got, want) {
					t.Errorf("%s:%d: %s sends %q, not %q", p.path, r.line, source, got, want)
				}
			}
			if len(rows) < least {
				t.Errorf("only %d rows", len(rows))
			}
		})
	}
}

// What PHP's language is said to be in Lua runs, and what is said to hold, holds.
func TestLanguageTable(t *testing.T) {
	const given = `local x, name, done, list, map, f = 2, "Ann", false, {"a", "b"}, {a = 1}, function() end `
	p := read(t, "migrate-phpagi.md")
	rows := p.rows("PHP", "Lua", "what differs")
	for _, r := range rows {
		pieces := spans(r.cells[1])
		for _, piece := range pieces {
			source := given + piece
			if _, err := luabind.Compile([]byte(source), "row.lua"); err != nil { // it is no statement, so it holds
				source = given + "assert(" + piece + ")"
			}
			sent(t, source)
			if t.Failed() {
				t.Fatalf("%s:%d: %s", p.path, r.line, piece)
			}
		}
		if len(r.cells) != 3 || len(pieces) == 0 {
			t.Errorf("%s:%d: %d columns, %d pieces of Lua", p.path, r.line, len(r.cells), len(pieces))
		}
	}
	if len(rows) < 20 {
		t.Errorf("only %d rows", len(rows))
	}
}
