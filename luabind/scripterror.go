package luabind

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
)

// ScriptError says where a script is wrong.
type ScriptError struct {
	File      string // as the script was named
	Line      int    // 1 is the first; 0 where it is not known
	Column    int    // in bytes, 1 is the first; 0 where it is not known
	Message   string // one line
	Source    string // the text of that line, "" where it is not known
	Traceback string // the Lua functions on the way there, innermost first; "" for a syntax error
	Err       error  // what the script did not catch, such as an *agi.Error; may be nil
}

// Error gives "file:line: message".
func (e *ScriptError) Error() string {
	switch {
	case e.File == "":
		return e.Message
	case e.Line == 0:
		return e.File + ": " + e.Message
	}
	return e.File + ":" + strconv.Itoa(e.Line) + ": " + e.Message
}

// Unwrap gives the error that the script did not catch.
func (e *ScriptError) Unwrap() error { return e.Err }

// Exit is the error of a script that ended itself with os.exit.
type Exit struct {
	Code  int
	Where string // "file:line:"
}

// Error names the place and the code.
func (e Exit) Error() string {
	return fmt.Sprintf("%s the script ended itself with os.exit(%d)", e.Where, e.Code)
}

// Panic is the error of a fault in a binding, which is goagi's and not the
// script's. The script cannot catch it.
type Panic struct {
	Value any
	Stack string // the goroutine's stack
}

// Error gives the panic's value.
func (e *Panic) Error() string { return fmt.Sprintf("a fault in goagi: %v", e.Value) }

// Raise throws err into Lua as an error object: a table with kind, command,
// code and message, which tostring makes readable. It does not return.
func (vm *VM) Raise(L *lua.LState, err error) {
	vm.told = vm.told || errors.Is(err, agi.ErrHangup)
	object := L.NewTable()
	object.RawSetString("kind", lua.LString(agi.KindName(err)))
	object.RawSetString("message", lua.LString(err.Error()))
	if e, ok := errors.AsType[*agi.Error](err); ok {
		object.RawSetString("command", lua.LString(e.Command))
		object.RawSetString("code", lua.LNumber(e.Code))
	}
	if where := L.Where(1); !strings.HasPrefix(where, "[G]") {
		object.RawSetString("where", lua.LString(where))
	}
	meta := L.CreateTable(0, 2)
	meta.RawSetString("__tostring", vm.L.NewFunction(errorToString))
	meta.RawSetString(errorKey, &lua.LUserData{Value: err, Metatable: lua.LNil})
	L.SetMetatable(object, meta)
	L.Error(object, 0)
}

// errorKey is where an error object's metatable keeps the error, so that one
// that the script throws on is still what it was.
const errorKey = "__error"

// raised gives the error that an error object was made from, nil for others.
func raised(object *lua.LTable) error {
	if meta, ok := object.Metatable.(*lua.LTable); ok {
		if kept, ok := meta.RawGetString(errorKey).(*lua.LUserData); ok {
			err, _ := kept.Value.(error)
			return err
		}
	}
	return nil
}

// errorToString is __tostring of error objects: "file:line: message".
func errorToString(L *lua.LState) int {
	object := L.CheckTable(1)
	where := strings.TrimSpace(lua.LVAsString(object.RawGetString("where")))
	message := lua.LVAsString(object.RawGetString("message"))
	if where != "" {
		message = where + " " + message
	}
	L.Push(lua.LString(message))
	return 1
}

// ErrorOf makes what a function of Lua raised, as a protected call of it gives it,
// the error that Run would give.
func (vm *VM) ErrorOf(err error) error {
	if err == nil {
		return nil
	}
	return vm.scriptError(err)
}

// scriptError makes what a script did not catch into one error.
func (vm *VM) scriptError(err error) error {
	if vm.fatal != nil {
		return vm.fatal
	}
	api, ok := errors.AsType[*lua.ApiError](err)
	if !ok {
		return err
	}
	e := &ScriptError{Traceback: cleanTraceback(api.StackTrace)}
	text := ""
	if object, ok := api.Object.(*lua.LTable); ok {
		e.Err = raised(object)
		text = vm.toString(object)
	} else if api.Object != nil {
		text = api.Object.String()
	}
	if api.Type == lua.ApiErrorPanic {
		if strings.Contains(text, "stack overflow") || strings.Contains(text, "registry overflow") {
			text = "stack overflow: does a function call itself without end?"
		} else {
			text = "a fault in the Lua VM: " + text
		}
	}
	e.File, e.Line, e.Message = splitPosition(text)
	if !slices.Contains(vm.files, e.File) {
		// Not a place in the script: what a caller sent may look like one.
		e.File, e.Line, e.Message = "", 0, text
	}
	if e.File == "" && e.Traceback != "" {
		e.File, e.Line, _ = splitPosition(firstPosition(e.Traceback))
	}
	all := ""
	if slices.Contains(vm.files, e.File) && e.Line > 0 {
		if source, err := readScript(e.File); err == nil {
			e.Source, all = sourceLine(source, e.Line), string(source)
		}
	}
	e.Message = vm.explain(oneLine(cut(e.Message, 2000)), e.Source, all)
	return e
}

// toString is Lua's tostring, which may run the script's own __tostring; one
// that fails itself gives the value's type.
func (vm *VM) toString(value lua.LValue) (text string) {
	L := vm.L
	meta := L.GetMetaField(value, "__tostring")
	if meta.Type() != lua.LTFunction {
		if table, ok := value.(*lua.LTable); ok {
			if message := table.RawGetString("message"); message != lua.LNil {
				return message.String()
			}
			return "an error that is a table without a message"
		}
		return value.String()
	}
	if err := L.CallByParam(lua.P{Fn: meta, NRet: 1, Protect: true}, value); err != nil {
		return "an error whose __tostring failed"
	}
	defer L.Pop(1)
	return L.Get(-1).String()
}

// splitPosition cuts "file:line: message" in three. A file may hold colons.
func splitPosition(text string) (file string, line int, message string) {
	for from := 0; ; {
		i := strings.IndexByte(text[from:], ':')
		if i < 0 {
			return "", 0, text
		}
		i += from
		digits, rest, ok := strings.Cut(text[i+1:], ":")
		if n, err := strconv.Atoi(digits); ok && err == nil && i > 0 {
			return text[:i], n, strings.TrimPrefix(rest, " ")
		}
		from = i + 1
	}
}

// firstPosition gives the innermost "file:line:" of a traceback.
func firstPosition(traceback string) string {
	for line := range strings.Lines(traceback) {
		if position, _, ok := strings.Cut(strings.TrimSpace(line), ": in "); ok {
			return position + ":"
		}
	}
	return ""
}

// cleanTraceback keeps the frames that are Lua's own.
func cleanTraceback(trace string) string {
	var kept []string
	for line := range strings.Lines(trace) {
		frame := strings.TrimSpace(line)
		if frame == "" || frame == "stack traceback:" || strings.HasPrefix(frame, "[G]") {
			continue
		}
		kept = append(kept, frame)
	}
	return strings.Join(kept, "\n")
}

// oneLine makes a message one line of printable text.
func oneLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}

// quoted gives a token for a message, cut where it is long.
func quoted(token string) string {
	if len(token) > 40 {
		token = token[:40] + "..."
	}
	return "'" + oneLine(token) + "'"
}
