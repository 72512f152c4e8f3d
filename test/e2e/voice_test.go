package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"goagi/eagi"
	"goagi/pbx"
)

// voicePrelude begins scripts that listen to the caller.
const voicePrelude = prelude + `local audio = require "audio" agi.answer() ` +
	`local function said(u, ...) return (u and ("%.1f"):format(u:duration()) or "nil") .. (select("#", ...) > 0 and " " .. table.concat({...}, " ") or "") end `

// speech is a prompt of Asterisk's that a caller says: 3 s, of which the first
// and the last moment are quiet.
const speech = "tt-weasels"

// spoken calls a script by EAGI in which the caller speaks once READY is set.
func spoken(t *testing.T, text string, plan pbx.Plan) *pbx.Call {
	t.Helper()
	if plan.Steps == nil {
		plan.Steps = []string{"EAGI(goagi,%s)"}
	}
	return call(t, installed(t, &asterisk), voicePrelude+text, plan)
}

func speak(t *testing.T, c *pbx.Call, sound string) {
	t.Helper()
	if err := c.Play(sound); err != nil {
		t.Fatal(err)
	}
}

// What the caller says is an utterance, in every format that a dialplan may ask
// for, and is what it was when it is saved.
func TestListenToACaller(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"", "slin12", "slin16", "slin24", "slin32", "slin44", "slin48", "slin96", "slin192", "ulaw", "alaw"} {
		t.Run("format "+format, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			saved := filepath.Join(a.Dir, "spool", "heard-"+format+".wav")
			plan := pbx.Plan{}
			if format != "" {
				plan.Vars = [][2]string{{"EAGI_AUDIO_FORMAT", format}}
			}
			c := spoken(t, `agi.var.READY = "yes"
				local u, why = audio.listen{start_timeout = 9}
				agi.var.FORMAT, agi.var.WHY = audio.format .. " " .. audio.rate, show(why)
				agi.var.SAVED = show(u:save("`+a.Inside("spool/heard-"+format+".wav")+`"))
				agi.var.STEP = agi.get_full_variable("in-step")`, plan)
			listens(t, c)
			speak(t, c, speech)
			want, err := eagi.FormatByName(format)
			if err != nil {
				t.Fatal(err)
			}
			check(t, c, vars{"FORMAT": want.Name + " " + strconv.Itoa(want.Rate), "WHY": "nil", "SAVED": "true", "STEP": "in-step",
				"AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
			data, err := os.ReadFile(saved)
			if err != nil {
				t.Fatal(err)
			}
			u, err := eagi.ParseWAV(data)
			if err != nil {
				t.Fatal(err)
			}
			if u.Rate() != want.Rate || u.Duration() < 2400*time.Millisecond || u.Duration() > 3800*time.Millisecond || u.Level() < -40 || u.Level() > -8 {
				t.Errorf("%d samples a second, %v at %.0f dBFS", u.Rate(), u.Duration(), u.Level())
			}
		})
	}
}

// A format that cannot be read is said to be none, and the call goes on.
func TestFormatThatCannotBeRead(t *testing.T) {
	t.Parallel()
	c := spoken(t, `local u, why = audio.listen{start_timeout = 1} agi.var.GOT = show(u, why)`,
		pbx.Plan{Vars: [][2]string{{"EAGI_AUDIO_FORMAT", "gsm"}}})
	check(t, c, vars{"GOT": `~nil, ".*gsm.*slin.*"`, "GOAGI_STATUS": "OK"})
}

// Nobody speaks, a key is pressed, the caller hangs up: each ends a listening.
func TestEndOfListening(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		lua  string
		act  func(*testing.T, *pbx.Call)
		want vars
	}{
		{`audio.listen{start_timeout = 1}`, nil, vars{"GOT": "nil silence", "STEP": "in-step", "GOAGI_STATUS": "OK"}},
		{`audio.listen{keys = "12"}`, func(t *testing.T, c *pbx.Call) { press(t, c, "2") },
			vars{"GOT": "nil key 2", "STEP": "in-step", "GOAGI_STATUS": "OK"}},
		{`audio.listen{keys = "12", start_timeout = 2}`, func(t *testing.T, c *pbx.Call) { press(t, c, "9") },
			vars{"GOT": "nil silence", "STEP": "in-step", "GOAGI_STATUS": "OK"}},
		{`audio.listen{max = 1}`, func(t *testing.T, c *pbx.Call) { listens(t, c); speak(t, c, speech) },
			vars{"GOT": "~1[.][0-2] max", "STEP": "in-step", "GOAGI_STATUS": "OK"}},
		{`audio.listen()`, func(t *testing.T, c *pbx.Call) { listens(t, c); hangup(t, c) },
			vars{"GOT": "raises hangup", "STEP": "in-step", "GOAGI_STATUS": "HANGUP"}},
		{`audio.listen{keys = "1"}`, func(t *testing.T, c *pbx.Call) { listens(t, c); hangup(t, c) },
			vars{"GOT": "raises hangup", "STEP": "in-step", "GOAGI_STATUS": "HANGUP"}},
		{`audio.listen()`, hangupInSpeech, vars{"GOT": "~(0[.][5-9]|[12][.][0-9]) hangup", "STEP": "in-step", "GOAGI_STATUS": "HANGUP"}},
		{`audio.listen{keys = "1"}`, hangupInSpeech, vars{"GOT": "~(0[.][5-9]|[12][.][0-9]) hangup", "STEP": "in-step", "GOAGI_STATUS": "HANGUP"}},
		{`audio.prompt("demo-congrats")`, hangupInSpeech, vars{"GOT": "~(0[.][5-9]|[12][.][0-9]) hangup", "STEP": "in-step", "GOAGI_STATUS": "HANGUP"}},
	} {
		t.Run(row.lua, func(t *testing.T) {
			t.Parallel()
			c := spoken(t, `agi.var.READY = "yes"
				local ok, got = pcall(function() return said(`+row.lua+`) end)
				agi.var.GOT = ok and got or "raises " .. got.kind
				agi.var.STEP = agi.get_full_variable("in-step")`, pbx.Plan{})
			if row.act != nil {
				row.act(t, c)
			}
			check(t, c, row.want)
		})
	}
}

// hangupInSpeech has the caller hang up after a second and a half of speech.
func hangupInSpeech(t *testing.T, c *pbx.Call) {
	t.Helper()
	listens(t, c)
	speak(t, c, "demo-instruct")          // not what the prompt says: that would be its echo
	<-time.After(1500 * time.Millisecond) // what the caller says meanwhile is the test
	hangup(t, c)
}

// The caller speaks, or presses a key, while a prompt plays: it stops, what was
// said is whole, and the dialog is in step.
func TestBargeIn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		options, keys string
		want          string
	}{
		{`{}`, "", `~[23][.][0-9]`},
		{`{barge_in = "both"}`, "", `~[23][.][0-9]`},
		{`{barge_in = "both"}`, "7", `nil key 7`},
		{`{barge_in = "key"}`, "*", `nil key *`},
	} {
		t.Run(row.options+row.keys, func(t *testing.T) {
			t.Parallel()
			c := spoken(t, `agi.var.READY = "yes"
				agi.var.FROM = os.time()
				agi.var.GOT = said(audio.prompt({"demo-congrats", "demo-instruct"}, `+row.options+`))
				agi.var.TOOK = os.time() - tonumber(agi.var.FROM)
				agi.var.STEP = agi.get_full_variable("in-step")`, pbx.Plan{})
			listens(t, c)
			if err := c.Pause(time.Second); err != nil {
				t.Fatal(err)
			}
			if row.keys != "" {
				press(t, c, row.keys)
			} else {
				speak(t, c, speech)
			}
			check(t, c, vars{"GOT": row.want, "TOOK": "~[0-9]", "STEP": "in-step", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
		})
	}
}

// Half a minute in which the script does something else loses nothing: what the
// caller said in it is in the recording, and can still be listened to.
func TestBusyScriptLosesNoAudio(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	c := spoken(t, `local recording = audio.record("`+a.Inside("spool/busy.wav")+`")
		agi.var.READY = "yes"
		os.execute("sleep 25")
		agi.var.LENGTH = ("%d"):format(recording:stop())
		agi.var.GOT = said(audio.listen{earlier = 25})
		local stats = audio.stats()
		agi.var.LOST = stats.missed .. " " .. stats.dropped`, pbx.Plan{})
	listens(t, c)
	speak(t, c, speech)
	check(t, c, vars{"LENGTH": "~2[45]", "GOT": `~[23][.][0-9]`, "LOST": "0 0", "GOAGI_STATUS": "OK"})
	data, err := os.ReadFile(filepath.Join(a.Dir, "spool/busy.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if u, err := eagi.ParseWAV(data); err != nil || u.Duration() < 24*time.Second || u.Level() < -50 {
		t.Errorf("%v, %+v", err, u)
	}
}
