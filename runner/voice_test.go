package runner_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"goagi/eagi"
)

// recorded is a WAV file of so many samples of sound.
func recorded(t *testing.T, name string, samples, rate int) string {
	t.Helper()
	sound := make([]int16, samples)
	for i := range sound {
		sound[i] = int16(i % 200 * 100)
	}
	path := filepath.Join(t.TempDir(), name)
	check(t, os.WriteFile(path, eagi.AppendWAV(nil, sound, rate), 0o644))
	return path
}

// installed is a PATH on which nothing but a shell script is, under a name.
func installed(t *testing.T, name, script string) string {
	t.Helper()
	dir := t.TempDir()
	syscall.ForkLock.RLock() // see asterisk.file
	defer syscall.ForkLock.RUnlock()
	check(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755))
	return "PATH=" + dir
}

// A caller who speaks makes it an EAGI call, and speaks in the order of the
// command line, while the script listens.
func TestTryAudio(t *testing.T) {
	t.Parallel()
	one, two := recorded(t, "one.wav", 4410, 44100), recorded(t, "two.wav", 800, 8000)
	listens := own(t, `agi.answer() print(agi.transport, agi.env.enhanced) agi.stream_file("a") agi.wait_for_digit(3100)`)
	code, stdout, stderr := shell(t, nil, "", "try", "--audio", one, "--audio", two, "--audio-after=0.2", listens)
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d, stderr:\n%s", code, stderr)
	}
	want := `answered
console   eagi    1.0
hears     a
says      one.wav
says      two.wav
the call is over: OK (AGISTATUS SUCCESS)
`
	if got := without(stdout); !strings.Contains(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	contains(t, "stdout", stdout, "    1.2  says      one.wav\n", "    3.3  says      two.wav\n")
}

// Without a voice it is no EAGI call, so that a script finds no audio that
// nobody speaks.
func TestTryHasNoAudio(t *testing.T) {
	t.Parallel()
	_, stdout, stderr := shell(t, nil, "", "try", own(t, `print(agi.transport, agi.env.enhanced)`))
	contains(t, "stdout", stdout, "console   process    0.0\n")
	if stderr != "" {
		t.Error(stderr)
	}
}

// Who waits in vain for a transcript is told that the caller did not speak, and
// why.
func TestTryAudioUnsaid(t *testing.T) {
	t.Parallel()
	one := recorded(t, "one.wav", 80, 8000)
	for source, why := range map[string]string{
		`agi.wait_for_digit(100)`: ": the script did not answer the call\n",
		`agi.answer()`:            ": callers wait until the script listens and no prompt plays\n",
	} {
		code, _, stderr := shell(t, nil, "", "try", "--audio", one, "--audio", one, own(t, source))
		if code != 0 || stderr != "goagi: hint: the caller never got to --audio \""+one+"\" and 1 more"+why {
			t.Errorf("exit code %d, stderr:\n%s", code, stderr)
		}
	}
	// Where the script failed, that is what counts.
	_, _, stderr := shell(t, nil, "", "try", "--audio", one, own(t, `error("x")`))
	if strings.Contains(stderr, "never") {
		t.Error(stderr)
	}
}

// The text reaches espeak-ng as it stands, whatever a shell would make of it.
func TestTrySay(t *testing.T) {
	t.Parallel()
	text := `-q $(touch "$0.bad") 'and; more`
	heard := recorded(t, "heard.wav", 2205, 22050)
	data, err := os.ReadFile(heard)
	check(t, err)
	binary.LittleEndian.PutUint32(data[40:], 0x7ffff000) // as it writes into a pipe
	check(t, os.WriteFile(heard, data, 0o644))
	cat, err := exec.LookPath("cat")
	check(t, err)
	fake := installed(t, "espeak-ng", `[ "$#" = 3 ] && [ "$1" = --stdout ] && [ "$2" = -- ] && [ "$3" = "$SAID" ] && exec `+cat+` "$HEARD"
echo "other words: $*" >&2; exit 3`)
	script := own(t, `agi.answer() agi.wait_for_digit(700)`)
	code, stdout, stderr := shell(t, []string{fake, "SAID=" + text, "HEARD=" + heard}, "", "try", "--say", text, script)
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d, stderr:\n%s", code, stderr)
	}
	contains(t, "stdout", stdout, "    0.5  says      "+text+"\n")
}

// What cannot be played or said is an error before there is a call, with the
// mend where there is one.
func TestTryVoiceFails(t *testing.T) {
	t.Parallel()
	script := own(t, `agi.answer()`)
	gsm := filepath.Join(t.TempDir(), "gsm.wav")
	check(t, os.WriteFile(gsm, []byte("GIF89a and more"), 0o644))
	sox := "goagi: hint: sox and ffmpeg make WAV files: sox FILE new.wav\n"
	for _, row := range []struct {
		path, flag, value string
		want              string // behind the flag and its value
	}{
		{"", "--audio", "/nosuch.wav", "no such file or directory\n"},
		{"", "--audio", os.TempDir(), "is a directory\n"},
		{"", "--audio", gsm, "no WAV file that can be read: byte 0: it begins with \"GIF89a and more\", not with RIFF\n" + sox},
		{"", "--audio", recorded(t, "empty.wav", 0, 8000), "there is nothing to hear\n"},
		{"", "--say", " ", "there is nothing to say\n"},
		{"PATH=/nonexistent", "--say", "hello", "there is no espeak-ng here\n" +
			"goagi: hint: apt-get install espeak-ng brings it; --audio FILE.wav needs nothing\n"},
		{installed(t, "espeak-ng", "echo no voice >&2; exit 1"), "--say", "hello", "espeak-ng: exit status 1: no voice\n"},
		{installed(t, "espeak-ng", ""), "--say", "hello", "no WAV file that can be read: byte 0: the file is empty\n" + sox},
	} {
		var env []string
		if row.path != "" {
			env = []string{row.path}
		}
		code, stdout, stderr := shell(t, env, "", "try", row.flag, row.value, script)
		if want := "goagi: error: " + row.flag + ` "` + row.value + `": ` + row.want; code != 2 || stdout != "" || stderr != want {
			t.Errorf("exit code %d, stdout %q, stderr\n%s, want\n%s", code, stdout, stderr, want)
		}
	}
	code, _, stderr := shell(t, nil, "", "try", "--audio-after=soon", script)
	if code != 2 || stderr != "goagi: error: --audio-after: \"soon\" is no number of seconds\n" {
		t.Errorf("exit code %d, stderr\n%s", code, stderr)
	}
}
