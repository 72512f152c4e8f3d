package runner

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// world is what a recorded call asked of the world around it, which a spec has to
// fake. The script's goroutine adds to it, whoever writes the spec reads it, and a
// script that could not be ended may still add meanwhile.
type world struct {
	mu    sync.Mutex
	wants []string // lines that fake it, or say that nothing does, each once
}

// worldWants is as much of it as is told.
const worldWants = 40

func (w *world) want(format string, values ...any) {
	line := fmt.Sprintf(format, values...)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.wants) < worldWants && !slices.Contains(w.wants, line) {
		w.wants = append(w.wants, line)
	}
}

// all gives the lines that there are so far.
func (w *world) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.wants)
}

// library gives goagi's own modules as they are, but for those that lead out of the
// call: of these each use is noted, and then goes its way.
func (w *world) library(find func(string) *luabind.Module) func(string) *luabind.Module {
	return func(name string) *luabind.Module {
		module := find(name)
		note := w.noteOf(name)
		if module == nil || note == nil {
			return module
		}
		noted := *module
		noted.Funcs = slices.Clone(module.Funcs)
		for i := range noted.Funcs {
			fn := &noted.Funcs[i]
			name, call := fn.Name, fn.Call
			fn.Call = func(vm *luabind.VM, a luabind.Args) int {
				note(name, a)
				return call(vm, a)
			}
		}
		return &noted
	}
}

// noteOf gives what notes the use of a module's function, nil where the module does
// not lead out of the call. It raises nothing: what is wrong with the arguments the
// function itself says.
func (w *world) noteOf(module string) func(fn string, a luabind.Args) {
	first := func(a luabind.Args) string { return a.L.Get(1).String() }
	switch module {
	case "http":
		return func(fn string, a luabind.Args) {
			method, address := fn, first(a)
			if fn == "request" {
				method, address = address, a.L.Get(2).String()
			}
			if address = withoutSecrets(address); address != "" {
				w.want("fake.http(%s, {status = 200, body = \"\"})", quoted(strings.ToUpper(method)+" "+address))
			}
		}
	case "process":
		return func(_ string, a luabind.Args) {
			if argv, ok := a.L.Get(1).(*lua.LTable); ok && argv.Len() > 0 {
				w.want("fake.program(%s, {stdout = \"\"})", quoted(argv.RawGetInt(1).String()))
			}
		}
	case "asr":
		return func(string, luabind.Args) { w.want("fake.asr{\"what was said\"}") }
	case "sql":
		return func(_ string, a luabind.Args) {
			switch name := first(a); {
			case name == "nil": // the usual one
				w.want("sql: its database, which is empty in a test")
			case strings.HasPrefix(name, "sqlite:"):
				w.want("sql: the database %s, which is empty in a test", quoted(name))
			default:
				w.want("fake.sql[[CREATE TABLE ...]]")
			}
		}
	case "redis", "websocket":
		return func(string, luabind.Args) { w.want("%s: for which a spec has no fake", module) }
	}
	return nil
}

// withoutSecrets gives a URL as fake.http wants it, without its query and who asks;
// "" for what is none.
func withoutSecrets(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return ""
	}
	parsed.User, parsed.RawQuery, parsed.ForceQuery, parsed.Fragment = nil, "", false, ""
	return parsed.String()
}

// programs finds the ways to programs that are Lua's own: those a script has by their
// names, and nobody is told when it takes them.
func (w *world) programs(script string) {
	text, err := os.ReadFile(script)
	if err == nil && regexp.MustCompile(`\b(os\.execute|io\.popen)\b`).Match(text) {
		w.want("fake.program(\"NAME\", {stdout = \"\"}) for each that os.execute and io.popen start")
	}
}
