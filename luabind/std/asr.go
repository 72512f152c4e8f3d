package std

import (
	"context"
	"maps"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/asr"
	"goagi/eagi"
	"goagi/luabind"
)

// asrModule is require "asr".
var asrModule = luabind.Module{
	Name: "asr",
	Doc: "Turns speech into text, by the engine that the settings file or the options name:\n\n" +
		"```toml\n[asr]\nengine = \"pocketsphinx\"\n\n[asr.pocketsphinx]\nphrases = [\"yes\", \"no\"]\n```\n\n" +
		"Options of a call go before those of the file. Recognised text is what a stranger said: never build a shell command or a " +
		"dialplan expression from it.",
	Ending: "A hangup ends the wait for an engine at once, and is raised; the utterance can be transcribed once more, under the grace time. A stream ends with its " +
		"call, and what it understood until then is given by finish.",
	Example: `
local audio, asr = require "audio", require "asr"

agi.answer()
local said = audio.listen{start_timeout = 8}
if said then
	local text, details = asr.transcribe(said)       -- by the engine of [asr] in goagi.toml
	if text then
		agi.var.TEXT = text
		agi.log("info", ("%s took %.1f s"):format(details.engine, details.took))
	else
		agi.log("error", details)                    -- why the engine failed
	end
end
`,
	Check: checkASR,
	Funcs: []luabind.Func{
		{
			Name:    "stream",
			Params:  "options?: table",
			Returns: "stream: stream?, message: string?",
			Doc: "Begins to send the caller's audio to the engine, from now on, while the script goes on: engines that stream (vosk) " +
				"understand while the caller speaks. Takes the options of asr.transcribe.",
			Call: asrStream,
		},
		{
			Name:    "transcribe",
			Params:  "utterance: utterance, options?: table",
			Returns: "text: string?, details: details|string",
			Doc: "Gives what was said, in one line, \"\" where the engine understood nothing; then its " +
				"details. Gives nil and why where the engine failed.",
			Call: asrTranscribe,
		},
	},
	Types: []*luabind.Type{&detailsType, &streamType},
}

// streamType is what asr.stream gives.
var detailsType = luabind.Type{
	Name: "details",
	Doc:  "What an engine says besides the text.",
	Members: []luabind.Field{
		{Name: "engine", Type: "string", Doc: "The engine's name."},
		{Name: "text", Type: "string", Doc: "The text once more."},
		{Name: "took", Type: "number", Doc: "Seconds that it took."},
		{Name: "words", Type: "{text: string; start: number; stop: number; confidence: number}[]", Doc: "Its words, with their times in seconds from the beginning " +
			"of the speech, where the engine gives them."},
	},
}

var streamType = luabind.Type{
	Name: "stream",
	Doc:  "The caller's audio on its way to an engine. It ends by itself with the call.",
	Methods: []luabind.Func{
		{
			Name: "finish", Returns: "text: string?, details: details|string",
			Doc:  "Ends it and gives what was said, as asr.transcribe does.",
			Call: finishStream,
		},
		{
			Name: "partial", Returns: "text: string",
			Doc: "Gives what was understood so far, at once; its end may still change. \"\" with engines that do not stream.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				a.PushText(a.Self.(*hearing).stream.Partial())
				return 1
			},
		},
	},
}

// engineFor opens the engine that the options and the settings file name. What
// is wrong with the options is raised.
func engineFor(vm *luabind.VM, a luabind.Args, options map[string]any) asr.Recognizer {
	if stand := standIn(vm, a, "asr"); stand != nil {
		return stand.(asr.Recognizer)
	}
	config := vm.Host().Config["asr"]
	engine, ok := options["engine"]
	if !ok {
		engine = config["engine"]
	}
	if engine == nil {
		a.Misuse("no engine is chosen: name one under [asr] in goagi.toml, or as the option engine: %s", strings.Join(asr.Engines(), ", "))
	}
	all := make(map[string]any)
	name, _ := engine.(string)
	if table, ok := config[name].(map[string]any); ok {
		maps.Copy(all, table)
	}
	a.Check(allowedASR(vm.Sandbox(), name, all, options))
	maps.Copy(all, options)
	all["engine"] = engine
	recognizer, err := asr.Open(all)
	if err != nil {
		a.Misuse("%s", strings.TrimPrefix(err.Error(), "asr: ")) // the function's name stands before it
	}
	return recognizer
}

func asrTranscribe(vm *luabind.VM, a luabind.Args) int {
	data, _ := a.L.Get(1).(*lua.LUserData)
	if data == nil {
		a.Fail(1, "an utterance")
	}
	u, ok := data.Value.(*eagi.Utterance)
	if !ok {
		a.Fail(1, "an utterance")
	}
	engine := engineFor(vm, a, a.Table(2))
	defer engine.Close()
	ctx := vm.Waiting(a.L)
	transcript, err := engine.Transcribe(ctx, asr.Speech{Rate: u.Rate(), Samples: u.Samples()})
	return transcribed(ctx, a, transcript, err)
}

// transcribed gives a transcript to the script, or why there is none. What ended
// the call is raised.
func transcribed(ctx context.Context, a luabind.Args, transcript asr.Transcript, err error) int {
	if err != nil {
		return failed(ctx, a, err)
	}
	table, words := a.L.NewTable(), a.L.NewTable()
	for _, w := range transcript.Words {
		row := a.L.NewTable()
		row.RawSetString("text", lua.LString(w.Text))
		row.RawSetString("start", lua.LNumber(w.Start.Seconds()))
		row.RawSetString("stop", lua.LNumber(w.End.Seconds()))
		row.RawSetString("confidence", lua.LNumber(w.Confidence))
		words.Append(row)
	}
	table.RawSetString("text", lua.LString(transcript.Text))
	table.RawSetString("words", words)
	table.RawSetString("engine", lua.LString(transcript.Engine))
	table.RawSetString("took", lua.LNumber(transcript.Took.Seconds()))
	a.PushText(transcript.Text)
	a.L.Push(table)
	return 2
}

// hearing is a stream and the goroutine that feeds it.
type hearing struct {
	stream asr.Stream
	engine asr.Recognizer
	stop   context.CancelFunc
	fed    chan struct{} // closed when nothing more is sent
}

func asrStream(vm *luabind.VM, a luabind.Args) int {
	options := a.Table(1)
	audio, ok := callersAudio(vm, a)
	if !ok {
		return 2
	}
	waiting := vm.Waiting(a.L) // raises a hangup before anything is open
	h := &hearing{engine: engineFor(vm, a, options), fed: make(chan struct{})}
	reader, err := audio.NewReader(0)
	if err != nil {
		h.engine.Close()
		a.Check(err)
	}
	ctx, end := context.WithCancel(context.Background())
	opened := context.AfterFunc(waiting, end) // only the opening ends with the call
	h.stream, err = asr.Listen(ctx, h.engine, reader.Rate())
	if !opened() && err == nil {
		h.stream.Close()
		err = waiting.Err()
	}
	if err != nil {
		end()
		reader.Close()
		h.engine.Close()
		return transcribed(waiting, a, asr.Transcript{}, err)
	}
	var feeding context.Context
	feeding, h.stop = context.WithCancel(ctx)
	go h.feed(feeding, reader)
	vm.OnClose(func() {
		h.stop()
		<-h.fed
		h.stream.Close()
		end()
		h.engine.Close()
	})
	a.L.Push(vm.Object(&streamType, h))
	return 1
}

// feed sends the caller's audio to the engine.
func (h *hearing) feed(ctx context.Context, reader *eagi.Reader) {
	defer close(h.fed)
	defer reader.Close()
	frame := make([]int16, reader.Rate()/10)
	for {
		n, err := reader.Read(ctx, frame)
		if n > 0 && h.stream.Write(frame[:n]) != nil {
			return
		}
		if err != nil {
			_ = h.stream.Write(reader.Rest()) // that it has ended, End tells
			return
		}
	}
}

func finishStream(vm *luabind.VM, a luabind.Args) int {
	h := a.Self.(*hearing)
	h.stop()
	<-h.fed
	ctx := vm.Waiting(a.L)
	transcript, err := h.stream.End(ctx)
	h.stream.Close()
	h.engine.Close()
	return transcribed(ctx, a, transcript, err)
}
