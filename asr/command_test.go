package asr

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// script makes the engine that runs a shell script with arguments.
func script(t *testing.T, text string, options map[string]any, arguments ...any) Recognizer {
	t.Helper()
	all := map[string]any{"engine": "command", "command": append([]any{"sh", "-c", text, "script"}, arguments...)}
	for name, value := range options {
		all[name] = value
	}
	return engine(t, all)
}

// fifo gives a named pipe. What is read from it ends when the last process
// that has it open is gone.
func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The program gets the speech as a WAV file that nobody else may read, and
// nothing of it stays behind.
func TestCommandGetsTheSpeech(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	copied := filepath.Join(t.TempDir(), "copy.wav")
	e := script(t, `cp "$1" "$2" && stat -c %a "$1" "$(dirname "$1")" && echo "$3 $4"`,
		map[string]any{"language": "en-US"}, "{wav}", copied, "rate={rate}", "{language}")
	got, err := e.Transcribe(t.Context(), hello())
	if err != nil || got.Text != "600 700 rate=8000 en-US" || got.Engine != "command" || got.Took <= 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	wav, err := os.ReadFile(copied)
	if err != nil || !bytes.Equal(wav, hello().wav()) {
		t.Errorf("the program got another file (%v)", err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWAVHeader(t *testing.T) {
	wav := Speech{Rate: 16000, Samples: []int16{1, -2, 300}}.wav()
	if len(wav) != 50 || string(wav[:4]) != "RIFF" || string(wav[8:16]) != "WAVEfmt " || string(wav[36:40]) != "data" ||
		binary.LittleEndian.Uint32(wav[4:]) != 42 || binary.LittleEndian.Uint32(wav[24:]) != 16000 ||
		binary.LittleEndian.Uint32(wav[28:]) != 32000 || binary.LittleEndian.Uint32(wav[40:]) != 6 ||
		!bytes.Equal(wav[44:], []byte{1, 0, 0xfe, 0xff, 0x2c, 1}) {
		t.Errorf("% x", wav)
	}
}

// Where the arguments name no file, the speech comes on stdin; where they do,
// stdin is empty, so that no program waits for what never comes.
func TestCommandStdin(t *testing.T) {
	got, err := script(t, `wc -c`, nil).Transcribe(t.Context(), hello())
	if err != nil || got.Text != "8044" {
		t.Errorf("without {wav}: %+v, %v", got, err)
	}
	got, err = script(t, `wc -c`, nil, "{wav}").Transcribe(t.Context(), hello())
	if err != nil || got.Text != "0" {
		t.Errorf("with {wav}: %+v, %v", got, err)
	}
	got, err = script(t, `echo unread`, nil).Transcribe(t.Context(), hello())
	if err != nil || got.Text != "unread" {
		t.Errorf("a program that does not read: %+v, %v", got, err)
	}
}

// A program that wants another rate gets it, and the rate in its arguments.
func TestCommandRate(t *testing.T) {
	got, err := script(t, `wc -c; echo $0 $1`, map[string]any{"rate": 16000}, "{rate}").Transcribe(t.Context(), hello())
	if err != nil || got.Text != "16044 script 16000" {
		t.Errorf("%+v, %v", got, err)
	}
}

// No argument meets a shell.
func TestCommandHasNoShell(t *testing.T) {
	e := engine(t, map[string]any{"engine": "command", "command": []any{"printf", "%s", "$(id) `id` {wav}x; {nope}"}})
	got, err := e.Transcribe(t.Context(), hello())
	if err != nil || !strings.HasPrefix(got.Text, "$(id) `id` /") || !strings.HasSuffix(got.Text, "/speech.wavx; {nope}") {
		t.Errorf("%+v, %v", got, err)
	}
}

// The caller's audio, fd 3 of a program that Asterisk started, is not the
// recogniser's to read.
func TestCommandHasNoAudio(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("there is no /proc")
	}
	got, err := script(t, `readlink /proc/self/fd/3`, nil, "{wav}").Transcribe(t.Context(), hello())
	if err != nil || got.Text != "/dev/null" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Text that a program writes to a file is found, also where it puts an ending
// of its own behind the name.
func TestCommandTextFile(t *testing.T) {
	for _, ending := range []string{"", ".txt"} {
		got, err := script(t, `echo noise; echo the text > "$1`+ending+`"`, nil, "{text}").Transcribe(t.Context(), hello())
		if err != nil || got.Text != "the text" {
			t.Errorf("%q: %+v, %v", ending, got, err)
		}
	}
	_, err := script(t, `echo noise`, nil, "{text}").Transcribe(t.Context(), hello())
	if !errors.Is(err, ErrAnswer) || err.Error() != "asr: command: read what sh wrote: it wrote no file {text}" {
		t.Error(err)
	}
	_, err = script(t, `head -c 2000000 /dev/zero > "$1"`, nil, "{text}").Transcribe(t.Context(), hello())
	if !errors.Is(err, ErrAnswer) {
		t.Errorf("a giant file: %v", err)
	}
}

// What went wrong can be told to the one who set the program up.
func TestCommandFails(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		argv []any
		kind error
		code int
		want string
	}{
		"exit code":      {[]any{"sh", "-c", "echo gone wrong >&2; echo half; exit 3"}, ErrRefused, 3, "asr: command: run sh: exit code 3: gone wrong"},
		"the error line": {[]any{"sh", "-c", "echo 'FATAL: no model' >&2; echo 'INFO: bye' >&2; exit 1"}, ErrRefused, 1, "asr: command: run sh: exit code 1: FATAL: no model"},
		"silent":         {[]any{"false"}, ErrRefused, 1, "asr: command: run false: exit code 1"},
		"signal":         {[]any{"sh", "-c", "kill -SEGV $$"}, ErrRefused, 0, "asr: command: run sh: ended by signal: segmentation fault"},
		"not there":      {[]any{"no-such-recogniser"}, ErrUnavailable, 0, "asr: command: run no-such-recogniser: there is no such program; a script needs the one that its first line names, too"},
		"no such path":   {[]any{"/no/such/recogniser"}, ErrUnavailable, 0, "asr: command: run /no/such/recogniser: there is no such program; a script needs the one that its first line names, too"},
		"not executable": {[]any{plain}, ErrUnavailable, 0, "asr: command: run " + plain + ": it may not be executed"},
	} {
		_, err := engine(t, map[string]any{"engine": "command", "command": test.argv}).Transcribe(t.Context(), hello())
		e := (*Error)(nil)
		if !errors.Is(err, test.kind) || !errors.As(err, &e) || e.Code != test.code || err.Error() != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of a talkative program the end is kept, and only that.
func TestCommandKeepsTheEndOfStderr(t *testing.T) {
	_, err := script(t, `yes chatter | head -n 100000 >&2; printf 'last words \377' >&2; exit 1`, nil).Transcribe(t.Context(), hello())
	e := (*Error)(nil)
	if !errors.As(err, &e) || len(e.Output) > maxStderr+2 || len(e.Output) < maxStderr || !strings.HasSuffix(e.Output, "last words \uFFFD") {
		t.Errorf("%v, output of %d bytes", err, len(e.Output))
	}
}

// A caller who said nothing is no failure.
func TestCommandPrintsNothing(t *testing.T) {
	if got, err := script(t, `exit 0`, nil).Transcribe(t.Context(), hello()); err != nil || got.Text != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A program that never stops printing fills neither memory nor the call.
func TestCommandPrintsMegabytes(t *testing.T) {
	_, err := script(t, `yes`, nil).Transcribe(t.Context(), hello())
	if !errors.Is(err, ErrAnswer) || err.Error() != "asr: command: run sh: it wrote more than 1024 KiB to stdout" {
		t.Error(err)
	}
}

// A hangup ends the program with all it started, though they ignore every
// signal that can be ignored.
func TestCommandEndsWithTheCall(t *testing.T) {
	pipe := fifo(t)
	hungup := errors.New("the caller hung up")
	ctx, hangup := context.WithCancelCause(t.Context())
	e := script(t, `trap "" TERM INT HUP; exec 4>"$1"; sleep 600 & echo ready >&4; wait; sleep 600`, nil, pipe)
	failed := make(chan error)
	go func() {
		_, err := e.Transcribe(ctx, hello())
		failed <- err
	}()
	alive, err := os.Open(pipe) // once the script has opened it
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	if _, err := io.ReadFull(alive, make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	hangup(hungup)
	if err := <-failed; !errors.Is(err, hungup) || !errors.Is(err, context.Canceled) || err.Error() != "asr: command: run sh: the caller hung up" {
		t.Error(err)
	}
	if _, err := io.ReadAll(alive); err != nil { // blocks as long as one of them lives
		t.Error(err)
	}
}

// A program that takes too long is ended, and that is no hangup.
func TestCommandTimeout(t *testing.T) {
	_, err := script(t, `sleep 600`, map[string]any{"timeout": 0.05}).Transcribe(t.Context(), hello())
	if !errors.Is(err, ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// A program that leaves another behind, with its stdout open, has answered all
// the same. The other is ended, unless it made itself a session of its own.
func TestCommandLeavesAnotherBehind(t *testing.T) {
	for _, start := range []string{"sh", "setsid sh"} {
		pipe := fifo(t)
		e := script(t, start+` -c 'echo $$ >&4; exec sleep 600' 4>"$1" & echo hello`, nil, pipe)
		result := make(chan Transcript)
		go func() {
			got, err := e.Transcribe(t.Context(), hello())
			if err != nil {
				t.Error(err)
			}
			result <- got
		}()
		text, err := os.Open(pipe)
		if err != nil {
			t.Fatal(err)
		}
		if got := <-result; got.Text != "hello" {
			t.Errorf("%s: %+v", start, got)
		}
		if start == "sh" {
			if _, err := io.ReadAll(text); err != nil {
				t.Error(err)
			}
		} else {
			pid := 0
			for _, digit := range readLine(t, text) {
				pid = 10*pid + int(digit-'0')
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Errorf("what left the session was ended as well: %v", err)
			}
		}
		text.Close()
	}
}

// A program that fails, or that ends well, leaves nothing behind that eats the
// processor of the calls after it, whether that holds its stdout or not.
func TestCommandLeavesNothingBehind(t *testing.T) {
	for _, end := range []string{"& exit 1", ">/dev/null 2>&1 & exit 1", ">/dev/null 2>&1 & kill -SEGV $$", ">/dev/null 2>&1 & exit 0"} {
		pipe := fifo(t)
		e := script(t, `exec 4>"$1"; sleep 600 `+end, nil, pipe)
		failed := make(chan error)
		go func() {
			_, err := e.Transcribe(t.Context(), hello())
			failed <- err
		}()
		alive, err := os.Open(pipe)
		if err != nil {
			t.Fatal(err)
		}
		if err := <-failed; errors.Is(err, ErrRefused) == strings.HasSuffix(end, "0") {
			t.Errorf("%s: %v", end, err)
		}
		if _, err := io.ReadAll(alive); err != nil { // blocks as long as it lives
			t.Error(err)
		}
		alive.Close()
	}
}

func readLine(t *testing.T, r io.Reader) string {
	t.Helper()
	line := []byte{}
	for b := make([]byte, 1); ; line = append(line, b[0]) {
		if _, err := r.Read(b); err != nil || b[0] == '\n' {
			return string(line)
		}
	}
}
