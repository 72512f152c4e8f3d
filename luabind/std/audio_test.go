package std

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"goagi/call"
	"goagi/eagi"
	"goagi/sim"
)

// What a caller who speaks, waits, presses or hangs up makes of audio.listen.
func TestListen(t *testing.T) {
	for _, row := range []struct {
		name, lua string
		who       caller
		want      string
	}{
		{"a word", `audio.listen()`, caller{speaks: from(1000*ms, 1600*ms)}, "1.1 s"},
		{"a word at once", `audio.listen()`, caller{speaks: from(0, 600*ms)}, "0.8 s"},
		{"words with pauses", `audio.listen()`, caller{speaks: []span{{1000 * ms, 1600 * ms}, {2100 * ms, 2700 * ms}}}, "2.2 s"},
		{"two turns", `audio.listen(), audio.listen()`, caller{speaks: []span{{500 * ms, 1100 * ms}, {2500 * ms, 3300 * ms}}}, "1.1 s utterance"},
		{"nobody", `audio.listen{start_timeout = 3}`, caller{}, "nil silence"},
		{"a click", `audio.listen{start_timeout = 3}`, caller{speaks: from(1000*ms, 1020*ms)}, "nil silence"},
		{"too late", `audio.listen{start_timeout = 2}`, caller{speaks: from(3000*ms, 4000*ms)}, "nil silence"},
		{"just in time", `audio.listen{start_timeout = 2}`, caller{speaks: from(1950*ms, 2600*ms)}, "1.1 s"},
		{"a monologue", `audio.listen{max = 2}`, caller{speaks: from(500*ms, 9000*ms)}, "2.0 s max"},
		{"at once or not", `audio.listen{start_timeout = 0}`, caller{speaks: from(1000*ms, 1600*ms)}, "nil silence"},
		{"every pause ends it", `audio.listen{silence = 0}`, caller{speaks: []span{{500 * ms, 1000 * ms}, {1300 * ms, 2000 * ms}}}, "0.5 s"},
		{"a longer pause is allowed", `audio.listen{silence = 2}`, caller{speaks: []span{{500 * ms, 1000 * ms}, {2500 * ms, 3000 * ms}}}, "3.0 s"},
		{"no preroll", `audio.listen{preroll = 0}`, caller{speaks: from(1000*ms, 1600*ms)}, "0.8 s"},
		{"what came before", `agi.sleep(3) or audio.listen{earlier = 3}`, caller{speaks: from(1000*ms, 1600*ms)}, "1.1 s"},
		{"not what came before", `(function() agi.sleep(3) return audio.listen{start_timeout = 1} end)()`, caller{speaks: from(1000*ms, 1600*ms)}, "nil silence"},
		{"a key", `audio.listen{keys = "123"}`, caller{keys: "2", keysAt: time.Second}, "nil key 2"},
		{"a key in the midst of speech", `audio.listen{keys = "#"}`, caller{speaks: from(0, 9000*ms), keys: "#", keysAt: 2 * time.Second}, "nil key #"},
		{"another key", `audio.listen{keys = "123"}`, caller{speaks: from(2000*ms, 2600*ms), keys: "9", keysAt: time.Second}, "1.1 s"},
		{"speech, where keys would do", `audio.listen{keys = "123"}`, caller{speaks: from(1000*ms, 1600*ms)}, "1.1 s"},
		{"nobody, where keys would do", `audio.listen{keys = "123", start_timeout = 2}`, caller{}, "nil silence"},
		{"a hangup in the midst of speech", `audio.listen()`, caller{speaks: from(1000*ms, 9000*ms), hangsUp: 3 * time.Second}, "2.3 s hangup"},
		{"the same, where keys would do", `audio.listen{keys = "1"}`, caller{speaks: from(1000*ms, 9000*ms), hangsUp: 3 * time.Second}, "2.3 s hangup"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := place(t, row.who, `agi.var.GOT = describe(`+row.lua+`) agi.var.STEP = inStep()`)
			e.check(t, map[string]string{"STEP": "in-step"})
			if got := e.vars["GOT"]; !near(got, row.want) {
				t.Errorf("got %q, want %q; %v %v", got, row.want, e.Status, e.Err)
			}
		})
	}
}

// near compares what describe gives; a length may be a fifth of a second off.
func near(got, want string) bool {
	g, w := strings.Fields(got), strings.Fields(want)
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		a, errA := strconv.ParseFloat(g[i], 64)
		b, errB := strconv.ParseFloat(w[i], 64)
		if errA != nil || errB != nil {
			if g[i] != w[i] {
				return false
			}
		} else if a-b > 0.21 || b-a > 0.21 {
			return false
		}
	}
	return true
}

// A hangup before anything was said is raised, as in any wait.
func TestHangupBeforeAWord(t *testing.T) {
	for _, wait := range []string{`audio.listen()`, `audio.listen{keys = "1"}`, `audio.prompt("p")`, `for _ in audio.frames() do end`} {
		e := place(t, caller{hangsUp: time.Second}, `local ok, err = pcall(function() `+wait+` end)
			agi.var.KIND = err.kind agi.on_hangup(function() agi.var.CLEAN = "yes" end)`)
		e.check(t, map[string]string{"KIND": "hangup", "CLEAN": "yes", "GOAGI_STATUS": "HANGUP"})
		if e.took > 2*time.Second {
			t.Errorf("%s: %v", wait, e.took)
		}
	}
}

// After a hangup in an utterance the script goes on with it under the grace
// time, and its next channel command is told.
func TestHangupInAnUtterance(t *testing.T) {
	e := place(t, caller{speaks: from(0, 9000*ms), hangsUp: 2 * time.Second}, `local u, why = audio.listen()
		agi.var.WHY = why
		agi.sleep(1)
		agi.var.LENGTH = u:duration()
		local ok, err = pcall(agi.stream_file, "p")
		agi.var.KIND = err.kind`)
	e.check(t, map[string]string{"WHY": "hangup", "KIND": "hangup", "GOAGI_STATUS": "HANGUP"})
	if length, _ := strconv.ParseFloat(e.vars["LENGTH"], 64); length < 1.8 || length > 2.1 {
		t.Errorf("%v s were said", length)
	}
}

// Once a script knows that the caller is gone, nothing waits for another word.
func TestHearNobodyAfterTheHangup(t *testing.T) {
	for _, wait := range []string{`audio.listen()`, `audio.prompt("p")`, `audio.frames()()`, `audio.record("/tmp/x.wav")`, `asr.stream{engine = "command", command = {"true"}}`} {
		e := place(t, caller{speaks: from(0, 9000*ms), hangsUp: 2 * time.Second}, `local asr = require "asr"
			local u, why = audio.listen()
			agi.var.WHY = why
			local ok, err = pcall(function() `+wait+` end)
			agi.var.KIND = not ok and err.kind
			agi.var.HEARD = tostring(audio.stats().heard > 1)`)
		e.check(t, map[string]string{"WHY": "hangup", "KIND": "hangup", "HEARD": "true", "GOAGI_STATUS": "HANGUP"})
		if e.took > 2500*time.Millisecond {
			t.Errorf("%s: %v", wait, e.took)
		}
	}
}

// The prompt stops when the caller begins to speak, and what it said is whole.
func TestBargeIn(t *testing.T) {
	for _, row := range []struct {
		name, options string
		who           caller
		want          string
		prompts       []string // heard to some part
		took          time.Duration
	}{
		{"by voice", `{}`, caller{speaks: from(400*ms, 1300*ms)}, "1.4 s", []string{"a"}, 2200 * ms},
		{"by voice in the second prompt", `{}`, caller{speaks: from(1400*ms, 2300*ms)}, "1.4 s", []string{"a", "b"}, 3200 * ms},
		{"after the prompts", `{}`, caller{speaks: from(4000*ms, 4600*ms)}, "1.1 s", []string{"a", "b", "c"}, 5500 * ms},
		{"nobody", `{start_timeout = 2}`, caller{}, "nil silence", []string{"a", "b", "c"}, 5000 * ms},
		{"not by voice", `{barge_in = "none"}`, caller{speaks: from(400*ms, 1300*ms)}, "nil silence", []string{"a", "b", "c"}, 8000 * ms},
		{"not by voice yet", `{barge_in_after = 2}`, caller{speaks: []span{{400 * ms, 1300 * ms}, {2400 * ms, 3300 * ms}}}, "1.4 s", []string{"a", "b", "c"}, 4200 * ms},
		{"by key", `{barge_in = "key"}`, caller{keys: "7", keysAt: 500 * ms}, "nil key 7", []string{"a"}, 700 * ms},
		{"by key, while the caller speaks", `{barge_in = "key"}`, caller{speaks: from(0, 9000*ms), keys: "7", keysAt: 1500 * ms}, "nil key 7", []string{"a", "b"}, 1700 * ms},
		{"by key where both would do", `{barge_in = "both"}`, caller{keys: "*", keysAt: 500 * ms}, "nil key *", []string{"a"}, 700 * ms},
		{"by voice where both would do", `{barge_in = "both"}`, caller{speaks: from(400*ms, 1300*ms)}, "1.4 s", []string{"a"}, 2200 * ms},
		{"a key is no voice", `{start_timeout = 1}`, caller{keys: "7", keysAt: 500 * ms}, "nil silence", []string{"a", "b", "c"}, 4000 * ms},
		{"a key is for after the prompts", `{keys = "7", start_timeout = 1}`, caller{keys: "7", keysAt: 500 * ms}, "nil silence", []string{"a", "b", "c"}, 4000 * ms},
		{"a key after the prompts", `{keys = "7"}`, caller{keys: "7", keysAt: 4000 * ms}, "nil key 7", []string{"a", "b", "c"}, 4200 * ms},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := place(t, row.who, `agi.var.GOT = describe(audio.prompt({"a", "b", "c"}, `+row.options+`)) agi.var.STEP = inStep()`)
			e.check(t, map[string]string{"STEP": "in-step", "GOAGI_STATUS": "OK"})
			if got := e.vars["GOT"]; !near(got, row.want) {
				t.Errorf("got %q, want %q; %v %v", got, row.want, e.Status, e.Err)
			}
			var prompts []string
			for _, event := range e.heard {
				if event.Kind == sim.Prompt {
					prompts = append(prompts, event.Text)
				}
			}
			if fmt.Sprint(prompts) != fmt.Sprint(row.prompts) {
				t.Errorf("heard %q, want %q", prompts, row.prompts)
			}
			if e.took > row.took+300*ms || e.took < row.took-300*ms {
				t.Errorf("it took %v, not about %v", e.took, row.took)
			}
		})
	}
}

// Whatever meets the moment in which the prompt is stopped (its end, a key, a
// hangup), the dialog stays in step and nothing hangs.
func TestBargeInMeetsEverything(t *testing.T) {
	for offset := -60 * ms; offset <= 60*ms; offset += 7 * ms {
		at := 1000*ms + offset // the first prompt's end
		// Speech is noticed some while after it begins; all of that is tried.
		for _, early := range []time.Duration{100 * ms, 150 * ms} {
			for what, who := range map[string]caller{
				"prompt":         {},
				"key":            {keys: "5", keysAt: at - 100*ms},
				"hangup":         {hangsUp: at},
				"key and hangup": {keys: "5", keysAt: at - 100*ms, hangsUp: at + ms},
			} {
				who.speaks = from(at-early, at+900*ms)
				e := place(t, who, `
					local ok, got = pcall(function() return describe(audio.prompt({"a", "b"}, {barge_in = "both"})) end)
					agi.var.GOT = ok and got or got.kind
					agi.var.STEP = inStep()`)
				got := e.vars["GOT"]
				fine := strings.HasSuffix(got, " s") || strings.Contains(what, "key") && got == "nil key 5" ||
					strings.Contains(what, "hangup") && (strings.HasSuffix(got, " s hangup") || got == "hangup")
				if !fine || e.vars["STEP"] != "in-step" || e.Err != nil || e.took > 5*time.Second {
					t.Errorf("%s at %v, speech %v before: got %q, in step %q, %v %v after %v", what, at, early, got, e.vars["STEP"], e.Status, e.Err, e.took)
				}
			}
		}
	}
}

// On a call without audio each function says so, and none fails.
func TestNoAudio(t *testing.T) {
	e := place(t, caller{notEAGI: true}, `
		for i, got in ipairs{{audio.listen()}, {audio.prompt("p")}, {audio.record("/nowhere/x.wav")}, {audio.stats()}} do
			assert(got[1] == nil and got[2] == "no audio on this call: use EAGI", i)
		end
		local ok, err = pcall(function() for _ in audio.frames() do end end)
		assert(not ok and err.message:find("no audio on this call: use EAGI", 1, true))
		assert(audio.format == nil and audio.rate == nil)`)
	if e.Status != call.OK {
		t.Errorf("%v %v", e.Status, e.Err)
	}
}

// A format that cannot be read is named, and the call goes on.
func TestFormats(t *testing.T) {
	for name, want := range map[string]string{
		"": "slin 8000", "slin16": "slin16 16000", "SLIN48": "slin48 48000", "slin192": "slin192 192000", "ulaw": "ulaw 8000", "alaw": "alaw 8000",
		"g722": "~g722",
	} {
		who := caller{}
		if name != "" {
			who.vars = map[string]string{"EAGI_AUDIO_FORMAT": name}
		}
		e := place(t, who, `local u, why = audio.listen{start_timeout = 1}
			agi.var.GOT = audio.format and audio.format .. " " .. audio.rate or why`)
		e.check(t, map[string]string{"GOT": want, "GOAGI_STATUS": "OK"})
	}
}

// A frames loop gets all, and its level.
func TestFrames(t *testing.T) {
	e := place(t, caller{speaks: from(1000*ms, 2000*ms)}, `
		local n, loud, bytes = 0, 0, 0
		for frame, level in audio.frames(100) do
			n, bytes = n + 1, bytes + #frame
			if level > -40 then loud = loud + 1 end
			if n == 30 then agi.sleep(2) end
			if n == 50 then break end
		end
		local stats = audio.stats()
		agi.var.GOT = n .. " " .. loud .. " " .. bytes .. " " .. stats.heard .. " " .. stats.missed`)
	e.check(t, map[string]string{"GOT": "~50 10 80000 5"})
}

// A recording goes on beside the script, and is whole when it has stopped: by
// itself, by the script, with the call, or with the caller.
func TestRecord(t *testing.T) {
	for _, row := range []struct {
		name, lua string
		who       caller
		want      string // GOT
		length    time.Duration
	}{
		{"stopped", `local r = audio.record(PATH) agi.stream_file("a") agi.sleep(1) agi.var.GOT = describe(r:stop())`, caller{}, "2", 2 * time.Second},
		{"with what came before", `agi.sleep(3) local r = audio.record(PATH, {earlier = 2}) agi.sleep(1) agi.var.GOT = describe(r:stop())`, caller{}, "3", 3 * time.Second},
		{"as long as it may be", `local r = audio.record(PATH, {max = 1.5}) agi.sleep(5) agi.var.GOT = describe(r:stop())`, caller{}, "1.5", 1500 * ms},
		{"to the end of the call", `audio.record(PATH) agi.sleep(2)`, caller{}, "", 2 * time.Second},
		{"to the hangup", `audio.record(PATH) agi.sleep(20)`, caller{hangsUp: 2 * time.Second}, "", 2 * time.Second},
		{"beside a listening", `local r = audio.record(PATH) audio.listen() agi.var.GOT = describe(r:stop())`, caller{speaks: from(500*ms, 1200*ms)}, "2.02", 2020 * ms},
		{"through a gap", `local r = audio.record(PATH) agi.exec("Wait", 2) agi.sleep(1) agi.var.GOT = describe(r:stop())`, caller{}, "3", 3 * time.Second},
		{"no folder", `agi.var.GOT = describe(audio.record("/no/such/folder/x.wav"))`, caller{}, "nil record /no/such/folder/x.wav: no such file or directory", 0},
		{"no such kind", `agi.var.GOT = describe(audio.record("/tmp/x.mp3")):sub(1, 22)`, caller{}, "nil record /tmp/x.mp3:", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "caller.wav")
			e := place(t, row.who, `local PATH = "`+path+`" `+row.lua)
			if got := e.vars["GOT"]; !near(got, row.want) {
				t.Errorf("got %q, want %q; %v %v", got, row.want, e.Status, e.Err)
			}
			left, _ := os.ReadDir(dir)
			if row.length == 0 {
				if len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				return
			}
			data, err := os.ReadFile(path)
			if err != nil || len(left) != 1 {
				t.Fatalf("%v, %v is there; %v", err, left, e.log)
			}
			recorded, err := eagi.ParseWAV(data)
			if err != nil || recorded.Rate() != 8000 {
				t.Fatal(err)
			}
			if d := recorded.Duration() - row.length; d > 300*ms || d < -300*ms {
				t.Errorf("%v are in the file, not %v", recorded.Duration(), row.length)
			}
		})
	}
}

// What was said can be looked at and kept.
func TestUtterance(t *testing.T) {
	dir := t.TempDir()
	e := place(t, caller{speaks: from(500*ms, 1500*ms)}, `local u = assert(audio.listen())
		assert(u:rate() == 8000 and #u:pcm() == u:duration() * 16000)
		assert(u:level() < -10 and u:level() > -40, u:level())
		assert(u:wav():sub(1, 4) == "RIFF" and #u:wav() == 44 + #u:pcm())
		local wide = u:resample(16000)
		assert(wide:rate() == 16000 and math.abs(wide:duration() - u:duration()) < 0.001)
		assert(tostring(u) == "utterance" and u:time() > 9e8)
		for _, ending in ipairs{"wav", "sln", "ulaw"} do assert(u:save("`+dir+`/u." .. ending) == true) end
		agi.var.GOT = describe(u:save("/no/such/folder/u.wav"))`)
	e.check(t, map[string]string{"GOT": "nil save /no/such/folder/u.wav: no such file or directory", "GOAGI_STATUS": "OK"})
	if left, _ := os.ReadDir(dir); len(left) != 3 {
		t.Errorf("%v is there", left)
	}
}

// Mistakes in a call of the module are named.
func TestMistakes(t *testing.T) {
	for lua, want := range map[string]string{
		`audio.listen{silense = 1}`:               "there is no option silense, did you mean silence?",
		`audio.listen{foo = 1}`:                   "it takes start_timeout, silence",
		`audio.listen{max = "long"}`:              "option max must be a number, not long",
		`audio.listen{max = -1}`:                  "option max must be a number of seconds, 0 or more",
		`audio.listen{min_speech = 60}`:           "option min_speech must be no more than 0.8, not 60",
		`audio.listen{keys = "xyz"}`:              "no key of a telephone",
		`audio.prompt("p", {keys = {}})`:          "option keys must be a string, not table",
		`audio.listen("p")`:                       "must be a table of options",
		`audio.prompt{}`:                          "the list of files is empty",
		`audio.prompt("p", {barge_in = "shout"})`: `option barge_in must be "voice", "key", "both", "none"`,
		`require "auido"`:                         `module "auido" not found, did you mean audio?`,
		`audio.lissen()`:                          "there is no audio.lissen, did you mean listen?",
		`audio:listen()`:                          "call it with a dot",
		`audio.frames(1)`:                         "from 10 to 10000",
		`audio.listen().duration()`:               "call it with a colon",
		`audio.listen():length()`:                 "there is no utterance.length",
	} {
		e := place(t, caller{speaks: from(0, 500*ms)}, lua)
		if e.Err == nil || !strings.Contains(e.Err.Error(), want) {
			t.Errorf("%s: %v, want %q", lua, e.Err, want)
		}
	}
}
