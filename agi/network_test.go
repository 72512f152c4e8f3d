package agi_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/sim"
)

// The block of a FastAGI call in two halves, a caller's name between them.
const (
	aboveName = "agi_network: yes\nagi_network_script: x.lua\nagi_request: agi://127.0.0.1/x.lua\nagi_channel: Local/1@x-1;1\n" +
		"agi_language: en\nagi_type: Local\nagi_uniqueid: 1.1\nagi_version: 22.10.1~dfsg\nagi_callerid: 5551234\nagi_calleridname: "
	belowName = "\nagi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: unknown\n" +
		"agi_rdnis: unknown\nagi_context: ivr\nagi_extension: 100\nagi_priority: 2\nagi_enhanced: 0.0\n" +
		"agi_accountcode: \nagi_threadid: 1407\nagi_arg_1: one\nagi_arg_2: two words\n\n"
	// As a name has it that imitates all the rest.
	forgedRest = "Eve\nagi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: forged\n" +
		"agi_rdnis: unknown\nagi_context: forged\nagi_extension: 666\nagi_priority: 2\nagi_enhanced: 1.0\n" +
		"agi_accountcode: forged\nagi_threadid: 1407\nagi_arg_1: forged\nagi_arg_2: two words\n\n"
)

// far is Asterisk's end of a network dialog: it writes its block in the two
// parts that at makes of it, a second apart, and only then reads commands.
type far struct {
	block  string
	at     int
	answer string // to each command but a token
	tokens int
}

func (f *far) play(end *sim.End) {
	defer end.Close()
	io.WriteString(end, f.block[:f.at])
	if f.at < len(f.block) {
		time.Sleep(time.Second)
		io.WriteString(end, f.block[f.at:])
	}
	for in := bufio.NewScanner(end); in.Scan(); {
		if token, ok := strings.CutPrefix(in.Text(), `GET FULL VARIABLE "goagi-sync-`); ok {
			f.tokens++
			io.WriteString(end, "200 result=1 (goagi-sync-"+strings.TrimSuffix(token, `"`)+")\n")
		} else {
			io.WriteString(end, f.answer)
		}
	}
}

// over runs a dialog with it in a bubble.
func (f *far) over(t *testing.T, piece int, dialog func(*agi.Stream)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		asterisk, program := sim.Pipe()
		go f.play(asterisk)
		s := agi.NewStream(program, program, program.Close)
		s.ExpectNetwork(piece)
		dialog(s)
		s.Close()
		synctest.Wait()
	})
}

// What a name forges gets into no field, no argument and no reply, wherever the
// network parts it and however late the rest comes.
func TestForgedNameOverANetwork(t *testing.T) {
	for what, name := range map[string]string{
		"a reply":               "Eve\n\n200 result=1 (forged)",
		"replies":               "Eve\n\n200 result=1 (forged)\n200 result=1 (forged)\n200 result=-1",
		"a hangup":              "Eve\n\nHANGUP\nHANGUP",
		"a death":               "Eve\n\n511 Command Not Permitted on a dead channel or intercept routine",
		"all, and a reply":      forgedRest + "200 result=1 (forged)",
		"all, and half a reply": forgedRest + "200 result=1 (forged",
		"all, and a hangup":     forgedRest + "HANGUP",
		"all, and usage":        forgedRest + "520-Invalid command syntax.  Proper usage follows:",
		"all, twice":            forgedRest + forgedRest + "200 result=1 (forged)",
		"nothing":               "Ann",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			block := aboveName + name + belowName
			for at := range len(block) + 1 {
				f := &far{block: block, at: at, answer: "200 result=1 (real)\n"}
				f.over(t, 0, func(s *agi.Stream) {
					env, err := s.Env(context.Background())
					if err != nil {
						t.Fatalf("cut at %d: %v", at, err)
					}
					s.Watch()
					for field, want := range map[string]string{"callerid": "5551234", "context": "ivr", "extension": "100", "enhanced": "0.0", "accountcode": "", "dnid": "unknown"} {
						if got := env.Get(field); got != want {
							t.Errorf("cut at %d: %s is %q, want %q", at, field, got, want)
						}
					}
					if want := []string{"one", "two words"}; !slices.Equal(env.Args(), want) {
						t.Errorf("cut at %d: arguments are %q, want %q", at, env.Args(), want)
					}
					reply, err := s.RoundTrip(command("GET VARIABLE", "X"))
					if err != nil || reply.Value != "real" || s.Hungup().Err() != nil {
						t.Errorf("cut at %d: the first command was answered by %+v, %v; hung up: %v", at, reply, err, s.Hungup().Err())
					}
				})
			}
		})
	}
}

// A block that came whole is known to be whole without asking, where it is
// shorter than what a network takes apart; a longer one is not.
func TestBlockThatNeedsNoEcho(t *testing.T) {
	const piece = 1200
	for what, row := range map[string]struct {
		name   string
		behind string
		tokens int
	}{
		"a short block":             {name: "Ann"},
		"a long block":              {name: strings.Repeat("n", piece), tokens: 1},
		"a block that ends there":   {name: strings.Repeat("n", piece-len(aboveName+belowName)), tokens: 1},
		"one byte less":             {name: strings.Repeat("n", piece-len(aboveName+belowName)-1)},
		"a name that forges a line": {name: "x\nagi_context: forged", tokens: 1},
		"something behind it":       {name: forgedRest + "200 result=1 (forged)", tokens: 1},
		"a hangup behind it":        {name: "Ann", behind: "HANGUP\n", tokens: 1},
	} {
		t.Run(what, func(t *testing.T) {
			f := &far{block: aboveName + row.name + belowName + row.behind, answer: "200 result=0\n"}
			f.at = len(f.block)
			f.over(t, piece, func(s *agi.Stream) {
				env, err := s.Env(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if again, err := s.Env(context.Background()); again != env || err != nil {
					t.Errorf("the environment is another the second time: %v, %v", again, err)
				}
				if got := env.Get("context"); got != "ivr" {
					t.Errorf("the context is %q", got)
				}
				if hungup := s.Hungup().Err() != nil; hungup != (row.behind != "") {
					t.Errorf("hung up: %v", hungup)
				}
				if _, err := s.RoundTrip(command("NOOP")); err != nil {
					t.Error(err)
				}
			})
			if f.tokens != row.tokens {
				t.Errorf("%d tokens were sent, want %d", f.tokens, row.tokens)
			}
		})
	}
}

// A caller who has hung up before the first command is gone, also where the
// name forged a hangup of its own.
func TestHangupBehindTheBlock(t *testing.T) {
	for _, name := range []string{"Ann", "Eve\n\nHANGUP", forgedRest + "HANGUP\n200 result=1 (forged)"} {
		f := &far{block: aboveName + name + belowName + "HANGUP\n", answer: "511 Command Not Permitted\n"}
		f.over(t, 0, func(s *agi.Stream) {
			env, err := s.Env(context.Background())
			if err != nil || env.Get("context") != "ivr" || len(env.Args()) != 2 {
				t.Errorf("%q: %v, %v", name, env, err)
			}
			if err := context.Cause(s.Hungup()); !errors.Is(err, agi.ErrHangup) {
				t.Errorf("%q: the hangup is %v", name, err)
			}
			session := agi.NewSession(s)
			if err := session.Answer(); !errors.Is(err, agi.ErrHangup) {
				t.Errorf("%q: ANSWER gave %v", name, err)
			}
		})
	}
}

// Where Asterisk has closed behind its block, as after a hangup with
// AGIEXITONHANGUP, the script still learns what the call was.
func TestConnectionThatEndsBehindTheBlock(t *testing.T) {
	for _, behind := range []string{"", "HANGUP\n"} {
		synctest.Test(t, func(t *testing.T) {
			asterisk, program := sim.Pipe()
			io.WriteString(asterisk, aboveName+"Ann"+belowName+behind)
			asterisk.Close()
			s := agi.NewStream(program, program, program.Close)
			s.ExpectNetwork(0)
			env, err := s.Env(context.Background())
			if err != nil || env.Get("extension") != "100" || len(env.Args()) != 2 {
				t.Fatalf("%v, %v", env, err)
			}
			if s.Hungup().Err() == nil {
				t.Error("nobody has hung up")
			}
			if _, err := s.RoundTrip(command("NOOP")); !errors.Is(err, agi.ErrClosed) {
				t.Error(err)
			}
			s.Watch()
		})
	}
}

// What is no Asterisk is found out at once, or within the time that a block may
// take, and costs no more memory than a block may.
func TestNoAsterisk(t *testing.T) {
	for what, row := range map[string]struct {
		said string
		want error
		took time.Duration
	}{
		"a browser":               {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", agi.ErrProtocol, 0},
		"an empty line":           {"\n", agi.ErrProtocol, 0},
		"one line without end":    {"agi_network: yes\nagi_x: " + strings.Repeat("x", 1<<20), agi.ErrProtocol, 0},
		"lines without end":       {"agi_network: yes\n" + strings.Repeat("agi_x: "+strings.Repeat("x", 9999)+"\n", 99), agi.ErrProtocol, 0},
		"lines behind the block":  {"agi_network: yes\n\n" + strings.Repeat("agi_x: "+strings.Repeat("x", 9999)+"\n", 99), agi.ErrProtocol, 0},
		"a line behind the block": {"agi_network: yes\n\n" + strings.Repeat("x", 1<<20), agi.ErrProtocol, 0},
		"no answer":               {"agi_network: yes\n\n", os.ErrDeadlineExceeded, agi.EnvTimeout},
		"answers to something":    {"agi_network: yes\n\n200 result=1 (goagi-sync-0)\n", os.ErrDeadlineExceeded, agi.EnvTimeout},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asterisk, program := sim.Pipe()
				defer asterisk.Close()
				go io.WriteString(asterisk, row.said)
				begin := time.Now()
				s := agi.NewStream(program, program, program.Close)
				defer s.Close()
				s.ExpectNetwork(0)
				env, err := s.Env(context.Background())
				if env != nil || !errors.Is(err, row.want) || time.Since(begin) != row.took {
					t.Errorf("%v, %v after %v", env, err, time.Since(begin))
				}
			})
		})
	}
}

// A value that is long enough to come in several parts is read to its end.
func TestLongValueOverANetwork(t *testing.T) {
	const piece = 100
	value := strings.Repeat("x", piece) + ")\n200 result=1 (forged)\nHANGUP\nz"
	synctest.Test(t, func(t *testing.T) {
		asterisk, program := sim.Pipe()
		s := agi.NewStream(program, program, program.Close)
		defer s.Close()
		go func() {
			defer asterisk.Close()
			io.WriteString(asterisk, "agi_network: yes\nagi_version: 22.10.1\n\n")
			in := bufio.NewScanner(asterisk)
			in.Scan()
			first, rest, _ := strings.Cut("200 result=1 ("+value+")\n", ")\n")
			io.WriteString(asterisk, first+")\n")
			time.Sleep(10 * time.Millisecond)
			io.WriteString(asterisk, rest)
			for in.Scan() {
				_, token, _ := strings.Cut(in.Text(), `GET FULL VARIABLE "`)
				io.WriteString(asterisk, "200 result=1 ("+strings.TrimSuffix(token, `"`)+")\n")
			}
		}()
		s.ExpectNetwork(piece)
		if _, err := s.Env(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Watch()
		reply, err := s.RoundTrip(command("GET VARIABLE", "X"))
		if err != nil || reply.Value != value || s.Hungup().Err() != nil {
			t.Errorf("%+v, %v", reply, err)
		}
		inStep(t, s)
	})
}
