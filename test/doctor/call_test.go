package doctor_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"goagi/doctor"
)

// Without what places calls there is none, and no wrong finding either.
func TestCallNeedsItsModules(t *testing.T) {
	h := asterisk.get(t)
	h.must(t, "asterisk -rx 'module unload res_clioriginate.so'")
	var found doctor.Finding
	for _, f := range h.doctor(t, nil, "--call") {
		if f.Look == "call" {
			found = f
		}
	}
	if found.Level != doctor.Skipped || len(found.Mends) != 1 {
		t.Fatalf("%+v", found)
	}
	h.must(t, found.Mends[0])
	for _, f := range h.doctor(t, nil, "--call") {
		if f.Look == "call" && (f.Level != doctor.OK || !strings.Contains(f.Text, "wrote to the log")) {
			t.Errorf("%+v", f)
		}
	}
}

// A call says how far it came, by each way, and leaves nothing behind.
func TestCall(t *testing.T) {
	h := asterisk.get(t)
	call := func(t *testing.T) (texts string) {
		t.Helper()
		for _, f := range h.doctor(t, nil, "--call") {
			if f.Look == "call" {
				texts += string(f.Level) + ": " + f.Text + "\n"
			}
		}
		h.must(t, "[ $(asterisk -rx 'core show channels concise' | grep -c '^Local/') = 0 ] && ! ls -A "+agi+"/scripts "+agi+" | grep goagi-doctor")
		return texts
	}
	want := func(t *testing.T, said string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(said, part) {
				t.Errorf("no %q in: %s", part, said)
			}
		}
	}
	h.must(t, serving(""))
	want(t, call(t), "ok: goagi as a process held a call", "ok: goagi serve held a call", "answered, played beep (0.44 s), wrote and read a variable, wrote to the log")
	h.must(t, "true"+stopped)

	h.must(t, "mv "+agi+"/goagi /tmp/goagi")
	want(t, call(t), "wrong: goagi as a process: AGISTATUS is NOTFOUND; no script began")
	h.must(t, "printf '#!/bin/sh\\nexit 3\\n' > "+agi+"/goagi; chmod 755 "+agi+"/goagi")
	want(t, call(t), "wrong: goagi as a process: AGISTATUS is ", "; no script began") // FAILURE, which an old Asterisk may lose
	h.must(t, "mv /tmp/goagi "+agi+"/goagi")

	h.must(t, "mv /usr/share/asterisk/sounds /tmp/sounds; install -d /usr/share/asterisk/sounds")
	want(t, call(t), "ok: goagi as a process held a call", "answered, wrote and read")
	h.must(t, "rmdir /usr/share/asterisk/sounds; mv /tmp/sounds /usr/share/asterisk/sounds")
	h.must(t, "asterisk -rx 'module unload format_gsm.so'")
	want(t, call(t), "wrong: goagi as a process: AGISTATUS is FAILURE, GOAGI_STATUS is ERROR", "beep", "the script began, answered")
	h.must(t, "asterisk -rx 'module load format_gsm.so'")
}

// traces fails where a call has left something behind.
const traces = "for i in $(seq 100); do [ $(asterisk -rx 'core show channels concise' | grep -c '^Local/') = 0 ] && break; sleep 0.05; done; " +
	"asterisk -rx 'core show channels concise' | grep ^Local/ && exit 1; ! ls -A " + agi + "/scripts | grep goagi-doctor && asterisk -rx 'dialplan show goagi-doctor' | grep 'no existence'"

// Who ends doctor in the middle of a call, or closes its terminal, takes the call
// away, too.
func TestInterruptedCall(t *testing.T) {
	h := asterisk.get(t)
	h.must(t, "mv "+agi+"/goagi /tmp/goagi; printf '#!/bin/sh\\n[ \"$1\" = version ] && exec /tmp/goagi version\\nexec sleep 20\\n' > "+agi+"/goagi; chmod 755 "+agi+"/goagi")
	for _, signal := range []string{"INT", "HUP", "TERM"} {
		out, err := h.sh(outside + " doctor --call & for i in $(seq 300); do asterisk -rx 'core show channels concise' | grep -q '!AGI!' && break; sleep 0.05; done; kill -" + signal + " $!; wait $!")
		if err == nil || !strings.Contains(out, "the call did not come to its end") || !strings.Contains(out, "no script began") {
			t.Errorf("%s: %v: %s", signal, err, out)
		}
		h.must(t, traces)
	}
	h.must(t, "mv /tmp/goagi "+agi+"/goagi")
}

// listen has a program of ours on FastAGI's port until stop, and each connection
// closed then.
func listen(t *testing.T, serve func(net.Conn)) (stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:4573")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			all.Go(func() { serve(conn) })
		}
	})
	return func() {
		listener.Close()
		all.Wait()
	}
}

// A call that hangs is taken away, also where its script does not heed the hangup
// or its server says nothing.
func TestHangingCall(t *testing.T) {
	h := asterisk.get(t)
	h.must(t, "mv "+agi+"/goagi /tmp/goagi; printf '#!/bin/sh\\n[ \"$1\" = version ] && exec /tmp/goagi version\\necho $$ > /tmp/pid\\ntrap \"\" HUP\\nexec sleep 100\\n' > "+agi+"/goagi; chmod 755 "+agi+"/goagi; install -m 666 /dev/null /tmp/pid")
	defer listen(t, func(conn net.Conn) {
		if line, _ := bufio.NewReader(conn).ReadString('\n'); strings.HasPrefix(line, "goagi doctor") {
			_, _ = io.WriteString(conn, "failure\n") // as goagi serve, and no more
			conn.Close()
		}
	})()
	var said []string
	for _, f := range h.doctor(t, []string{"GOAGI_LISTEN=127.0.0.1:4573"}, "--call") {
		if f.Look == "call" {
			said = append(said, string(f.Level)+": "+f.Text)
		}
	}
	const late = "the call did not come to its end: it takes longer than 10s; no script began"
	if len(said) != 2 || said[0] != "wrong: goagi as a process: "+late || said[1] != "wrong: goagi serve: "+late {
		t.Errorf("%q", said)
	}
	h.must(t, traces)
	h.must(t, "kill $(cat /tmp/pid); rm /tmp/pid; mv /tmp/goagi "+agi+"/goagi")
}
