package doctor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
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

// knock reports whether somebody listens. none is true where the host cannot even
// try, for it has no addresses of that kind.
func (x *exam) knock(ctx context.Context, network, addr string) (listens, none bool) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	wire, err := x.Dial(ctx, network, addr)
	if err == nil {
		wire.Close()
		return true, false
	}
	return false, errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.ENETUNREACH)
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
func (x *exam) serve(flags ...string) string {
	if x.exists(unit) && len(flags) == 0 {
		return "systemctl enable --now goagi"
	}
	words := append([]string{x.installed(), "serve"}, flags...)
	if x.user != nil && x.user.UID != 0 {
		words = append([]string{"runuser", "-u", x.user.Name, "--"}, words...)
	}
	return "setsid " + command(words...) + " < /dev/null > /dev/null 2>&1 &"
}

// judgeServer looks whether goagi serve can be reached the ways that Asterisk
// goes.
func (x *exam) judgeServer(ctx context.Context) {
	addrs := x.Listen
	if len(addrs) == 0 {
		addrs = []string{":" + usualPort}
	}
	var answer, refuse []string
	for _, addr := range addrs {
		if path, ok := strings.CutPrefix(addr, "unix:"); ok {
			path, _, _ = strings.Cut(path, ",")
			if listens, _ := x.knock(ctx, "unix", x.file(path)); listens {
				answer = append(answer, path)
			} else {
				refuse = append(refuse, path)
			}
			continue
		}
		for _, target := range targets(addr) {
			switch listens, none := x.knock(ctx, "tcp", target); {
			case listens:
				answer = append(answer, target)
			case !none:
				refuse = append(refuse, target)
			}
		}
	}
	why, byName := x.wantsServer(ctx)
	x.server = len(answer) > 0
	switch {
	case !x.server && why == "":
		x.skip("nothing here asks for goagi serve")
	case !x.server:
		x.wrong(fmt.Sprintf("goagi serve does not answer on %s, and %s", strings.Join(refuse, ", "), why), x.serve())
	default:
		x.judgeName(ctx, addrs, answer, refuse, byName)
	}
}

// judgeName looks at the addresses of localhost: Asterisk gives up on a name
// whose first address refuses (res_agi.c: launch_netscript).
func (x *exam) judgeName(ctx context.Context, addrs, answer, refuse []string, byName bool) {
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
	var shut []string
	for _, ip := range names {
		target := net.JoinHostPort(ip, port)
		if slices.Contains(answer, target) {
			continue
		}
		if listens, _ := x.knock(ctx, "tcp", target); !listens {
			shut = append(shut, target)
		}
	}
	switch {
	case len(shut) > 0:
		level := Warning
		if byName {
			level = Wrong
		}
		x.add(level, fmt.Sprintf("goagi serve answers on %s and not on %s, which is localhost, too: calls to agi://localhost/ may fail",
			strings.Join(answer, ", "), strings.Join(shut, ", ")), x.listenOnBoth(port))
	case len(refuse) > 0:
		x.warn(fmt.Sprintf("goagi serve answers on %s, and not on %s", strings.Join(answer, ", "), strings.Join(refuse, ", ")), x.listenOnBoth(port)...)
	default:
		x.ok(fmt.Sprintf("it answers on %s; localhost is %s", strings.Join(answer, ", "), strings.Join(names, ", ")))
	}
}

// listenOnBoth gives the commands that have the server listen on all loopback
// addresses.
func (x *exam) listenOnBoth(port string) []string {
	line := `listen = "localhost:` + port + `"`
	if x.File == "" || len(x.Listen) == 0 { // it was started with a flag
		anew := x.serveAnew()
		return append(anew[:len(anew)-1], x.serve("--listen", "localhost:"+port))
	}
	return append([]string{command("sed", "-i", "s/^listen *=.*/"+pattern(line)+"/", x.File)}, x.serveAnew()...)
}

// serveAnew gives the commands that end the server, whose calls may end, and
// start it again.
func (x *exam) serveAnew() []string {
	if x.exists(unit) {
		return []string{"systemctl restart goagi"}
	}
	var mends []string
	for _, p := range x.servers() {
		mends = append(mends, "kill "+p.pid, "tail --pid="+p.pid+" -f /dev/null")
	}
	return append(mends, x.serve())
}

// judgeAdmin asks the server whether it takes calls.
func (x *exam) judgeAdmin(ctx context.Context) {
	if x.Admin == "" {
		x.skip("no admin address is set")
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answering, fmt.Errorf("no answer within %v", answering))
	defer cancel()
	wire, err := x.Dial(ctx, "tcp", x.Admin)
	if err != nil {
		x.wrong(fmt.Sprintf("nobody answers on %s, where --admin has goagi serve: %v", x.Admin, err), x.serveAnew()...)
		return
	}
	defer wire.Close()
	defer context.AfterFunc(ctx, func() { _ = wire.SetDeadline(time.Unix(1, 0)) })()
	request := "GET /readyz HTTP/1.1\r\nHost: goagi\r\nConnection: close\r\n\r\n"
	if _, err = io.WriteString(wire, request); err == nil {
		var response *http.Response
		if response, err = http.ReadResponse(bufio.NewReader(wire), nil); err == nil {
			defer response.Body.Close()
			text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
			x.judgeReady(response.StatusCode, string(text))
			return
		}
	}
	x.wrong(fmt.Sprintf("what answers on %s is no goagi: %v", x.Admin, err), command("ss", "-ltnp", "sport", "=", ":"+port(x.Admin)))
}

func port(addr string) string {
	_, port := splitPort(addr, "")
	return port
}

func (x *exam) judgeReady(code int, text string) {
	switch code {
	case http.StatusOK:
		x.ok(x.Admin + " says that calls are taken")
	case http.StatusServiceUnavailable:
		x.wrong(fmt.Sprintf("%s says that no calls are taken: %s", x.Admin, text), x.serveAnew()...)
	default:
		x.wrong(fmt.Sprintf("what answers on %s is no goagi: it says %d", x.Admin, code), command("ss", "-ltnp", "sport", "=", ":"+port(x.Admin)))
	}
}
