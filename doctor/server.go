package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// usualPort is FastAGI's (res_agi.c: AGI_PORT).
const usualPort = "4573"

// splitPort parts HOST:PORT, where the port may be left out.
func splitPort(addr, usual string) (host, port string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return strings.Trim(addr, "[]"), usual
	}
	return host, port
}

func isLoopback(addr string) bool {
	ip, err := netip.ParseAddr(addr)
	return err == nil && ip.IsLoopback()
}

// targets lists what goagi serve has to answer on, for an address that it is set
// to listen on.
func targets(listen string) (list []string) {
	host, port := splitPort(listen, usualPort)
	switch {
	case host == "" || strings.EqualFold(host, "localhost"):
		return []string{"127.0.0.1:" + port, "[::1]:" + port}
	case host == "0.0.0.0":
		host = "127.0.0.1"
	case host == "::":
		host = "::1"
	}
	return []string{net.JoinHostPort(host, port)}
}

// listener is who listens on an address.
type listener int

const (
	nobody   listener = iota
	nowhere           // the host has no addresses of that kind
	somebody          // a program that is not known
	goagi             // goagi serve
)

// greeting is what no AGI begins with. goagi serve answers it as all that is no
// call, before it looks for a script; others, which may use the port as well, are
// not made to run one either (fastagi: Server).
const greeting = "goagi doctor asks who listens\n\n"

// hears is how long a program may take to say who it is.
const hears = 2 * time.Second

// who finds out who listens.
func (x *exam) who(ctx context.Context, network, addr string) listener {
	ctx, cancel := context.WithTimeout(ctx, hears)
	defer cancel()
	wire, err := x.Dial(ctx, network, addr)
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.ENETUNREACH):
		return nowhere
	case err != nil:
		return nobody
	}
	defer wire.Close()
	defer context.AfterFunc(ctx, func() { _ = wire.SetDeadline(time.Unix(1, 0)) })()
	const failure = "failure\n"
	answer := make([]byte, len(failure))
	if _, err = io.WriteString(wire, greeting); err == nil {
		_, err = io.ReadFull(wire, answer)
	}
	if err != nil || string(answer) != failure {
		return somebody
	}
	return goagi
}

// wantsServer says why goagi serve should answer here, "" where nothing asks for
// it, and whether the dialplan goes there by the name localhost.
func (x *exam) wantsServer(ctx context.Context) (why string, byName bool) {
	if x.exists(unit) {
		why = "its service is installed"
	}
	if len(x.Listen) > 0 {
		why = "listen is set"
	}
	for _, s := range x.dialplan {
		if name, _ := splitPort(s.host, ""); s.host != "" && x.here(ctx, s.host) {
			why = s.where() + " of the dialplan goes to it"
			byName = byName || strings.EqualFold(name, "localhost")
		}
	}
	return why, byName
}

// serve gives the command that starts goagi serve.
func (x *exam) serve() string {
	if x.exists(unit) {
		return "systemctl enable --now goagi"
	}
	words := []string{x.installed(), "serve"}
	if x.user != nil && x.user.UID != 0 {
		words = append([]string{"runuser", "-u", x.user.Name, "--"}, words...)
	}
	return background(words)
}

// heard is where who listens.
type heard struct {
	server []string // goagi serve
	others []string // somebody else
	shut   []string // nobody, where the host could be listened on
}

func (h *heard) note(who listener, addr string) {
	switch who {
	case goagi:
		h.server = append(h.server, addr)
	case somebody:
		h.others = append(h.others, addr)
	case nobody:
		h.shut = append(h.shut, addr)
	}
}

// judgeServer looks whether goagi serve can be reached the ways that Asterisk
// goes.
func (x *exam) judgeServer(ctx context.Context) {
	addrs := x.Listen
	if len(addrs) == 0 {
		addrs = []string{":" + usualPort}
	}
	var h heard
	for _, addr := range addrs {
		if path, ok := strings.CutPrefix(addr, "unix:"); ok {
			path, _, _ = strings.Cut(path, ",")
			h.note(x.who(ctx, "unix", x.file(path)), path)
			continue
		}
		for _, target := range targets(addr) {
			before := len(h.server)
			h.note(x.who(ctx, "tcp", target), target)
			if len(h.server) > before && x.server == "" {
				x.server = target
			}
		}
	}
	why, byName := x.wantsServer(ctx)
	switch others := strings.Join(h.others, ", "); {
	case len(h.server) > 0:
		x.judgeName(ctx, addrs, h, byName)
	case why == "" && others != "":
		x.skip("nothing here asks for goagi serve, and who listens on " + others + " is somebody else")
	case why == "":
		x.skip("nothing here asks for goagi serve")
	case others != "":
		x.wrong(fmt.Sprintf("who listens on %s is not goagi serve, or does not let this host in, and %s: one of them needs another port", others, why), listening(addrs)...)
	default:
		x.wrong(fmt.Sprintf("goagi serve does not answer on %s, and %s", strings.Join(h.shut, ", "), why), x.serve())
	}
}

// listening gives the commands that show what programs listen.
func listening(addrs []string) (mends []string) {
	for _, addr := range addrs {
		mend := "ss -lxp"
		if !strings.HasPrefix(addr, "unix:") {
			_, port := splitPort(addr, usualPort)
			mend = command("ss", "-ltnp", "sport", "=", ":"+port)
		}
		if !slices.Contains(mends, mend) {
			mends = append(mends, mend)
		}
	}
	return mends
}

// judgeName looks at the addresses of localhost: Asterisk gives up on a name
// whose first address refuses (res_agi.c: launch_netscript).
func (x *exam) judgeName(ctx context.Context, addrs []string, h heard, byName bool) {
	port := usualPort
	for _, addr := range addrs {
		if !strings.HasPrefix(addr, "unix:") {
			_, port = splitPort(addr, usualPort)
			break
		}
	}
	names, err := x.Lookup(ctx, "localhost")
	if err != nil {
		x.warn("the name localhost has no address: "+err.Error(), "echo '127.0.0.1 localhost' >> /etc/hosts")
		return
	}
	var without []string
	for _, ip := range names {
		target := net.JoinHostPort(ip, port)
		if !slices.Contains(h.server, target) && x.who(ctx, "tcp", target) != goagi {
			without = append(without, target)
		}
	}
	answer, refuse := strings.Join(h.server, ", "), strings.Join(append(h.shut, h.others...), ", ")
	both := "localhost:" + port
	switch {
	case len(without) > 0:
		level := Warning
		if byName {
			level = Wrong
		}
		x.add(level, fmt.Sprintf("goagi serve answers on %s and not on %s, which is localhost, too: calls to agi://localhost/ may fail; to listen on %s is both",
			answer, strings.Join(without, ", "), both), x.listenOn(both))
	case refuse != "":
		x.warn(fmt.Sprintf("goagi serve answers on %s, and not on %s; to listen on %s is both", answer, refuse, both), x.listenOn(both)...)
	default:
		x.ok(fmt.Sprintf("it answers on %s; localhost is %s", answer, strings.Join(names, ", ")))
	}
}

// listenOn gives the commands that have the server listen on an address of this
// host's instead of one like it. What else it listens on is for others, and stays:
// only a person knows where in the settings it goes.
func (x *exam) listenOn(addr string) []string {
	if mends := x.settingMend("listen"); mends != nil {
		return append(mends, x.serveAnew(nil)...)
	}
	if x.exists(unit) {
		return []string{"systemctl edit --full goagi", "systemctl restart goagi"}
	}
	_, port := splitPort(addr, "")
	changed := false
	mends := x.serveAnew(func(word string) string {
		value := strings.TrimPrefix(word, "--listen=")
		list := strings.Split(value, ",")
		for i, one := range list {
			if one == "127.0.0.1:"+port || one == "[::1]:"+port {
				list[i], changed = addr, true
			}
		}
		return strings.TrimSuffix(word, value) + strings.Join(list, ",")
	})
	if !changed {
		return nil
	}
	return mends
}

// serveAnew gives the commands that end the server, whose calls may end, and
// start it again as it was, but for what change makes of a word; none where a
// command does not know how that was.
func (x *exam) serveAnew(change func(word string) string) (mends []string) {
	if x.exists(unit) {
		return []string{"systemctl restart goagi"}
	}
	servers := x.servers()
	if len(servers) == 0 {
		return []string{x.serve()}
	}
	for _, p := range servers {
		environment := x.read("/proc/" + p.pid + "/environ")
		if environment == "" && x.UID != 0 || strings.Contains("\x00"+environment, "\x00GOAGI_") {
			return nil // a variable may be a secret, which no command of ours shows
		}
		mends = append(mends, "kill "+p.pid, "tail --pid="+p.pid+" -f /dev/null", x.again(p, change))
	}
	return mends
}

// again gives the command that starts a server as it was.
func (x *exam) again(p process, change func(word string) string) string {
	words := slices.Clone(p.words)
	if change != nil {
		for i, word := range words {
			words[i] = change(word)
		}
	}
	if exe, err := os.Readlink(x.file("/proc/" + p.pid + "/exe")); err == nil && !filepath.IsAbs(words[0]) {
		words[0] = strings.TrimSuffix(exe, " (deleted)")
	}
	if info, err := x.stat("/proc/" + p.pid); err == nil {
		if owner := x.owner(info); owner != "root" {
			words = append([]string{"runuser", "-u", owner, "--"}, words...)
		}
	}
	return background(words)
}

// background has a shell start a program that outlives it.
func background(words []string) string {
	return "setsid " + command(words...) + " < /dev/null > /dev/null 2>&1 &"
}
