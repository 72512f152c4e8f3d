package agi

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func readEnvOf(block string) (*Env, *Stream, error) {
	p := &peer{said: []byte(block), answer: answers()}
	s := NewStream(p, p, nil)
	env, err := s.Env(context.Background())
	return env, s, err
}

func TestEnv(t *testing.T) {
	for _, row := range []struct {
		what, block, name, want string
	}{
		{"a plain value", wholeEnv, "callerid", "5551234"},
		{"an empty value", wholeEnv, "accountcode", ""},
		{"a colon and a blank inside", "agi_request: a: b\n\n", "request", "a: b"},
		{"no blank after the colon of an empty value", "agi_accountcode:\nagi_request: x\n\n", "accountcode", ""},
		{"invalid UTF-8", "agi_request: x\nagi_calleridname: \xff\xc3\n\n", "calleridname", "\xff\xc3"},
		{"a header nobody knows", "agi_request: x\nagi_novelty: 7\n\n", "novelty", "7"},
		{"a forged second one", "agi_request: x\nagi_callerid: 1\nagi_calleridname: E\nagi_callerid: 999\n\n", "callerid", "1"},
		{"a very long value", "agi_request: x\nagi_calleridname: " + strings.Repeat("n", 10000) + "\n\n", "calleridname", strings.Repeat("n", 10000)},
	} {
		env, _, err := readEnvOf(row.block)
		if err != nil {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		if got := env.Get(row.name); got != row.want {
			t.Errorf("%s: got %q, want %q", row.what, got, row.want)
		}
	}
}

// A caller's name may hold newlines, and so pretend to be lines of Asterisk's.
func TestForgedArguments(t *testing.T) {
	block := strings.Replace(wholeEnv, "agi_calleridname: Ann\n",
		"agi_calleridname: \"\nagi_arg_1: evil.lua\nagi_arg_2: x\nnot a line\n", 1)
	env, s, err := readEnvOf(strings.Replace(block, "agi_arg_1: x.lua\n", "agi_arg_1: x.lua\nagi_arg_2: a b\n", 1))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"x.lua", "a b"}; !slices.Equal(env.Args(), want) {
		t.Errorf("arguments are %q, want %q", env.Args(), want)
	}
	if !s.suspect {
		t.Error("a forged block is not suspected of having lines behind it")
	}
}

func TestForgedArgumentBeyondTheLast(t *testing.T) {
	block := strings.Replace(wholeEnv, "agi_calleridname: Ann\n", "agi_calleridname: \"\nagi_arg_1: a\nagi_arg_2: b\n", 1)
	env, _, err := readEnvOf(block)
	if err != nil || !slices.Equal(env.Args(), []string{"x.lua"}) {
		t.Errorf("arguments are %q, %v, want only what stands behind agi_threadid", env.Args(), err)
	}
}

// An empty line in a caller's name ends the block early, before 14 more lines.
func TestBlockCutByAnEmptyLine(t *testing.T) {
	block := strings.Replace(wholeEnv, "agi_calleridname: Ann\n", "agi_calleridname: A\n\nagi_extension: 666\n200 result=1 (forged)\n", 1)
	p := &peer{said: []byte(block), answer: answers("200 result=1 (real)")}
	s := NewStream(p, p, nil)
	env, err := s.Env(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if env.Get("enhanced") != "0.0" || env.Get("threadid") != "1407" {
		t.Error("what came behind the empty line is lost")
	}
	reply, err := s.RoundTrip(Command{Name: "GET VARIABLE", Args: []string{"X"}})
	if err != nil || reply.Value != "real" {
		t.Errorf("the first command was answered by %+v, %v", reply, err)
	}
}

// A name that imitates the whole rest of the block leaves the real rest behind.
func TestBytesBehindTheBlockAnswerNothing(t *testing.T) {
	p := &peer{said: []byte(wholeEnv + "agi_callingpres: 0\n200 result=1 (forged)\n\n"), answer: answers("200 result=1 (real)")}
	s := NewStream(p, p, nil)
	if _, err := s.Env(context.Background()); err != nil {
		t.Fatal(err)
	}
	reply, err := s.RoundTrip(Command{Name: "GET VARIABLE", Args: []string{"X"}})
	if err != nil || reply.Value != "real" {
		t.Errorf("the first command was answered by %+v, %v", reply, err)
	}
}

// What Asterisk writes behind the name is its own where it comes last.
func TestForgedFields(t *testing.T) {
	forged := "agi_calleridname: x\nagi_context: forged\nagi_extension: 666\nagi_enhanced: 1.0\nagi_callerid: 999\nagi_request: evil.lua\n"
	for _, name := range []string{
		forged,
		forged + "agi_threadid: 9\n\n",
		forged + "agi_threadid: 9\nagi_arg_1: x.lua\n\n200 result=1 (forged)\nHANGUP\n",
	} {
		p := &peer{said: []byte(strings.Replace(wholeEnv, "agi_calleridname: Ann\n", name, 1)), answer: answers("200 result=1 (real)")}
		s := NewStream(p, p, nil)
		s.ExpectArgs([]string{"x.lua"})
		env, err := s.Env(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for field, want := range map[string]string{"context": "ivr", "extension": "100", "enhanced": "0.0", "callerid": "5551234", "request": "x.lua"} {
			if got := env.Get(field); got != want {
				t.Errorf("%q: %s is %q, want %q", name, field, got, want)
			}
		}
		if !slices.Equal(env.Args(), []string{"x.lua"}) {
			t.Errorf("%q: arguments are %q", name, env.Args())
		}
		reply, err := s.RoundTrip(Command{Name: "GET VARIABLE", Args: []string{"X"}})
		if err != nil || reply.Value != "real" || s.Hungup().Err() != nil {
			t.Errorf("%q: the first command was answered by %+v, %v; hung up: %v", name, reply, err, s.Hungup().Err())
		}
	}
}

// Arguments that the dialplan made of what a caller sent may forge lines, too.
func TestArgumentsAsTheProgramGotThem(t *testing.T) {
	evil := "a\nagi_arg_1: evil.lua\nagi_context: evil\nagi_threadid: 5\n\nagi_arg_9: z"
	for _, argv := range [][]string{{"x.lua", evil}, {"/agi-bin/x.lua", "x.lua", evil}} {
		p := &peer{said: []byte(strings.TrimSuffix(wholeEnv, "\n") + "agi_arg_2: " + evil + "\n\n"), answer: answers("200 result=0")}
		s := NewStream(p, p, nil)
		s.ExpectArgs(argv)
		env, err := s.Env(context.Background())
		if err != nil || env.Get("context") != "ivr" || env.Args()[0] != "x.lua" {
			t.Errorf("context %q, arguments %q, %v", env.Get("context"), env.Args(), err)
		}
	}
}

// slow gives one line a read, as Asterisk writes the block: what a name forged,
// with the newlines in it, is one write.
type slow struct {
	*peer
	writes []string
}

func (s *slow) Waiting() bool {
	return len(s.said) > 0 || len(s.writes) > 0 && strings.Count(s.writes[0], "\n") > 1
}

func (s *slow) Read(b []byte) (int, error) {
	if len(s.said) == 0 && len(s.writes) > 0 {
		s.said, s.writes = []byte(s.writes[0]), s.writes[1:]
	}
	return s.peer.Read(b)
}

// Replies that a name forges answer no command, wherever they lie in the
// buffers, and however fast the program reads.
func TestForgedReplies(t *testing.T) {
	before, after, _ := strings.Cut(wholeEnv, "agi_calleridname: Ann\n")
	for _, forged := range []string{
		"agi_enhanced: 0.0\n\n200 result=1 (forged)\n",
		"agi_enhanced: 0.0\n\n200 result=1 (forged\n",
		"agi_threadid: 1\nagi_arg_1: x.lua\n\n200 result=1 (forged)\n200 result=1 (forged)\n",
		"agi_threadid: 1\nagi_arg_1: x.lua\n\nHANGUP\n",
		"\n\n\n511 Command Not Permitted\n",
	} {
		for _, padding := range []int{0, 500, 1500, 1700, 2047, 2048, 2049, 4096} {
			for shift := range 40 {
				name := "agi_calleridname: " + strings.Repeat("n", max(0, padding-shift)) + "\n" + forged + "y\n"
				for what, p := range map[string]io.ReadWriter{
					"at once": &peer{said: []byte(before + name + after), answer: answers("200 result=1 (real)")},
					"line by line": &slow{&peer{answer: answers("200 result=1 (real)")},
						append(append(slices.Collect(strings.Lines(before)), name), slices.Collect(strings.Lines(after))...)},
				} {
					s := NewStream(p, p, nil)
					s.ExpectArgs([]string{"x.lua"})
					env, err := s.Env(context.Background())
					if err != nil {
						t.Fatalf("%q, %s: %v", forged, what, err)
					}
					if env.Get("uniqueid") != "1.1" || !slices.Equal(env.Args(), []string{"x.lua"}) {
						t.Errorf("%q, %s: %q", forged, what, env.Args())
					}
					reply, err := s.RoundTrip(Command{Name: "GET VARIABLE", Args: []string{"X"}})
					if err != nil || reply.Value != "real" || s.Hungup().Err() != nil {
						t.Fatalf("%q behind %d, %s: the first command was answered by %+v, %v; hung up: %v",
							forged, len(name), what, reply, err, s.Hungup().Err())
					}
				}
			}
		}
	}
}

func TestBadEnvironment(t *testing.T) {
	for _, row := range []struct {
		what, block string
		want        error
	}{
		{"nothing", "", io.ErrUnexpectedEOF},
		{"cut in a line", "agi_request: x\nagi_cha", io.ErrUnexpectedEOF},
		{"cut between lines", "agi_request: x\n", io.ErrUnexpectedEOF},
		{"garbage", strings.Repeat("\x00\xff\x01", 100000), ErrProtocol},
		{"another protocol", "GET / HTTP/1.1\nHost: x\n\n", ErrProtocol},
		{"lines without end", strings.Repeat("agi_x: 1\n", 2000), ErrProtocol},
		{"an empty line first", "\n", ErrProtocol},
	} {
		if _, _, err := readEnvOf(row.block); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", row.what, err, row.want)
		}
	}
}

// Any block of lines is read to its end without a panic, and no name or
// argument comes out that did not go in.
func FuzzEnv(f *testing.F) {
	f.Add(wholeEnv)
	f.Add("agi_request: x\nagi_calleridname: \"\nagi_arg_1: evil\n\n\nagi_threadid: 1\nagi_arg_1: x\n\n")
	f.Add("agi_arg_1: a\nagi_arg_2: b\nagi_arg_9: c\nagi_arg_01: d\n\n")
	f.Fuzz(func(t *testing.T, block string) {
		env, _, err := readEnvOf(block)
		if err != nil {
			return
		}
		for name, value := range env.All() {
			if !strings.Contains(block, "agi_"+name+":") || !strings.Contains(block, value) {
				t.Errorf("%q = %q was not sent", name, value)
			}
			if first, _ := env.Lookup(name); first != value {
				t.Errorf("%q comes twice", name)
			}
		}
		for _, arg := range env.Args() {
			if !strings.Contains(block, arg) {
				t.Errorf("argument %q was not sent", arg)
			}
		}
	})
}
