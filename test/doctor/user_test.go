package doctor_test

import "testing"

// Asterisk's user chooses what root runs nowhere: not by the number of a process
// of root's in asterisk.pid, which it may write, where the agi-bin is its own.
func TestRootRunsNothingOfAsterisks(t *testing.T) {
	h := asterisk.get(t)
	h.must(t, "cp -a "+agi+" /tmp/agi; cp -a /run/asterisk/asterisk.pid /tmp/pid; chown asterisk:asterisk "+agi+"; mv "+agi+"/goagi /tmp/goagi; install -d -m 777 /tmp/ran; "+
		"printf '#!/bin/sh\\nid -u > /tmp/ran/$(id -u)\\nexec /tmp/goagi version\\n' > "+agi+"/goagi; chmod 755 "+agi+"/goagi; chown asterisk "+agi+"/goagi")
	const console = "mkfifo /tmp/typed; asterisk -r <> /tmp/typed > /dev/null 2>&1 & pid=$!; for i in $(seq 100); do [ $(readlink /proc/$pid/exe) = /usr/sbin/asterisk ] && break; sleep 0.05; done; echo $pid"
	for _, pid := range []string{"echo 1", console, "cat /tmp/pid"} { // no Asterisk at all, a console of root's, and as it is
		h.must(t, "pid=$("+pid+"); echo $pid > /run/asterisk/asterisk.pid; [ -d /proc/$pid ]")
		h.doctor(t, nil)
		h.must(t, "rm -f /tmp/typed; [ ! -e /tmp/ran/0 ]")
	}
	h.must(t, "for pid in $(pidof asterisk); do [ $pid = $(cat /tmp/pid) ] || kill $pid; done")
	h.must(t, "[ -e /tmp/ran/$(id -u asterisk) ] && rm -r /tmp/ran "+agi+"; mv /tmp/agi "+agi+"; rm /tmp/goagi")
	for _, f := range amiss(h.doctor(t, nil), "") {
		t.Errorf("the host is not as it was: %s: %s", f.Look, f.Text)
	}
}
