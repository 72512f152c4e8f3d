package luabind

import (
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Shapes of results that several functions share. Each ends a binding.

// key gives a key, or nil for none.
func (a Args) key(key string, err error) int {
	a.Check(err)
	a.PushTextOr(key, key != "")
	return 1
}

// keyAt gives a key, or nil, and a position.
func (a Args) keyAt(key string, endpos int, err error) int {
	a.Check(err)
	a.PushTextOr(key, key != "")
	a.PushNumber(endpos)
	return 2
}

// textOr gives a text, or nil for none.
func (a Args) textOr(text string, ok bool, err error) int {
	a.Check(err)
	a.PushTextOr(text, ok)
	return 1
}

// yes gives a boolean.
func (a Args) yes(done bool, err error) int {
	a.Check(err)
	a.PushTruth(done)
	return 1
}

// onOff reads a boolean, or the words of Asterisk's own reference.
func (a Args) onOff(n int) bool {
	switch a.L.Get(n) {
	case lua.LTrue, lua.LString("on"):
		return true
	case lua.LFalse, lua.LString("off"):
		return false
	}
	a.Fail(n, "true, false, \"on\" or \"off\"")
	return false
}

func wholeSeconds(n int) time.Duration { return time.Duration(n) * time.Second }

func speechRecognize(vm *VM, a Args) int {
	heard, err := vm.host.Session.SpeechRecognize(a.Text(1), a.Milliseconds(2), a.OptInteger(3, 0))
	a.Check(err)
	if heard.Reason == "" {
		a.PushNil()
		return 1
	}
	table, results := a.L.NewTable(), a.L.NewTable()
	table.RawSetString("reason", lua.LString(heard.Reason))
	table.RawSetString("endpos", lua.LNumber(heard.Endpos))
	if heard.Key != "" {
		table.RawSetString("key", lua.LString(heard.Key))
	}
	for _, h := range heard.Results {
		row := a.L.NewTable()
		row.RawSetString("text", lua.LString(h.Text))
		row.RawSetString("score", lua.LNumber(h.Score))
		row.RawSetString("grammar", lua.LString(h.Grammar))
		results.Append(row)
	}
	table.RawSetString("results", results)
	a.L.Push(table)
	return 1
}
