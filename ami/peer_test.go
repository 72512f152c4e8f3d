package ami

import (
	"bufio"
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// peer is a scripted manager interface. It logs everybody in; what else it is
// asked it answers by a function, whose text it sends with # in the place of
// the action's ActionID. "" is no answer.
type peer struct {
	answer func(action Message) string
	wire   net.Conn // the last

	mu      sync.Mutex
	wires   []net.Conn
	actions []Message
	marker  string             // the global variable of that name, which is none of the test's actions
	there   map[string]Message // the channels that its events tell of, by their names: what Status says
}

const success = "Response: Success\r\nActionID: #\r\nMessage: fine\r\n\r\n"

// newPeer gives a peer and the account that leads to it. Every connection is one
// to this peer, and wire is the last.
func newPeer(t *testing.T, answer func(action Message) string) (*peer, Account) {
	p := &peer{answer: answer}
	var served sync.WaitGroup
	t.Cleanup(served.Wait)
	return p, Account{Addr: "asterisk:5038", User: "worker", Secret: "hush-hush", Dial: func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		p.mu.Lock()
		p.wire, p.wires = far, append(p.wires, far)
		p.mu.Unlock()
		served.Go(func() { p.serve(far) })
		return near, nil
	}}
}

// connect gives a connection to a new peer.
func connect(t *testing.T, answer func(action Message) string) (*Conn, *peer) {
	t.Helper()
	p, account := newPeer(t, answer)
	c, err := Dial(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, p
}

func (p *peer) serve(wire net.Conn) {
	defer wire.Close()
	if _, err := wire.Write([]byte("Asterisk Call Manager/9.0.0\r\n")); err != nil {
		return
	}
	for in := bufio.NewReader(wire); ; {
		var m Message
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if line = strings.TrimSuffix(line, "\r\n"); line == "" {
				break
			}
			name, value, _ := strings.Cut(line, ": ")
			m = append(m, Header{name, value})
		}
		text, marks := "", m.Get("Variable") == markerVariable
		p.mu.Lock()
		switch {
		case !marks:
			p.actions = append(p.actions, m)
		case m.Get("Action") == "Setvar":
			p.marker = m.Get("Value")
		}
		variable := "Response: Success\r\nActionID: #\r\nValue: " + p.marker + "\r\n\r\n"
		p.mu.Unlock()
		switch name := m.Get("Action"); {
		case marks:
			text = variable
		case name == "Challenge":
			text = "Response: Success\r\nActionID: #\r\nChallenge: 845124\r\n\r\n"
		case name == "Login":
			text = success
		default:
			text = p.answer(m)
			switch {
			case name == "Status" && text == success:
				text = p.status(m.Get("Channel"))
			case name == "ListCommands" && text == success:
				text = "Response: Success\r\nActionID: #\r\nAGI: x\r\nSetvar: x\r\nGetvar: x\r\nStatus: x\r\nCoreShowChannels: x\r\nCoreSettings: x\r\n\r\n"
			}
		}
		p.notes(text)
		p.send(wire, strings.ReplaceAll(text, "#", m.Get("ActionID")))
		if _, events, _ := strings.Cut(text, "\r\n\r\n"); strings.HasPrefix(events, "Event: AsyncAGI") {
			p.tell(events, wire)
		}
	}
}

// runs has a channel run an application.
func (p *peer) runs(name, application string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.there[name] = Message{{"Channel", name}, {"Uniqueid", p.there[name].Get("Uniqueid")}, {"Application", application}}
}

// notes keeps where channels are, of which events tell.
func (p *peer) notes(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.there == nil {
		p.there = make(map[string]Message)
	}
	in := newReader(strings.NewReader(text))
	for m, err := in.message(); err == nil; m, err = in.message() {
		name := m.Get("Channel")
		switch m.Event() {
		case "AsyncAGIStart":
			data := "agi:async"
			for _, l := range strings.Split(decode(m.Get("Env")), "\n") {
				if word, ok := strings.CutPrefix(l, "agi_arg_"); ok {
					_, word, _ = strings.Cut(word, ": ")
					data += "," + strings.NewReplacer(`\`, `\\`, ",", `\,`, `"`, `\"`, "(", `\(`, ")", `\)`).Replace(word)
				}
			}
			p.there[name] = Message{{"Channel", name}, {"Uniqueid", m.Get("Uniqueid")}, {"Context", m.Get("Context")}, {"Exten", m.Get("Exten")}, {"Application", "AGI"}, {"Data", data}}
		case "AsyncAGIEnd":
			p.there[name] = Message{{"Channel", name}, {"Uniqueid", m.Get("Uniqueid")}, {"Application", ""}, {"Data", ""}}
		case "Rename":
			p.there[m.Get("Newname")] = p.there[name]
			delete(p.there, name)
		case "Hangup":
			delete(p.there, name)
		}
	}
}

// status says where a channel is.
func (p *peer) status(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, ok := p.there[name]
	if !ok {
		return "Response: Error\r\nActionID: #\r\nMessage: No such channel\r\n\r\n"
	}
	text := success + "Event: Status\r\n"
	for _, h := range m {
		text += h.Name + ": " + h.Value + "\r\n"
	}
	return text + "ActionID: #\r\n\r\n" + event("StatusComplete", "ActionID", "#")
}

// say sends something unasked to all connections.
func (p *peer) say(text string) {
	p.notes(text)
	p.tell(text, nil)
}

// tell sends something to all connections but one.
func (p *peer) tell(text string, but net.Conn) {
	p.mu.Lock()
	wires := slices.Clone(p.wires)
	p.mu.Unlock()
	for _, wire := range wires {
		if wire != but {
			p.send(wire, text)
		}
	}
}

func (p *peer) send(wire net.Conn, text string) {
	if text != "" {
		_, _ = wire.Write([]byte(text)) // a test that needs it misses it
	}
}

// asked gives the actions of a name that came.
func (p *peer) asked(name string) (actions []Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.actions {
		if m.Get("Action") == name {
			actions = append(actions, m)
		}
	}
	return actions
}

// always answers every action in the same way.
func always(text string) func(Message) string { return func(Message) string { return text } }

// event writes an event with its headers, names and values in turn.
func event(name string, headers ...string) string {
	text := "Event: " + name + "\r\n"
	for i := 0; i < len(headers); i += 2 {
		text += headers[i] + ": " + headers[i+1] + "\r\n"
	}
	return text + "\r\n"
}

// marked gives what the marker is.
func (p *peer) marked() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.marker
}

// mark changes it.
func (p *peer) mark(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.marker = text
}
