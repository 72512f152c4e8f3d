package luabind

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
)

// output is where a script's own text goes: a line at a time to the log and
// to Asterisk's console, never to stdout, which is the dialog.
type output struct {
	rest strings.Builder // a line that has no end yet
}

// FromKey is the attribute that marks a log record as a script's own line; its
// value is the function that wrote it.
const FromKey = "from"

// maxPrinted is as much of one printed line as is passed on, in bytes; it
// keeps the command within what every Asterisk takes.
const maxPrinted = 900

// maxLogged is as much of one printed line as the log gets, in bytes.
const maxLogged = 16 << 10

func (o *output) write(vm *VM, text string) {
	for {
		line, rest, more := strings.Cut(text, "\n")
		o.rest.WriteString(line)
		if !more {
			return
		}
		o.line(vm)
		text = rest
	}
}

// flush sends a line that has no end, at the end of the script.
func (o *output) flush(vm *VM) {
	if o.rest.Len() > 0 {
		o.line(vm)
	}
}

func (o *output) line(vm *VM) {
	line := strings.TrimSuffix(o.rest.String(), "\r")
	o.rest.Reset()
	logged := line
	if len(logged) > maxLogged {
		logged = fmt.Sprintf("%s... (%d bytes)", logged[:maxLogged], len(line))
	}
	vm.host.Log.Info(logged, FromKey, "print")
	vm.pace.waits()
	// A line that Asterisk does not take is in the log all the same.
	_ = vm.host.Session.Verbose(agi.Printable(line, maxPrinted), 1)
}

func luaPrint(vm *VM, L *lua.LState) int {
	var line strings.Builder
	for i := 1; i <= L.GetTop(); i++ {
		if i > 1 {
			line.WriteByte('\t')
		}
		line.WriteString(L.ToStringMeta(L.Get(i)).String())
	}
	line.WriteByte('\n')
	vm.out.write(vm, line.String())
	return 0
}

// log writes a line to the log and, where the log takes that level, to
// Asterisk's own.
func (vm *VM) log(level slog.Level, text string) {
	if !vm.host.Log.Enabled(context.Background(), level) {
		return
	}
	vm.host.Log.Log(context.Background(), level, text, FromKey, "agi.log")
	word := "DEBUG"
	switch {
	case level >= slog.LevelError:
		word = "ERROR"
	case level >= slog.LevelWarn:
		word = "WARNING"
	case level >= slog.LevelInfo:
		word = "NOTICE"
	}
	vm.pace.waits()
	// A session that cannot take it has ended; the log has the line.
	_ = vm.host.Session.Log(word, text)
}
