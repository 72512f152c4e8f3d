package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"goagi/agi"
	"goagi/fastagi"
	"goagi/pbx"
)

// network starts a FastAGI server with a handler for each script of these tests,
// and gives the URL that leads to it.
func network(t *testing.T, handle func(ctx context.Context, c *fastagi.Conn, script fastagi.Script, env *agi.Env, session *agi.Session)) (*fastagi.Server, string) {
	t.Helper()
	listeners, err := fastagi.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &fastagi.Server{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Handler: func(ctx context.Context, c *fastagi.Conn) {
		env, _ := c.Stream.Env(ctx)
		script, err := fastagi.ParseScript(env.Get("network_script"))
		if err != nil {
			t.Error(err)
			return
		}
		handle(ctx, c, script, env, agi.NewSession(c.Stream))
	}}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listeners...) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return server, "agi://" + listeners[0].Addr().String() + "/"
}

// ofCall is a line of Asterisk's log that belongs to a call.
var ofCall = regexp.MustCompile(`(?m)^\[[^]]+\] \w+\[\d+\]\[(C-\w+)\] (.*)`)

// broke finds what a server without manners leaves in the log.
var broke = regexp.MustCompile(`write\(\)|Broken pipe|Connection reset`)

// complaints are those of calls that ran a script of the server at url.
func complaints(log, url string) (lines []string) {
	ours := make(map[string]bool)
	matches := ofCall.FindAllStringSubmatch(log, -1)
	for _, match := range matches {
		ours[match[1]] = ours[match[1]] || strings.Contains(match[2], url)
	}
	for _, match := range matches {
		if ours[match[1]] && broke.MatchString(match[2]) {
			lines = append(lines, match[0])
		}
	}
	return lines
}

// What the dialplan asks for arrives, and what the script says of itself.
func TestFastAGI(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	_, url := network(t, func(_ context.Context, c *fastagi.Conn, script fastagi.Script, env *agi.Env, session *agi.Session) {
		if script.Path == "bad.lua" {
			_ = c.Fail()
			return
		}
		_ = session.Answer()
		_ = session.SetVariable("SCRIPT", script.Path+" "+script.Query["x"]+" "+script.Query["y"])
		_ = session.SetVariable("ARGS", strings.Join(env.Args(), "|"))
		value, _, _ := session.GetFullVariable("${EXTEN}", "")
		_ = session.SetVariable("STEP", value)
	})
	for name, row := range map[string]struct {
		step string
		want vars
	}{
		"a script":     {"AGI(" + url + "menu/x.lua?x=1&y=a%20b,one,two words)", vars{"SCRIPT": "menu/x.lua 1 a b", "ARGS": "one|two words", "STEP": "100", "AGISTATUS": "SUCCESS"}},
		"none":         {"AGI(" + strings.TrimSuffix(url, "/") + ")", vars{"SCRIPT": "  ", "ARGS": "", "STEP": "100", "AGISTATUS": "SUCCESS"}},
		"one that has": {"AGI(" + url + "bad.lua)", vars{"SCRIPT": "", "AGISTATUS": "FAILURE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := place(t, a, pbx.Plan{Steps: []string{row.step}})
			check(t, c, row.want)
			if lines := complaints(c.Log(), url); len(lines) > 0 {
				t.Errorf("Asterisk complains: %q", lines)
			}
		})
	}
}

// A caller may call himself what he likes over the network, too.
func TestNameOfTheCallerOverTheNetwork(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	_, url := network(t, func(_ context.Context, c *fastagi.Conn, script fastagi.Script, env *agi.Env, session *agi.Session) {
		err := session.Answer()
		_ = session.SetVariable("ANSWERED", fmt.Sprint(err))
		_ = session.SetVariable("ARGS", strings.Join(env.Args(), "|"))
		_ = session.SetVariable("PLACE", env.Get("context")+" "+env.Get("extension")+" "+env.Get("priority"))
		_ = session.SetVariable("OWN", env.Get("callerid")+" "+env.Get("channel")+" "+env.Get("enhanced")+" "+script.Path)
		key, err := session.WaitForDigit(100 * time.Millisecond)
		_ = session.SetVariable("KEY", fmt.Sprintf("%q %v", key, err))
		value, _, _ := session.GetVariable("CALLERID(name)")
		_ = session.SetVariable("VALUE", fmt.Sprint(value == strings.TrimRight(value, "\n") && len(value) > 0))
		step, _, _ := session.GetFullVariable("in step", "")
		_ = session.SetVariable("STEP", step)
	})
	each(t, []map[string]string{hostile, broken}, func(t *testing.T, name string) {
		c := place(t, a, pbx.Plan{Name: name, Number: "5551234", Steps: []string{"AGI(" + url + "x.lua,one,two words)"}, AtEnd: nameless})
		check(t, c, vars{"ANSWERED": "<nil>", "ARGS": "one|two words", "PLACE": `~call-\d+ 100 3`, "OWN": "5551234 " + c.Channel + " 0.0 x.lua",
			"KEY": `"" <nil>`, "VALUE": "true", "STEP": "in step", "AGISTATUS": "SUCCESS"})
	})
}

// Sixty calls at once, of which some hang up in the middle and some fail: each
// ends in its own way, and Asterisk has nothing to complain of.
func TestManyNetworkCalls(t *testing.T) { // alone: so many calls disturb those that are about moments
	const many = 60
	a := asterisk.Get(t)
	var hangups atomic.Int64
	server, url := network(t, func(ctx context.Context, c *fastagi.Conn, script fastagi.Script, env *agi.Env, session *agi.Session) {
		if err := session.Answer(); err != nil {
			t.Error(err)
			return
		}
		_ = session.SetVariable("READY", "yes")
		switch script.Path {
		case "waits":
			// The caller hangs up while a command is out.
			_, err := session.WaitForDigit(time.Minute)
			if errors.Is(err, agi.ErrHangup) {
				hangups.Add(1)
			}
			_ = session.SetVariable("SAW", fmt.Sprint(errors.Is(err, agi.ErrHangup)))
		case "idles":
			// ... and while none is.
			select {
			case <-session.Channel().Done():
				hangups.Add(1)
			case <-ctx.Done():
			}
			_ = session.SetVariable("SAW", "true")
		case "leaves":
			// The server gives the call up, and then the caller hangs up.
			defer time.AfterFunc(50*time.Millisecond, func() { c.Stream.Close() }).Stop()
			_, _ = session.Exec("Wait", "5")
		case "fails":
			_ = c.Fail()
		case "panics":
			panic("on purpose")
		default:
			for i := range 20 {
				want := fmt.Sprint(env.Get("uniqueid"), i)
				if got, _, err := session.GetFullVariable(want, ""); got != want || err != nil {
					t.Errorf("asked for %s, got %s, %v", want, got, err)
				}
			}
		}
	})
	scripts := []string{"ends", "waits", "idles", "fails", "panics", "leaves"}
	want := map[string]vars{
		"ends":   {"AGISTATUS": "SUCCESS"},
		"waits":  {"AGISTATUS": "HANGUP", "SAW": "true"},
		"idles":  {"AGISTATUS": "HANGUP", "SAW": "true"},
		"leaves": {"AGISTATUS": "HANGUP"},
		"fails":  {"AGISTATUS": "FAILURE"},
		"panics": {"AGISTATUS": "FAILURE"},
	}
	var calls sync.WaitGroup
	for i := range many {
		calls.Go(func() {
			script := scripts[i%len(scripts)]
			c, err := a.Place(pbx.Plan{Steps: []string{"AGI(" + url + script + ")"}})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if want[script]["AGISTATUS"] == "HANGUP" {
				for ready := ""; !strings.HasSuffix(ready, "(yes)"); {
					if ready, err = c.Do("GET FULL VARIABLE ${READY} " + pbx.Quote(c.Channel)); err != nil {
						t.Error(err)
						return
					}
				}
				if err := c.Hangup(); err != nil {
					t.Error(err)
				}
			}
			got, err := c.Vars("AGISTATUS", "SAW")
			if err != nil {
				t.Error(err)
				return
			}
			for name, value := range want[script] {
				if got[name] != value {
					t.Errorf("%s: %s is %q, want %q", script, name, got[name], value)
				}
			}
		})
	}
	calls.Wait()
	if lines := complaints(a.Log(0), url); len(lines) > 0 {
		t.Errorf("Asterisk complains of %d things: %q", len(lines), lines[:min(5, len(lines))])
	}
	if n := hangups.Load(); n != 2*many/6 {
		t.Errorf("%d callers hung up", n)
	}
	if n := server.Counts(); n.Calls != many || n.Panics != many/6 || n.Bad+n.Busy+n.Refused != 0 {
		t.Errorf("%+v", n)
	}
}

// A shutdown ends a call as its caller's hangup does, and a server that is gone
// is a failure.
func TestShutdownOverTheNetwork(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	listeners, err := fastagi.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "agi://" + listeners[0].Addr().String() + "/"
	begun := make(chan struct{})
	server := &fastagi.Server{Drain: -1, Handler: func(ctx context.Context, c *fastagi.Conn) {
		session := agi.NewSession(c.Stream)
		close(begun)
		go func() { // ends with the call
			<-ctx.Done()
			session.End(fmt.Errorf("%w: %w", agi.ErrHangup, context.Cause(ctx)))
			_ = session.Interrupt()
		}()
		_, err := session.WaitForDigit(time.Minute)
		_ = session.SetVariable("SAW", fmt.Sprint(errors.Is(err, agi.ErrHangup)))
	}}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listeners...) }()
	c := place(t, a, pbx.Plan{Steps: []string{"AGI(" + url + "x)", "Set(FIRST=${AGISTATUS})", "AGI(" + url + "x)"}})
	<-begun
	stop()
	if cut, ok := errors.AsType[*fastagi.ShutdownError](<-done); !ok || *cut != (fastagi.ShutdownError{Cut: 1}) {
		t.Errorf("the server ended with %v", cut)
	}
	if _, err := net.Dial("tcp", listeners[0].Addr().String()); err == nil {
		t.Error("it still listens")
	}
	check(t, c, vars{"SAW": "true", "FIRST": "SUCCESS", "AGISTATUS": "FAILURE"})
	if lines := complaints(c.Log(), url); len(lines) > 0 {
		t.Errorf("Asterisk complains: %q", lines)
	}
}
