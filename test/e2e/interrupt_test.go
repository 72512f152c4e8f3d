package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"goagi/agi"
	"goagi/pbx"
)

// interruptible are commands that wait, with how they end when let alone. The
// prompts begin near their end, to end soon.
var interruptible = []struct {
	name  string
	words []string
	takes time.Duration
}{
	{"STREAM FILE", []string{"silence/1", "", "7360"}, 80 * time.Millisecond},
	{"GET DATA", []string{"e2e-short", "40", "4"}, 80 * time.Millisecond},
	{"WAIT FOR DIGIT", []string{"60"}, 60 * time.Millisecond},
}

// stream makes a dialog of ours of one that the harness has read the
// environment block of.
// Where nothing more is said for long, it breaks the dialog off. When the test
// fails, its log has what was said last.
func stream(t *testing.T, d *pbx.Conn) *agi.Stream {
	t.Helper()
	var block strings.Builder
	for _, e := range d.Env {
		fmt.Fprintf(&block, "agi_%s: %s\n", e[0], e[1])
	}
	w := &wire{d: d, begin: time.Now()}
	w.silence = time.AfterFunc(patience, func() {
		t.Errorf("nothing was said for %v", patience)
		d.Close()
	})
	s := agi.NewStream(io.MultiReader(strings.NewReader(block.String()+"\n"), w), w, d.Close)
	t.Cleanup(func() {
		s.Close()
		w.silence.Stop()
		if t.Failed() {
			t.Logf("the end of the dialog:\n%s", w)
		}
	})
	return s
}

// wire is a dialog that remembers what was said, with the time.
type wire struct {
	d       *pbx.Conn
	begin   time.Time
	silence *time.Timer

	mu   sync.Mutex
	said []string
}

func (w *wire) note(mark string, p []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silence.Reset(patience)
	w.said = append(w.said, fmt.Sprintf("%10.3f ms %s %q", float64(time.Since(w.begin).Microseconds())/1000, mark, p))
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.d.Read(p)
	if n > 0 {
		w.note("<", p[:n])
	}
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	w.note(">", p)
	return w.d.Write(p)
}

func (w *wire) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.said[max(0, len(w.said)-20):], "\n")
}

// sound writes a prompt of some bytes of silence.
func sound(t *testing.T, a *pbx.Asterisk, name string, bytes int) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(a.Dir, "data/sounds", name), make([]byte, bytes), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inStep fails unless the next command gets its own reply.
func inStep(s *agi.Stream, mark string) error {
	reply, err := s.RoundTrip(agi.Command{Name: "GET FULL VARIABLE", Args: []string{mark}})
	if err == nil && reply.Value != mark {
		err = fmt.Errorf("GET FULL VARIABLE %s gives %+v", mark, reply)
	}
	return err
}

// A command can be interrupted at any moment, the one of its own end too, and
// the reply of the next one is its own.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	const times = 50
	a := installed(t, &asterisk)
	sound(t, a, "e2e-short.sln", 640)
	for _, row := range interruptible {
		for _, watched := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s watched=%t", row.name, watched), func(t *testing.T) {
				t.Parallel()
				c := place(t, a, pbx.Plan{Steps: []string{"AGI(${FASTAGI})"}})
				d, err := c.Dialog()
				if err != nil {
					t.Fatal(err)
				}
				s := stream(t, d)
				if _, err := s.Env(context.Background()); err != nil {
					t.Fatal(err)
				}
				if watched {
					s.Watch()
				}
				command := agi.Command{Name: row.name, Args: row.words}
				begin := time.Now()
				if _, err := s.RoundTrip(command); err != nil {
					t.Fatal(err)
				}
				natural := time.Since(begin)
				cut, ended := 0, 0
				for i := range times {
					// Anywhere, at once, or about when it ends by itself.
					moment := time.Duration(rand.Int64N(int64(natural) * 5 / 4))
					switch i % 3 {
					case 1:
						moment = natural + time.Duration(rand.Int64N(4_000_000)) - 3*time.Millisecond
					case 2:
						moment = time.Duration(rand.Int64N(1_000_000))
					}
					var done sync.WaitGroup
					done.Go(func() {
						<-time.After(moment) // the moment is the test
						if err := s.Interrupt(); err != nil && !errors.Is(err, agi.ErrNotInterruptible) {
							t.Errorf("interrupt %d: %v", i, err)
						}
					})
					reply, err := s.RoundTrip(command)
					done.Wait()
					switch {
					case errors.Is(err, agi.ErrInterrupted):
						cut++
					case err == nil && reply.Code == 200 && strings.Trim(reply.Result, "0") == "":
						ended++
					default:
						t.Errorf("%d: %+v, %v after %v of %v", i, reply, err, moment, natural)
					}
					if err := inStep(s, fmt.Sprintf("step-%d", i)); err != nil {
						t.Fatalf("out of step after interruption %d at %v of %v: %v", i, moment, natural, err)
					}
				}
				if n := s.Dropped(); n > 0 {
					t.Errorf("%d lines belonged to no command", n)
				}
				if cut == 0 || ended == 0 {
					t.Errorf("%d were cut and %d ended by themselves: the moments show nothing", cut, ended)
				}
				t.Logf("%d cut, %d ended by themselves in %v", cut, ended, natural)
				s.Close()
				check(t, c, vars{"AGISTATUS": "SUCCESS"})
			})
		}
	}
}

// An interruption ends a long prompt at once, and the caller's key that comes
// next is not lost.
func TestInterruptedPromptThenAKey(t *testing.T) {
	t.Parallel()
	c := place(t, installed(t, &asterisk), pbx.Plan{Steps: []string{"AGI(${FASTAGI})"}})
	d, err := c.Dialog()
	if err != nil {
		t.Fatal(err)
	}
	s := stream(t, d)
	if _, err := s.Env(context.Background()); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	defer time.AfterFunc(300*time.Millisecond, func() { s.Interrupt() }).Stop()
	if _, err := s.RoundTrip(agi.Command{Name: "STREAM FILE", Args: []string{"silence/9", ""}}); !errors.Is(err, agi.ErrInterrupted) {
		t.Errorf("the prompt gave %v", err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("the prompt went on for %v", took)
	}
	c.Press("7")
	reply, err := s.RoundTrip(agi.Command{Name: "WAIT FOR DIGIT", Args: []string{"9000"}})
	if err != nil || reply.Result != "55" {
		t.Errorf("the key is %+v, %v", reply, err)
	}
	s.Close()
	check(t, c, vars{"AGISTATUS": "SUCCESS"})
}

// An application takes as long as it takes: what cannot be interrupted says so,
// and the dialog stays in step.
func TestNotInterruptible(t *testing.T) {
	t.Parallel()
	c := place(t, installed(t, &asterisk), pbx.Plan{Steps: []string{"AGI(${FASTAGI})"}})
	d, err := c.Dialog()
	if err != nil {
		t.Fatal(err)
	}
	s := stream(t, d)
	if _, err := s.Env(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Interrupt(); !errors.Is(err, agi.ErrNotInterruptible) {
		t.Errorf("without a command: %v", err)
	}
	for _, command := range []agi.Command{
		{Name: "EXEC", Args: []string{"Wait", "0.3"}},
		{Name: "SAY DIGITS", Args: []string{"1", ""}},
		{Name: "CONTROL STREAM FILE", Args: []string{"beep", ""}},
	} {
		asked := make(chan error, 1)
		time.AfterFunc(100*time.Millisecond, func() { asked <- s.Interrupt() })
		reply, err := s.RoundTrip(command)
		if err != nil || reply.Result != "0" {
			t.Errorf("%s: %+v, %v", command.Name, reply, err)
		}
		// The beep may be over by then, which is the same answer.
		if err := <-asked; !errors.Is(err, agi.ErrNotInterruptible) {
			t.Errorf("%s: interrupted with %v", command.Name, err)
		}
		if err := inStep(s, "after-"+strings.ReplaceAll(command.Name, " ", "-")); err != nil {
			t.Error(err)
		}
	}
	s.Close()
	check(t, c, vars{"AGISTATUS": "SUCCESS"})
}
