package doctor_test

import (
	"bufio"
	"net"
	"slices"
	"strings"
	"testing"

	"goagi/doctor"
)

const stopped = `; for pid in $(pidof goagi); do kill $pid; tail --pid=$pid -f /dev/null; done; true`

// serving starts goagi serve on the host and waits until it answers.
func serving(flags string) string {
	return "runuser -u asterisk -- " + agi + "/goagi serve " + flags + " < /dev/null > /tmp/serve.log 2>&1 & " + answers
}

const answers = "for i in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/4573) 2>/dev/null && break; sleep 0.05; done"

// goagi serve, by all the ways to it.
func TestServer(t *testing.T) {
	const toml = "/etc/goagi/goagi.toml"
	set := func(text string) string { return "install -d /etc/goagi; printf " + quoted(text) + " > " + toml }
	dialplan := "sed -i.bak 's/AGI(goagi,hello.lua,one)/AGI(agi:\\/\\/localhost\\/hello.lua,one)/' /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'; "
	const usual = "; mv /etc/asterisk/extensions.conf.bak /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'"
	run(t, []broken{
		{
			name: "not running, and the dialplan goes to it", breaks: dialplan, look: "fastagi", level: doctor.Wrong,
			says: "goagi serve does not answer on 127.0.0.1:4573, [::1]:4573, and extensions.conf:4 of the dialplan goes to it", leaves: "true" + stopped + usual,
		},
		{
			name: "not running, and it is set", breaks: set("listen = \"localhost:4573\"\n"), look: "fastagi", level: doctor.Wrong,
			says: "goagi serve does not answer on 127.0.0.1:4573, [::1]:4573, and listen is set", leaves: "rm -r /etc/goagi" + stopped,
		},
		{
			name: "one family of the name only", breaks: dialplan + set("listen = [\n  \"127.0.0.1:4573\",\n  \"127.0.0.2:4574\",\n]\n") + "; " + serving(""), look: "fastagi", level: doctor.Wrong,
			env:  []string{"EDITOR=sed -i s/127.0.0.1/localhost/"},
			says: "answers on 127.0.0.1:4573, 127.0.0.2:4574 and not on [::1]:4573, which is localhost, too", after: "(exec 3<>/dev/tcp/127.0.0.2/4574)",
			leaves: "rm -r /etc/goagi" + stopped + usual,
		},
		{
			name: "one family only, by a flag", breaks: serving("--listen 127.0.0.1:4573,127.0.0.2:4574 --grace 3"), look: "fastagi", level: doctor.Warning,
			says: "answers on 127.0.0.1:4573 and not on [::1]:4573", after: "(exec 3<>/dev/tcp/127.0.0.2/4574); tr '\\0' ' ' < /proc/$(pidof goagi)/cmdline | grep -e '--grace 3'", leaves: "true" + stopped,
		},
		{
			name: "a name without an address", breaks: "cp /etc/hosts /tmp/hosts; echo > /etc/hosts; " + serving(""), look: "fastagi", level: doctor.Warning,
			says: "the name localhost has no address", leaves: "cat /tmp/hosts > /etc/hosts" + stopped,
		},
		{
			name: "nobody for operators", breaks: set("admin = \"127.0.0.1:9573\"\n"), look: "admin", level: doctor.Wrong,
			says: "nobody answers on 127.0.0.1:9573, where --admin has goagi serve", leaves: "rm -r /etc/goagi" + stopped,
		},
		{
			name: "a server from before", breaks: serving("") + "; " + set("admin = \"127.0.0.1:9573\"\n"), look: "admin", level: doctor.Wrong,
			says: "nobody answers on 127.0.0.1:9573", leaves: "rm -r /etc/goagi" + stopped,
		},
	})
}

// Another program on FastAGI's port is not taken for goagi serve, which would have
// doctor send it a call, and start a server beside it.
func TestForeignServer(t *testing.T) {
	h := asterisk.get(t)
	calls := make(chan string, 100)
	stop := listen(t, func(conn net.Conn) {
		lines := bufio.NewScanner(conn)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "agi_") {
				calls <- lines.Text()
			}
		}
	})
	defer stop()
	find := func() (list []doctor.Finding) {
		for _, f := range h.doctor(t, nil, "--call") {
			if f.Look == "fastagi" || f.Look == "call" && strings.HasPrefix(f.Text, "goagi serve") {
				list = append(list, f)
			}
		}
		return list
	}
	if found := find(); len(found) != 1 || found[0].Level != doctor.Skipped || !strings.Contains(found[0].Text, "who listens on 127.0.0.1:4573 is somebody else") {
		t.Errorf("%+v", found)
	}
	h.must(t, "sed -i.bak 's/AGI(goagi,hello.lua,one)/AGI(agi:\\/\\/localhost\\/hello.lua,one)/' /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'")
	if found := find(); len(found) != 1 || found[0].Level != doctor.Wrong || !strings.Contains(found[0].Text, "is not goagi serve") || !slices.Equal(found[0].Mends, []string{"ss -ltnp sport = :4573"}) {
		t.Errorf("%+v", found)
	}
	h.must(t, "mv /etc/asterisk/extensions.conf.bak /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'")
	select {
	case line := <-calls:
		t.Errorf("it was called: %s", line)
	default:
	}
}
