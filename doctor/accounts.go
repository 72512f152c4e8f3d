package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"goagi/ami"
)

// The rights of an account that goagi async uses, and no more.
const (
	readRights  = "agi,call"
	writeRights = "agi,call,reporting"
)

// judgeAccounts logs in to the manager interface as goagi async would.
func (x *exam) judgeAccounts(ctx context.Context) {
	if worked := x.judgeWorkers(ctx); len(x.Accounts) == 0 && worked {
		return
	} else if len(x.Accounts) == 0 {
		x.skip("no account is set (--ami)")
		return
	}
	for _, account := range x.Accounts {
		x.judgeAccount(ctx, account)
	}
}

// ours reports whether an account is one of the Asterisk on this host.
func (x *exam) ours(ctx context.Context, a ami.Account) bool {
	return x.says != nil && x.here(ctx, a.Addr)
}

func (x *exam) judgeAccount(ctx context.Context, a ami.Account) {
	a.Timeout, a.Events, a.Ping = answering, "off", -1
	if a.Dial == nil {
		addr := a.Addr
		a.Dial = func(ctx context.Context) (net.Conn, error) { return x.Dial(ctx, "tcp", addr) }
	}
	conn, err := ami.Dial(ctx, a)
	if err != nil {
		x.noLogin(ctx, a, err)
		return
	}
	defer conn.Close()
	rights := ami.CheckRights(ctx, conn)
	ours := x.ours(ctx, a)
	switch {
	case ours && (rights == nil || errors.Is(rights, ami.ErrRights)) && x.judgeRights(ctx, a):
		return
	case rights != nil && ours:
		file, _ := x.withSection(a.User)
		x.wrong(fmt.Sprintf("%v: %v", a, rights), editor(file), x.reloads())
		return
	case rights != nil:
		x.wrong(fmt.Sprintf("%v: %v; on its own host, manager.conf needs write = %s, and 'manager reload'", a, rights, writeRights))
		return
	}
	text := fmt.Sprintf("%v may do what goagi async does", a)
	if !ours {
		text += "; its rights to read, and those too many, are seen on Asterisk's own host"
	}
	x.ok(text)
}

// judgeRights looks at the rights that Asterisk says a user has, and reports
// whether something is wrong (manager.c: handle_showmanager).
func (x *exam) judgeRights(ctx context.Context, a ami.Account) (bad bool) {
	out, err := x.cli(ctx, "manager show user "+a.User)
	if err != nil {
		return false
	}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(line, ":")
		key, right := "read", readRights
		switch strings.TrimSpace(name) {
		case "read perm":
		case "write perm":
			key, right = "write", writeRights
		default:
			continue
		}
		have, want := strings.Split(strings.TrimSpace(value), ","), strings.Split(right, ",")
		less := slices.DeleteFunc(slices.Clone(want), func(r string) bool { return slices.Contains(have, r) || slices.Contains(have, "all") })
		more := slices.DeleteFunc(have, func(r string) bool { return slices.Contains(want, r) || r == "" || r == "<none>" })
		file, _ := x.withSection(a.User)
		switch {
		case len(less) > 0: // the others may be somebody's who shares the account
			x.wrong(fmt.Sprintf("%v has no right to %s %s, which goagi async needs", a, key, strings.Join(less, ", ")), x.sets(a.User, key, strings.Join(append(want, more...), ","))...)
			bad = true
		case len(more) > 0:
			x.warn(fmt.Sprintf("%v has rights to %s that goagi async does not need: %s; if nobody else logs in as %s, %s = %s is enough", a, key, strings.Join(more, ", "), a.User, key, right),
				editor(file), x.reloads())
			bad = true
		}
	}
	return bad
}

// noLogin says why there was no login.
func (x *exam) noLogin(ctx context.Context, a ami.Account, err error) {
	text := fmt.Sprint(err)
	if !x.ours(ctx, a) {
		x.wrong(text, "nc -vz "+strings.Join(hostAndPort(a.Addr), " "))
		return
	}
	if !errors.Is(err, ami.ErrLogin) {
		settings, _ := x.cli(ctx, "manager show settings")
		if on := field(settings, "Manager (AMI)"); on != "Yes" {
			x.wrong("Asterisk's manager interface is switched off: "+text, x.sets("general", "enabled", "yes")...)
			return
		}
		at := field(settings, "TCP Bindaddress")
		host, listens := splitPort(at, "")
		if _, port := splitPort(a.Addr, ""); listens == port && (isLoopback(host) || host == "0.0.0.0" || host == "::") {
			// Asterisk 16 does not listen again where it was switched off and on (tcptls.c: ast_tcptls_server_start).
			x.wrong(fmt.Sprintf("%s; Asterisk says that it listens on %s, and does not", text, at), x.asks("core restart when convenient"))
			return
		}
		// To have it listen elsewhere would cut off whom it listens there for.
		if host == "0.0.0.0" || host == "::" {
			host = "127.0.0.1"
		}
		x.wrong(fmt.Sprintf("%s; it listens on %s: set ami to %s@%s", text, at, a.User, net.JoinHostPort(host, listens)), x.settingMend("ami")...)
		return
	}
	if out, _ := x.cli(ctx, "manager show user "+a.User); strings.Contains(out, "There is no manager") {
		x.wrong(fmt.Sprintf("Asterisk's manager interface has no user %s: %s", a.User, text), x.newUser(a)...)
		return
	}
	file, mends := x.setsSecret(a)
	x.wrong(fmt.Sprintf("%s: the secret in %s is another", text, file), mends...)
}

func hostAndPort(addr string) []string {
	host, port := splitPort(addr, "5038")
	return []string{Quote(host), Quote(port)}
}

// field gives what stands behind a name and a colon, "" where that is nowhere.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
