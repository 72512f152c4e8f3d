package std

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/call"
	"goagi/eagi"
	"goagi/luabind"
	"goagi/sim"
)

// A caller is what somebody does in a call, by its time.
type caller struct {
	speaks  []span // when it speaks
	keys    string // pressed at keysAt
	keysAt  time.Duration
	hangsUp time.Duration // 0 for never
	notEAGI bool
	vars    map[string]string
	asr     map[string]any // [asr] of the settings file
	config  map[string]map[string]any
	shared  *luabind.Shared
	sandbox *luabind.Sandbox
	// hangsUpOn has it hang up when the channel is closed, such as by a server that
	// was asked.
	hangsUpOn <-chan struct{}
}

type span struct{ from, to time.Duration }

const ms = time.Millisecond

func from(from, to time.Duration) []span { return []span{{from, to}} }

// ended is a call that is over.
type ended struct {
	call.Result
	vars  map[string]string
	heard []sim.Event
	log   string
	took  time.Duration
}

// place runs a script in a bubble, against the simulated Asterisk. A script that
// waits for a server of another process, or for one of the network's, is placed
// in real time: by placed.
func place(t *testing.T, who caller, script string) (e ended) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { e = placed(t, who, script) })
	return e
}

func placed(t *testing.T, who caller, script string) (e ended) {
	asterisk, program := sim.Pipe()
	stream := agi.NewStream(program, program, program.Close)
	far, near := sim.Pipe()
	begin := time.Now()
	c := &sim.Call{
		Script: "t.lua", Signal: stream.HangUp, Answered: true, Enhanced: !who.notEAGI, Vars: who.vars,
		Hear: func(event sim.Event) { e.heard = append(e.heard, event) },
	}
	if !who.notEAGI {
		c.Audio, c.Voice = far, who.voice()
	}
	var log bytes.Buffer
	sounds := ""
	if !who.notEAGI {
		sounds = prompts(t)
	}
	placed := call.Call{
		Transport: stream,
		Load:      func(*agi.Env) (*luabind.Chunk, error) { return luabind.Compile([]byte(prelude+script), "t.lua") },
		Describe: func(*agi.Env) luabind.Host {
			return luabind.Host{Script: "t.lua", Transport: "eagi", Library: Find, Known: Names, Modules: []string{t.TempDir()},
				Config: who.settings(), Shared: who.shared, Sandbox: who.sandbox, Sounds: sounds}
		},
		Log:   slog.New(slog.NewTextHandler(&log, nil)),
		Audio: func() (io.ReadCloser, error) { return near, nil },
	}
	if who.keys != "" {
		time.AfterFunc(who.keysAt, func() { c.Press(who.keys) })
	}
	if who.hangsUp > 0 {
		time.AfterFunc(who.hangsUp, c.Hangup)
	}
	if who.hangsUpOn != nil {
		ended := make(chan struct{})
		defer close(ended)
		go func() {
			select {
			case <-who.hangsUpOn:
				c.Hangup()
			case <-ended:
			}
		}()
	}
	over := make(chan sim.Result, 1)
	go func() { over <- c.Run(context.Background(), asterisk) }()
	e.Result = call.Run(t.Context(), placed)
	stream.Close()
	<-over
	e.took, e.vars, e.log = time.Since(begin), c.Vars, log.String()
	return e
}

// settings are those of all modules.
func (who caller) settings() map[string]map[string]any {
	all := map[string]map[string]any{"asr": who.asr}
	maps.Copy(all, who.config)
	return all
}

// prelude lets a script say what it got: describe(audio.listen()).
const prelude = `local audio = require "audio"
	local function describe(u, ...)
		local words = {type(u) == "userdata" and ("%.1f s"):format(u:duration()) or tostring(u)}
		for _, word in ipairs({...}) do words[#words + 1] = tostring(word) end
		return table.concat(words, " ")
	end
	local function inStep() return agi.get_full_variable("in-step") end `

// prompts makes a folder of sounds: a, b and c, of a second of a voice that
// does not come back to fd 3.
func prompts(t *testing.T) string {
	t.Helper()
	samples := make([]int16, 8000)
	for i := range samples {
		samples[i] = int16(vowel(i * 8 / 5))
	}
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		check(t, eagi.NewUtterance(samples, 8000, time.Time{}).Save(filepath.Join(dir, name+".sln")))
	}
	return dir
}

// voice makes the caller's audio: a faint noise, and while it speaks a voice of
// 130 Hz whose vowels come four a second.
func (who caller) voice() func([]byte) {
	n, noise := 0, uint32(1)
	return func(frame []byte) {
		for i := 0; i+1 < len(frame); i += 2 {
			noise = noise*1664525 + 1013904223
			v := float64(int32(noise)>>24) / 8
			at := time.Duration(n) * time.Second / 8000
			for _, s := range who.speaks {
				if s.from <= at && at < s.to {
					v += vowel(n)
				}
			}
			frame[i], frame[i+1] = byte(int16(v)), byte(int16(v)>>8)
			n++
		}
	}
}

func vowel(n int) float64 {
	t, v := float64(n)/8000, 0.0
	for k := 1.0; k*130 < 3400; k++ {
		f := k * 130
		v += math.Sin(2*math.Pi*f*t) * (math.Exp(-math.Pow((f-600)/250, 2)) + 0.5*math.Exp(-math.Pow((f-1400)/300, 2)) + 0.1)
	}
	return v * 1500 * (0.6 + 0.4*math.Sin(2*math.Pi*4*t))
}

// check looks at a call's variables; a want that begins with ~ is a part of it.
func (e ended) check(t *testing.T, want map[string]string) {
	t.Helper()
	for name, value := range want {
		got := e.vars[name]
		if part, ok := strings.CutPrefix(value, "~"); ok && !strings.Contains(got, part) || !ok && got != value {
			t.Errorf("%s is %q, want %q; %v %v", name, got, value, e.Status, e.Err)
		}
	}
}
