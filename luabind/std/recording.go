package std

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/eagi"
	"goagi/luabind"
)

// recordingType is what audio.record gives.
var recordingType = luabind.Type{
	Name: "recording",
	Doc:  "A recording in progress. It ends by itself with a hangup and with the call.",
	Methods: []luabind.Func{
		{
			Name: "stop", Returns: "seconds: number?, message: string?",
			Doc: "Ends it and gives its length, once the file is there; nil and why where it could not be written. A second stop gives the same.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				length, err := a.Self.(*eagi.Recording).Stop()
				if err != nil {
					return refused(a, err)
				}
				a.L.Push(lua.LNumber(length.Seconds()))
				return 1
			},
		},
	},
}

func audioRecord(vm *luabind.VM, a luabind.Args) int {
	name, o := a.Text(1), a.Options(2)
	audio, ok := callersAudio(vm, a)
	if !ok {
		return 2
	}
	path, err := vm.Sandbox().Path(name, true)
	if err != nil {
		return ofFile(a, err)
	}
	recording, err := audio.Record(path, o.Seconds("max", time.Hour), o.Seconds("earlier", 0))
	if err != nil {
		return refused(a, err)
	}
	// No sound comes behind the hangup: it is the end.
	ends := context.AfterFunc(vm.Host().Session.Channel(), func() { _, _ = recording.Stop() })
	vm.OnClose(func() {
		ends()
		if _, err := recording.Stop(); err != nil {
			vm.Host().Log.Error("a recording failed", "error", err)
		}
	})
	a.L.Push(vm.Object(&recordingType, recording))
	return 1
}
