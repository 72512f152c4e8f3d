package std

import (
	lua "github.com/yuin/gopher-lua"

	"goagi/eagi"
	"goagi/luabind"
)

// utteranceType is what audio.listen gives.
var utteranceType = luabind.Type{
	Name: "utterance",
	Doc:  "What somebody said.",
	Methods: []luabind.Func{
		{
			Name: "duration", Returns: "seconds: number", Doc: "Gives how long it is.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				a.L.Push(lua.LNumber(said(a).Duration().Seconds()))
				return 1
			},
		},
		{
			Name: "level", Returns: "dbfs: number", Doc: "Gives how loud it is: 0 is as loud as can be, -20 to -30 is usual.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				a.L.Push(lua.LNumber(said(a).Level()))
				return 1
			},
		},
		{
			Name: "pcm", Returns: "samples: string", Doc: "Gives its samples, signed 16-bit little-endian.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(pcm(said(a))); return 1 },
		},
		{
			Name: "rate", Returns: "rate: integer", Doc: "Gives its samples a second.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushNumber(said(a).Rate()); return 1 },
		},
		{
			Name: "resample", Params: "rate: integer", Returns: "utterance: utterance",
			Doc: "Gives the same at another rate, from 1000 to 384000 samples a second.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				rate := a.Integer(1)
				if rate < 1000 || rate > 384000 {
					a.Fail(1, "from 1000 to 384000")
				}
				a.L.Push(vm.Object(a.Type, said(a).Resample(rate)))
				return 1
			},
		},
		{
			Name: "save", Params: "path: string", Returns: "saved: boolean?, message: string?",
			Doc: "Writes it to a file, whole or not at all; the name says how: .wav, .sln (and .sln16 and so on), .ulaw or .alaw. Gives nil and why where that is not possible.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				path, err := vm.Sandbox().Path(a.Text(1), true)
				if err == nil {
					err = said(a).Save(path)
				}
				if err != nil {
					return ofFile(a, err)
				}
				a.PushTruth(true)
				return 1
			},
		},
		{
			Name: "time", Returns: "seconds: number", Doc: "Gives when it began, in seconds since 1970.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				a.L.Push(lua.LNumber(float64(said(a).Began().UnixMilli()) / 1000))
				return 1
			},
		},
		{
			Name: "wav", Returns: "file: string", Doc: "Gives it as a WAV file.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(string(said(a).WAV())); return 1 },
		},
	},
}

// pcm gives an utterance's samples, signed 16-bit little-endian.
func pcm(u *eagi.Utterance) string { return string(eagi.Format{}.AppendBytes(nil, u.Samples())) }

func said(a luabind.Args) *eagi.Utterance { return a.Self.(*eagi.Utterance) }
