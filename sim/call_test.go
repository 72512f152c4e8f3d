package sim_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"goagi/sim"
)

// program is the far side of a Call in a test.
type program struct {
	t      *testing.T
	call   *sim.Call
	end    *sim.End
	in     *bufio.Reader
	begin  time.Time
	env    []string
	heard  []sim.Event
	result chan sim.Result
	done   chan struct{} // Run has returned
}

// place runs test as the program of a call, in a bubble.
func place(t *testing.T, call *sim.Call, test func(*program)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := dial(t, t.Context(), call)
		test(p)
		p.end.Close()
		<-p.done
	})
}

func dial(t *testing.T, ctx context.Context, call *sim.Call) *program {
	asterisk, end := sim.Pipe()
	p := &program{t: t, call: call, end: end, in: bufio.NewReader(end), begin: time.Now(), result: make(chan sim.Result, 1), done: make(chan struct{})}
	hear := call.Hear
	call.Hear = func(e sim.Event) {
		p.heard = append(p.heard, e)
		if hear != nil {
			hear(e)
		}
	}
	go func() {
		defer close(p.done)
		p.result <- call.Run(ctx, asterisk)
	}()
	for {
		line := p.read()
		if line == "" {
			return p
		}
		p.env = append(p.env, line)
	}
}

func (p *program) read() string {
	p.t.Helper()
	line, err := p.in.ReadString('\n')
	if err != nil {
		p.t.Fatalf("read: %v (%q)", err, line)
	}
	return strings.TrimSuffix(line, "\n")
}

func (p *program) send(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.end, line+"\n"); err != nil {
		p.t.Fatalf("send %q: %v", line, err)
	}
}

// want reads one line and compares it.
func (p *program) want(line string) {
	p.t.Helper()
	if got := p.read(); got != line {
		p.t.Errorf("got %q, want %q", got, line)
	}
}

// ask sends a command and compares its reply.
func (p *program) ask(command, reply string) {
	p.t.Helper()
	p.send(command)
	if got := p.read(); got != reply {
		p.t.Errorf("%s: got %q, want %q", command, got, reply)
	}
}

// took compares the time since the last call of took, or the begin.
func (p *program) took(d time.Duration) {
	p.t.Helper()
	if got := time.Since(p.begin); got != d {
		p.t.Errorf("it took %v, want %v", got, d)
	}
	p.begin = time.Now()
}

// finish closes the program's side and gives AGISTATUS.
func (p *program) finish() string {
	p.end.CloseWrite()
	return (<-p.result).Status
}

func TestEnvironment(t *testing.T) {
	call := &sim.Call{Script: "menu.lua", Args: []string{"a b", ""}, Env: [][2]string{{"agi_rdnis", "99"}, {"agi_x", "1"}}}
	place(t, call, func(p *program) {
		got := strings.Join(p.env, "\n")
		for _, want := range []string{
			"agi_request: goagi\n", "agi_enhanced: 0.0\n", "agi_accountcode: \n", "agi_rdnis: 99\n",
			"agi_x: 1\nagi_arg_1: menu.lua\nagi_arg_2: a b\nagi_arg_3: ",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	})
	call = &sim.Call{Network: true, NetworkScript: "menu.lua?x=1", Args: []string{"one"}, Enhanced: true}
	place(t, call, func(p *program) {
		if p.env[0] != "agi_network: yes" || p.env[1] != "agi_network_script: menu.lua?x=1" {
			t.Errorf("begins %q", p.env[:3])
		}
		if last := p.env[len(p.env)-1]; last != "agi_arg_1: one" {
			t.Errorf("ends %q", last)
		}
	})
}

// A silence of half a minute takes no time here and exactly that much there.
func TestSilence(t *testing.T) {
	place(t, &sim.Call{}, func(p *program) {
		p.ask("WAIT FOR DIGIT 30000", "200 result=0")
		p.took(30 * time.Second)
		p.ask("GET DATA welcome", "200 result= (timeout)")
		p.took(7 * time.Second) // the prompt's second and 6 s
		p.ask(`EXEC Wait 2.5`, "200 result=0")
		p.took(2500 * time.Millisecond)
	})
}

func TestDigits(t *testing.T) {
	call := &sim.Call{}
	place(t, call, func(p *program) {
		call.Press("0042")
		p.ask("GET DATA welcome 3000 4", "200 result=0042")
		p.took(700 * time.Millisecond) // four keys of 100 ms, three gaps
		p.send("GET DATA welcome 3000")
		call.Press("12www3#4")
		p.want("200 result=123")
		p.send("WAIT FOR DIGIT 1000")
		p.want("200 result=52")
		call.Press("7")
		p.send("STREAM FILE welcome 12")
		p.want("200 result=0 endpos=8000")
		if e := p.heard[len(p.heard)-1]; e.Kind != sim.Key || e.Text != "7" || !e.Lost {
			t.Errorf("the last event is %+v", e)
		}
		call.Press("7")
		p.ask("STREAM FILE welcome 7", "200 result=55 endpos=800")
		call.Press("ab") // between commands nobody hears them
		synctest.Wait()
		time.Sleep(time.Second)
		p.ask("WAIT FOR DIGIT 100", "200 result=0")
	})
}

// Keys pressed in Hear answer the prompt that was just heard.
func TestPressFromHear(t *testing.T) {
	call := &sim.Call{}
	call.Hear = func(e sim.Event) {
		if e.Kind == sim.Prompt {
			call.Press("5")
		}
	}
	place(t, call, func(p *program) {
		p.ask("GET OPTION menu 56 1000", "200 result=53 endpos=800")
	})
}

func TestHangupInAPrompt(t *testing.T) {
	call := &sim.Call{Network: true, NetworkScript: "x"}
	place(t, call, func(p *program) {
		time.AfterFunc(300*time.Millisecond, call.Hangup)
		p.ask("STREAM FILE welcome #", "200 result=-1 endpos=2400")
		p.took(300 * time.Millisecond)
		p.want("HANGUP")
		p.ask("ANSWER", "511 Command Not Permitted on a dead channel or intercept routine")
		p.ask("EXEC Wait 5", "200 result=0") // time alone counts now
		p.ask(`SET VARIABLE X "a b"`, "200 result=1")
		if got := p.finish(); got != "HANGUP" {
			t.Errorf("AGISTATUS %s", got)
		}
		p.want("HANGUP") // a connection gets it at its end too
		if call.Vars["X"] != "a b" || call.Vars["AGISTATUS"] != "HANGUP" {
			t.Errorf("variables %v", call.Vars)
		}
	})
}

func TestSignal(t *testing.T) {
	for name, tt := range map[string]struct {
		vars map[string]string
		want int
	}{
		"as it is":      {nil, 1},
		"AGISIGHUP off": {map[string]string{"AGISIGHUP": "no"}, 0},
		"exit on it":    {map[string]string{"AGIEXITONHANGUP": "yes"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			signals := 0
			call := &sim.Call{Vars: tt.vars, Signal: func() { signals++ }}
			place(t, call, func(p *program) {
				p.ask("NOOP", "200 result=0")
				call.Hangup()
				synctest.Wait()
				if tt.want == 2 { // Asterisk has closed at once
					if _, err := p.in.ReadByte(); err != io.EOF {
						t.Errorf("read: %v", err)
					}
					if _, err := io.WriteString(p.end, "NOOP\n"); !errors.Is(err, syscall.EPIPE) {
						t.Errorf("write: %v", err)
					}
				} else {
					p.ask("NOOP", "200 result=0")
				}
				if got := p.finish(); got != "HANGUP" {
					t.Errorf("AGISTATUS %s", got)
				}
				if signals != tt.want {
					t.Errorf("%d signals, want %d", signals, tt.want)
				}
			})
		})
	}
}

func TestInterruption(t *testing.T) {
	const sync = `GET FULL VARIABLE "sync-1"`
	for _, tt := range []struct {
		command  string
		enhanced bool
		before   string // the interrupted command's line, if it has one
		at       time.Duration
	}{
		{"STREAM FILE long #", false, "", 500 * time.Millisecond},
		{"GET DATA long", false, "", 500 * time.Millisecond},
		{"GET OPTION long 1 2000", false, "", 500 * time.Millisecond},
		{"WAIT FOR DIGIT 9000", false, "200 result=1", 500 * time.Millisecond},
		{"SAY DIGITS 123 #", true, "", 500 * time.Millisecond},
		{"SAY DIGITS 123 #", false, "200 result=0", 2400 * time.Millisecond},
		{"SAY DATE 0 #", true, "200 result=0", 7400 * time.Millisecond},
		{`CONTROL STREAM FILE long ""`, true, "200 result=0 endpos=-1", 4 * time.Second},
		{`RECORD FILE x wav # 2000`, true, "200 result=20 (timeout) endpos=16000", 2 * time.Second},
		{`EXEC Wait 3`, true, "200 result=0", 3 * time.Second},
	} {
		call := &sim.Call{Enhanced: tt.enhanced, Sounds: func(string) (time.Duration, bool) { return 4 * time.Second, true }}
		place(t, call, func(p *program) {
			p.send(tt.command)
			time.Sleep(500 * time.Millisecond)
			p.send(sync)
			if tt.before != "" {
				p.want(tt.before)
			}
			p.want("200 result=1 (sync-1)")
			p.took(tt.at)
		})
	}
}

// A second command in the same write stays in Asterisk's buffer until more
// bytes come.
func TestTwoCommandsInOneWrite(t *testing.T) {
	place(t, &sim.Call{}, func(p *program) {
		p.send("NOOP\nGET FULL VARIABLE a")
		p.want("200 result=0")
		synctest.Wait()
		if n := p.in.Buffered(); n != 0 {
			t.Fatalf("%d bytes of an answer to the second", n)
		}
		p.send("NOOP")
		p.want("200 result=1 (a)")
		p.send("GET FULL VARIABLE b")
		p.want("200 result=0")
	})
}

func TestLineLimit(t *testing.T) {
	for version, limit := range map[string]int{"22.10.1": 8191, "22.5.0": 2047, "16.28.0": 2047, "20.16.0": 8191, "23.0.0": 8191} {
		place(t, &sim.Call{Version: version}, func(p *program) {
			p.send("NOOP " + strings.Repeat("x", limit-len("NOOP ")) + "XYZ y")
			p.want("200 result=0")
			p.send("") // old Asterisk would need more bytes here if the rest had fitted its buffer
			p.want("510 Invalid or unknown command")
		})
	}
}

func TestStatus(t *testing.T) {
	for name, tt := range map[string]struct {
		call *sim.Call
		last string
		want string
	}{
		"normal":         {&sim.Call{}, "NOOP", "SUCCESS"},
		"exit 0":         {&sim.Call{Exit: func() int { return 0 }}, "NOOP", "SUCCESS"},
		"exit 1":         {&sim.Call{Exit: func() int { return 1 }}, "NOOP", "FAILURE"},
		"missing prompt": {&sim.Call{Sounds: func(string) (time.Duration, bool) { return 0, false }}, `STREAM FILE x ""`, "FAILURE"},
		"unknown":        {&sim.Call{}, "NOSUCH", "SUCCESS"},
		"hung up":        {&sim.Call{Exit: func() int { return 1 }}, "HANGUP", "HANGUP"},
	} {
		t.Run(name, func(t *testing.T) {
			place(t, tt.call, func(p *program) {
				p.send(tt.last)
				p.read()
				if got := p.finish(); got != tt.want {
					t.Errorf("AGISTATUS %s, want %s", got, tt.want)
				}
			})
		})
	}
}

func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := dial(t, ctx, &sim.Call{})
		p.send("WAIT FOR DIGIT -1")
		synctest.Wait()
		cancel()
		if r := <-p.result; !errors.Is(r.Err, context.Canceled) {
			t.Errorf("result %+v", r)
		}
	})
}

// A program that does not read loses replies, and stops nobody.
func TestDeafProgram(t *testing.T) {
	place(t, &sim.Call{Vars: map[string]string{"X": strings.Repeat("x", 8000)}}, func(p *program) {
		for range 20 {
			p.send("GET FULL VARIABLE ${X}")
			time.Sleep(200 * time.Millisecond)
		}
		p.end.CloseWrite()
		if r := <-p.result; r.Status != "SUCCESS" {
			t.Errorf("result %+v", r)
		}
		rest, _ := io.ReadAll(p.in)
		if n := len(rest); n != 64<<10 {
			t.Errorf("%d bytes were waiting", n)
		}
	})
}

func TestGrease(t *testing.T) {
	tails := 0
	for seed := range uint64(20) {
		place(t, &sim.Call{Grease: seed + 1}, func(p *program) {
			found := false
			for _, line := range p.env {
				found = found || strings.HasPrefix(line, "agi_grease_")
			}
			if !found {
				t.Error("no header")
			}
			p.send("NOOP")
			if line := p.read(); line != "200 result=0" {
				tails++
				if !strings.HasPrefix(line, "200 result=0 grease=") {
					t.Errorf("%q", line)
				}
			}
			p.ask("GET FULL VARIABLE a", "200 result=1 (a)")
		})
	}
	if tails == 0 || tails == 20 {
		t.Errorf("%d tails of 20", tails)
	}
}
