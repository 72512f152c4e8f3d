package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/call"
	"goagi/luabind"
	"goagi/sim"
)

// callType is what place gives: the caller's side of a call.
var callType = luabind.Type{
	Name: "call",
	Doc: "The caller's side of a call. What it waits for comes in the call's own time, and none of yours. `hears` gives up when nothing is heard for a minute, what " +
		"waits for the script's end after a day, so that a test fails instead of waiting for ever. A call that still goes on at the end of its test is hung up. A script that fails makes its test fail, unless the " +
		"test says `call:ends(\"error\")`.",
	Methods: []luabind.Func{
		{
			Name: "ends", Params: "status?: \"ok\"|\"error\"|\"hangup\"|\"timeout\"", Returns: "message: string?",
			Doc: "Waits until the script has ended, and wants it to have ended so: \"ok\" (as where left out), \"error\", \"hangup\" or \"timeout\". " +
				"Gives what GOAGI_ERROR says, nil where that says nothing.",
			Call: callEnds,
		},
		{
			Name: "hangs_up", Doc: "Hangs up, at once: also while a prompt plays.",
			Call: func(_ *luabind.VM, a luabind.Args) int { self(a).leave(); return 0 },
		},
		{
			Name: "hears", Params: "what: string|said",
			Doc: "Waits for the next thing that the caller hears and wants it to be this: a prompt by its name, or what is said, as in {digits = \"42\"}, " +
				"or \"beep\". The test goes " +
				"on when it begins, so that the caller can press keys or hang up in it.",
			Call: func(vm *luabind.VM, a luabind.Args) int { self(a).hears(vm, a, false); return 0 },
		},
		{
			Name: "hears_later", Params: "what: string|said",
			Doc:  "Is hears, but for what comes before it: that may be anything.",
			Call: func(vm *luabind.VM, a luabind.Args) int { self(a).hears(vm, a, true); return 0 },
		},
		{
			Name: "logs", Params: "text: string",
			Doc:  "Wants a line of Asterisk's log with this text in it, now or until the script ends.",
			Call: func(vm *luabind.VM, a luabind.Args) int { self(a).wants(vm, a, sim.Log, a.Text(1), nil); return 0 },
		},
		{
			Name: "press", Params: "keys: string",
			Doc:  "Presses keys: 0 to 9, *, #, A to D; w waits half a second. A key takes a fifth of a second; one that nothing listens for is lost, as in Asterisk.",
			Call: callPress,
		},
		{
			Name: "prints", Params: "text: string",
			Doc:  "Wants a line on Asterisk's console with this text in it, now or until the script ends: what print and agi.verbose write.",
			Call: func(vm *luabind.VM, a luabind.Args) int { self(a).wants(vm, a, sim.Verbose, a.Text(1), nil); return 0 },
		},
		{
			Name: "ran", Params: "application: string, arguments?: string",
			Doc: "Wants a dialplan application to have run, or to run until the script ends; with these arguments, where they are given.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				p := self(a)
				if a.Has(2) {
					args := a.Text(2)
					p.wants(vm, a, sim.Application, a.Text(1), &args)
				} else {
					p.wants(vm, a, sim.Application, a.Text(1), nil)
				}
				return 0
			},
		},
		{
			Name: "records", Params: "file: string",
			Doc: "Wants a recording into this file (with its format, as in \"msg.wav\") to have begun, or to begin until the script ends.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				self(a).wants(vm, a, sim.Recording, a.Text(1), nil)
				return 0
			},
		},
		{
			Name: "says", Params: "what: string|number",
			Doc: "Says what is in a WAV file, which is looked for as scripts are, or for so many seconds something that nobody understands: enough where asr is " +
				"faked. It begins now, also over a prompt, and does not wait for its end. The call must be of the transport \"eagi\".",
			Call: func(_ *luabind.VM, a luabind.Args) int { self(a).says(a); return 0 },
		},
		{
			Name: "set", Params: "name: string, value: string|number",
			Doc: "Sets a channel variable, or a function such as DB(family/key), as the dialplan would.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				p := self(a)
				p.settle() // nobody reads it meanwhile
				a.Check(p.write(a.L, a.Text(1), a.Text(2)))
				return 0
			},
		},
		{
			Name: "speaks", Params: "seconds: number",
			Doc:  "Speaks from now on, which recordings that end with silence hear. It does not wait.",
			Call: func(_ *luabind.VM, a luabind.Args) int { self(a).line.speak(a.Seconds(1)); return 0 },
		},
		{
			Name: "waits", Params: "seconds: number",
			Doc: "Does nothing for so long. In a fake it is over when the caller hangs up.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				p := self(a)
				if p.tree.inFake {
					p.tree.until(p.left, a.Seconds(1), p.tree.stop)
				} else {
					p.tree.rest(a.Seconds(1))
				}
				return 0
			},
		},
	},
	Members: []luabind.Field{
		{Name: "db", Type: "{[string]: string}", Doc: "What is in Asterisk's database at the moment: call.db[\"family/key\"]."},
		{Name: "log", Type: "string", Doc: "What goagi and the script have logged, a line each."},
		{Name: "var", Type: "{[string]: string}", Doc: "The channel's variables at the moment: call.var.NAME, AGISTATUS and GOAGI_STATUS among them, global ones, " +
			"those that Asterisk makes, such as UNIQUEID, and dialplan functions: call.var[\"CALLERID(name)\"]."},
	},
	Member: func(vm *luabind.VM, value any, name string) (lua.LValue, bool) {
		p := value.(*placed)
		if p.line.far == nil {
			return nil, false
		}
		var values map[string]string
		var err error
		switch name {
		case "var":
			p.settle() // nobody writes to it meanwhile
			values, err = p.line.vars()
		case "db":
			p.settle()
			values, err = p.line.db()
		case "log":
			p.settle()
			return lua.LString(p.log.String()), true
		default:
			return nil, false
		}
		if err != nil {
			vm.Raise(vm.L, err)
		}
		table := tableOf(vm.L, values)
		if name == "var" {
			p.functionsIn(vm, table)
		}
		return table, true
	},
}

func self(a luabind.Args) *placed {
	p := a.Self.(*placed)
	if p.line.far == nil {
		a.Misuse("the call has not begun: the fake is asked for what place sets")
	}
	return p
}

func tableOf(L *lua.LState, values map[string]string) *lua.LTable {
	table := L.CreateTable(0, len(values))
	for name, value := range values {
		table.RawSetString(name, lua.LString(value))
	}
	return table
}

// Failure is the error of a test that does not hold.
type Failure struct{ Message string }

// Error gives the message.
func (f *Failure) Error() string { return f.Message }

// inTime ends the test where its time is over: it was not the call that did not come
// to what it wants.
func (t *tree) inTime(vm *luabind.VM, a luabind.Args) {
	if t.late() {
		failed(vm, a, "the test's time is over")
	}
}

// failed ends the test.
func failed(vm *luabind.VM, a luabind.Args, format string, values ...any) {
	vm.Raise(a.L, &Failure{fmt.Sprintf(format, values...)})
}

func callPress(_ *luabind.VM, a luabind.Args) int {
	if a.L.Get(1).Type() == lua.LTNumber { // 0042 would be 42
		a.Fail(1, "a text")
	}
	keys := a.Text(1)
	if bad := strings.Trim(keys, "0123456789*#ABCDabcdw"); bad != "" || keys == "" {
		a.Misuse("a telephone has 0 to 9, *, # and A to D, and w waits: not %q", keys)
	}
	self(a).line.press(keys)
	return 0
}

// wants waits for an event of a kind, anywhere in the call.
func (p *placed) wants(vm *luabind.VM, a luabind.Args, kind sim.Kind, text string, args *string) {
	var others []string // of this kind
	until := p.tree.patience(longest)
	for n := 0; ; {
		s, ok := p.step(n)
		if !ok {
			if p.await(n, until) {
				continue
			}
			p.tree.inTime(vm, a)
			wanted := strings.TrimSpace(string(kind) + " " + text)
			switch {
			case args == nil:
			case *args == "":
				wanted += " without arguments"
			default:
				wanted += " " + *args
			}
			if len(others) > 0 {
				wanted += "; there was " + strings.Join(others[max(0, len(others)-5):], ", ")
			}
			select {
			case <-p.over:
				failed(vm, a, "it never came, until the call ended (%s): %s", p.ending(), wanted)
			default:
				failed(vm, a, "it did not come in %v: %s", longest, wanted)
			}
		}
		n++
		if s.command != "" || s.Kind != kind {
			continue
		}
		switch kind {
		case sim.Application:
			if strings.EqualFold(s.Text, text) && (args == nil || s.Args == *args) {
				return
			}
		case sim.Recording:
			if s.Text == text {
				return
			}
		default:
			if strings.Contains(s.Text, text) {
				return
			}
		}
		others = append(others, strconv.Quote(strings.TrimSpace(s.Text+" "+s.Args)))
	}
}

// within says which application the script is in, that a test may want to fake.
func (p *placed) within() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.steps) - 1; i >= 0; i-- {
		if s := p.steps[i]; s.command != "" {
			words := strings.Fields(s.command)
			if s.reply == "" && len(words) > 1 && words[0] == "EXEC" && p.tree.standIn(words[1]) == nil {
				return fmt.Sprintf("; the script is in %s, which fake.app(%q, function(arguments, call) ... end) would stand in for", words[1], words[1])
			}
			break
		}
	}
	return ""
}

// ending says how a call ended that is over.
func (p *placed) ending() string {
	text := strings.ToLower(string(p.result.Status))
	if message := p.result.Message(); message != "" {
		text += ": " + message
	}
	return text
}

func callEnds(vm *luabind.VM, a luabind.Args) int {
	p, want := self(a), "ok"
	if a.Has(1) {
		want = a.Text(1)
	}
	switch want {
	case "ok", "error", "hangup", "timeout":
	default:
		a.Fail(1, `"ok", "error", "hangup" or "timeout"`)
	}
	p.told = true
	if !p.ended(longest) {
		p.tree.inTime(vm, a)
		failed(vm, a, "the call still goes on after %v%s", longest, p.within())
	}
	if got := strings.ToLower(string(p.result.Status)); got != want {
		failed(vm, a, "the call ended %s, not %s", p.ending(), want)
	}
	a.PushTextOr(p.result.Message(), p.result.Status != call.OK)
	return 1
}

// leave has the caller hang up.
func (p *placed) leave() {
	p.hangs.Do(func() { close(p.left) })
	p.line.hangup()
}

// close ends the call, and gives what its script did wrong that the test did not
// ask for.
func (p *placed) close() error {
	p.settle() // what the script does without waiting belongs to the test
	p.leave()
	patient := longest
	if p.tree.real != nil {
		patient = leaves
	}
	if !p.tree.until(p.over, patient, nil) {
		return fmt.Errorf("the call did not end in %v after the hangup", patient)
	}
	switch {
	case p.result.Status == call.Failed && !p.told:
		return p.result.Err
	case p.result.Status == call.Timeout && !p.told:
		return errors.New("the call's time limit ended it: --max-call-time")
	case p.result.Handler != nil:
		return fmt.Errorf("on_hangup: %w", p.result.Handler)
	}
	if p.result.Abandoned {
		return errors.New("the script is stuck")
	}
	return nil
}
