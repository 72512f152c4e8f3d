package std

import (
	"errors"
	"fmt"
	"io"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/eagi"
	"goagi/luabind"
)

const noAudio = "no audio on this call: use EAGI"

// audioModule is require "audio".
var audioModule = luabind.Module{
	Name: "audio",
	Doc: "What the caller says, in a call that the dialplan runs by EAGI(goagi,SCRIPT) instead of AGI. It is the caller's audio " +
		"only, and nothing can be sent back this way; prompts are played as ever. On any other call its functions give nil and \"" +
		noAudio + "\".\n\n" +
		"Audio is kept for a while (`--audio-keep`, 30 seconds), so nothing is lost while the script does something else. Asterisk " +
		"sends none during some commands: CONTROL STREAM FILE, SAY DATE, TIME and DATETIME, RECORD FILE, EXEC, GOSUB, RECEIVE and " +
		"SPEECH RECOGNIZE. Such a gap is silence of its length. RECORD FILE with a silence_s, and SPEECH RECOGNIZE, may leave the " +
		"channel at 8 kHz where another `EAGI_AUDIO_FORMAT` was asked for.",
	Ending: "What waits for the caller's voice ends at once, and the hangup is raised; what the caller said up to it is given, with \"hangup\". Recordings end, " +
		"and their files are there. Utterances are the script's own, and can be saved and transcribed afterwards.",
	Example: `
local audio = require "audio"

agi.answer()
local said, why, key = audio.listen{start_timeout = 8, silence = 1, keys = "#"}
if said then
	print(("%.1f s at %.0f dBFS"):format(said:duration(), said:level()))
	assert(said:save(agi.env.uniqueid .. ".wav"))      -- in the data folder
elseif why == "key" then
	agi.say_digits(key)
else
	agi.stream_file("vm-goodbye")                    -- "silence", or no EAGI
end
`,
	Funcs: []luabind.Func{
		{
			Name:    "frames",
			Params:  "frame_ms?: integer",
			Returns: "next: fun(): (frame: string?, level: number?)",
			Doc: "For loops: `for frame, level in audio.frames(100) do`, and the one function that raises where there is no audio. Gives the caller's audio from now on, so many milliseconds " +
				"at a time (20 where left out, from 10 to 10000), each a string of signed 16-bit little-endian samples, with its level in dBFS. The " +
				"loop ends with the audio; a hangup is raised in it.",
			Call: audioFrames,
		},
		{
			Name:    "listen",
			Params:  "options?: table",
			Options: listenOptions,
			Returns: "utterance: utterance?, why: \"silence\"|\"key\"|\"max\"|\"hangup\"|string?, key: string?",
			Doc: "Waits for the caller to say something and gives what was said; nil, \"silence\" where nobody begins in time; nil, " +
				"\"key\" and the key where one of keys was pressed. An utterance that was as long as it may be comes with \"max\", and what " +
				"was said until the caller hung up with \"hangup\": a hangup is raised only where nothing was said.",
			Call: audioListen,
		},
		{
			Name:    "prompt",
			Params:  "files: string|string[], options?: table",
			Options: promptOptions,
			Returns: "utterance: utterance?, why: \"silence\"|\"key\"|\"max\"|\"hangup\"|string?, key: string?",
			Doc: "Plays sound files, one or a list of them, and listens at once: when the caller begins to speak the prompt stops, and " +
				"what was said is given, its first syllable included. A caller who lets the prompt end is listened to after it. Gives " +
				"the same as audio.listen.",
			Call: audioPrompt,
		},
		{
			Name:    "record",
			Params:  "path: string, options?: table",
			Options: recordOptions,
			Returns: "recording: recording?, message: string?",
			Doc: "Records the caller into a file while the script goes on, until recording:stop() or the end of the call. The file's " +
				"name says how: .wav, .sln, .ulaw or .alaw. It is there, whole, once the recording has stopped.",
			Call: audioRecord,
		},
		{
			Name:    "stats",
			Returns: "stats: stats?, message: string?",
			Doc:     "Tells what became of the audio so far.",
			Call:    audioStats,
		},
	},
	Fields: []luabind.Field{
		{Name: "format", Type: "string?", Doc: "How Asterisk sends the audio: \"slin\", or what the channel variable EAGI_AUDIO_FORMAT named when EAGI began. nil where there is no audio.",
			Get: func(vm *luabind.VM) lua.LValue {
				if format, err := formatOf(vm); err == nil {
					return lua.LString(format.Name)
				}
				return lua.LNil
			}},
		{Name: "rate", Type: "integer?", Doc: "Samples a second, as in 8000. nil where there is no audio.",
			Get: func(vm *luabind.VM) lua.LValue {
				if format, err := formatOf(vm); err == nil {
					return lua.LNumber(format.Rate)
				}
				return lua.LNil
			}},
	},
	Types: []*luabind.Type{&utteranceType, &recordingType, &statsType},
}

// promptOptions are those of audio.prompt, its own first.
var promptOptions = []luabind.Option{
	{Name: "barge_in", Type: `"voice"|"key"|"both"|"none"`, Doc: "what stops the prompt: \"voice\", \"key\", \"both\" or \"none\" (\"voice\")"},
	{Name: "barge_in_after", Type: "number", Doc: "seconds of the prompt in which the voice does not stop it (0)"},
	startTimeoutOption, silenceOption, maxOption, minSpeechOption, prerollOption,
	{Name: "keys", Type: "string", Doc: "keys that end the listening, as in \"0123456789*#\" (none): once the prompt is over, and in it " +
		"where barge_in is \"key\" or \"both\""},
}

// listenOptions are those of audio.listen.
var listenOptions = []luabind.Option{
	startTimeoutOption, silenceOption, maxOption, minSpeechOption, prerollOption,
	{Name: "earlier", Type: "number", Doc: "seconds before now that are listened to as well (0)"},
	{Name: "keys", Type: "string", Doc: "keys that end the listening, as in \"0123456789*#\" (none)"},
}

// Those of both.
var (
	startTimeoutOption = luabind.Option{Name: "start_timeout", Type: "number", Doc: "seconds that the caller may take to begin (5)"}
	silenceOption      = luabind.Option{Name: "silence", Type: "number", Doc: "seconds of silence that end the utterance (0.8)"}
	maxOption          = luabind.Option{Name: "max", Type: "number", Doc: "seconds that it may last (30)"}
	minSpeechOption    = luabind.Option{Name: "min_speech", Type: "number", Doc: "seconds of speech; less is a noise (0.1)"}
	prerollOption      = luabind.Option{Name: "preroll", Type: "number", Doc: "seconds from before the speech that are part of the utterance (0.3)"}
)

var recordOptions = []luabind.Option{
	{Name: "max", Type: "number", Doc: "seconds after which it stops by itself, 0 for never (3600)"},
	{Name: "earlier", Type: "number", Doc: "seconds before now that are part of it (0)"},
}

// formatOf gives the format of the call's audio, or why there is none.
func formatOf(vm *luabind.VM) (eagi.Format, error) {
	audio := vm.Host().Audio
	if audio == nil {
		return eagi.Format{}, errors.New(noAudio)
	}
	return audio.Format()
}

// callAudio gives the call's audio. Where it has none that can be used, it
// pushes nil and why.
func callAudio(vm *luabind.VM, a luabind.Args) (*eagi.Audio, bool) {
	if _, err := formatOf(vm); err != nil {
		refused(a, err)
		return nil, false
	}
	return vm.Host().Audio, true
}

// callersAudio is callAudio for what hears the caller from now on, who must be
// there.
func callersAudio(vm *luabind.VM, a luabind.Args) (*eagi.Audio, bool) {
	audio, ok := callAudio(vm, a)
	if ok {
		vm.NeedChannel(a.L)
	}
	return audio, ok
}

// mostSpeech is the most that min_speech can ask for.
const mostSpeech = 800 * time.Millisecond

// listening reads the options of audio.listen.
func listening(o luabind.Options) eagi.Listening {
	// Where nothing is given the zero value is the default; a 0 that is given is
	// as little as there can be.
	least := func(name string) time.Duration {
		d := o.Seconds(name, 0)
		if d == 0 && o.Value(name) != lua.LNil {
			return time.Nanosecond
		}
		return d
	}
	if d := o.Seconds("min_speech", 0); d > mostSpeech {
		o.Refuse("min_speech", fmt.Sprintf("no more than %v", mostSpeech.Seconds()))
	}
	return eagi.Listening{
		StartTimeout: least("start_timeout"),
		Silence:      least("silence"),
		Max:          least("max"),
		MinSpeech:    least("min_speech"),
		Preroll:      least("preroll"),
		Earlier:      o.Seconds("earlier", 0),
	}
}

func audioListen(vm *luabind.VM, a luabind.Args) int {
	audio, ok := callersAudio(vm, a)
	if !ok {
		return 2
	}
	o := a.Options(1)
	t := newTurn(vm, a, audio, listening(o), keysOf(a, o))
	defer t.end()
	return t.answer()
}

func audioPrompt(vm *luabind.VM, a luabind.Args) int {
	files := promptFiles(a)
	audio, ok := callersAudio(vm, a)
	if !ok {
		return 2
	}
	o := a.Options(2)
	p := &prompt{files: files, after: o.Seconds("barge_in_after", 0), escape: keysOf(a, o)}
	switch o.OneOf("barge_in", "voice", "voice", "key", "both", "none") {
	case "voice":
		p.voice = true
	case "key":
		p.key = true
	case "both":
		p.voice, p.key = true, true
	}
	if p.key && p.escape == "" {
		p.escape = "0123456789*#"
	}
	l := listening(o)
	l.Attention, l.Guard = p.attention, p.guard
	p.begin()
	t := newTurn(vm, a, audio, l, keysOf(a, o))
	defer t.end()
	return t.play(p)
}

// promptFiles reads the first argument of audio.prompt: a name, or a list of
// names.
func promptFiles(a luabind.Args) []string {
	list, ok := a.L.Get(1).(*lua.LTable)
	if !ok {
		return []string{a.Text(1)}
	}
	var files []string
	for i := 1; i <= list.Len(); i++ {
		name, ok := list.RawGetInt(i).(lua.LString)
		if !ok {
			a.Misuse("file %d of the list must be a string, not a %s", i, list.RawGetInt(i).Type())
		}
		files = append(files, string(name))
	}
	if len(files) == 0 {
		a.Misuse("the list of files is empty")
	}
	return files
}

func keysOf(a luabind.Args, o luabind.Options) string {
	keys := o.Text("keys", "")
	for _, key := range keys {
		if (key < '0' || key > '9') && key != '*' && key != '#' && (key < 'A' || key > 'D') {
			a.Misuse("option keys holds %q, which is no key of a telephone", key)
		}
	}
	return keys
}

func audioFrames(vm *luabind.VM, a luabind.Args) int {
	ms := a.OptInteger(1, 20)
	if ms < 10 || ms > 10000 {
		a.Fail(1, "from 10 to 10000 milliseconds")
	}
	audio, ok := callersAudio(vm, a)
	if !ok {
		a.Misuse(noAudio) // a loop over nil would say less
	}
	r, err := audio.NewReader(0)
	a.Check(err)
	vm.OnClose(r.Close)
	if keep := audio.Keep(); time.Duration(ms)*time.Millisecond > keep {
		a.Fail(1, fmt.Sprintf("no longer than what is kept, which is %v: --audio-keep", keep))
	}
	frame := make([]int16, r.Rate()*ms/1000)
	a.L.Push(vm.Function(func(vm *luabind.VM, L *lua.LState) int {
		vm.NeedChannel(L)
		n, err := r.Read(vm.Waiting(L), frame)
		switch {
		case errors.Is(err, io.EOF):
			r.Close()
			L.Push(lua.LNil)
			return 1
		case err != nil:
			vm.Raise(L, err)
		}
		said := eagi.NewUtterance(frame[:n], r.Rate(), time.Time{})
		L.Push(lua.LString(pcm(said)))
		L.Push(lua.LNumber(said.Level()))
		return 2
	}))
	return 1
}

func audioStats(vm *luabind.VM, a luabind.Args) int {
	audio, ok := callAudio(vm, a)
	if !ok {
		return 2
	}
	stats := audio.Stats()
	table := a.L.NewTable()
	for name, value := range map[string]float64{
		"heard": stats.Heard.Seconds(), "gaps": stats.Gaps.Seconds(), "missed": stats.Missed.Seconds(),
		"bytes": float64(stats.Bytes), "dropped": float64(stats.Dropped),
	} {
		table.RawSetString(name, lua.LNumber(value))
	}
	a.L.Push(table)
	return 1
}

var statsType = luabind.Type{
	Name: "stats",
	Doc:  "What became of the caller's audio.",
	Members: []luabind.Field{
		{Name: "bytes", Type: "number", Doc: "Bytes that came."},
		{Name: "dropped", Type: "number", Doc: "Bytes of no use."},
		{Name: "gaps", Type: "number", Doc: "Seconds in which none came."},
		{Name: "heard", Type: "number", Doc: "Seconds that came."},
		{Name: "missed", Type: "number", Doc: "Seconds that a frames loop or a recording was too slow for."},
	},
}
