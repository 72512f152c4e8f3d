package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
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
	if len(x.Accounts) == 0 {
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
	if rights != nil && !errors.Is(rights, ami.ErrRights) {
		x.wrong(fmt.Sprintf("%v: %v", a, rights), x.asks("manager reload"))
		return
	}
	if x.ours(ctx, a) {
		if x.judgeRights(ctx, a) {
			return
		}
	}
	if rights != nil {
		x.wrong(fmt.Sprintf("%v: %v", a, rights), x.sets(a, "write", writeRights)...)
		return
	}
	text := fmt.Sprintf("%v may do what goagi async does", a)
	if !x.ours(ctx, a) {
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
		switch {
		case len(less) > 0:
			x.wrong(fmt.Sprintf("%v has no right to %s %s, which goagi async needs", a, key, strings.Join(less, ", ")), x.sets(a, key, right)...)
			bad = true
		case len(more) > 0:
			x.warn(fmt.Sprintf("%v has rights to %s that goagi async does not need: %s", a, key, strings.Join(more, ", ")), x.sets(a, key, right)...)
			bad = true
		}
	}
	return bad
}

// head and section are the addresses by which sed finds the first line of a section,
// and all of it up to the next one's.
func head(name string) string    { return `/^\[` + pattern(name) + `\]/` }
func section(name string) string { return head(name) + `,/^\[/` }

func (x *exam) managerConf() string { return filepath.Join(x.etc(), "manager.conf") }

// sets gives the commands that set one key of a user in manager.conf.
func (x *exam) sets(a ami.Account, key, value string) []string {
	return []string{
		command("sed", "-i", "-e", section(a.User)+"{/^[[:space:]]*"+key+"[[:space:]]*=/d}", "-e", head(a.User)+"a "+key+" = "+value, x.managerConf()),
		x.asks("manager reload"),
	}
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
			x.wrong("Asterisk's manager interface is switched off: "+text,
				command("sed", "-i", "-e", section("general")+`{/^[[:space:]]*enabled[[:space:]]*=/d}`, "-e", head("general")+"a enabled = yes", x.managerConf()),
				x.asks("manager reload"))
			return
		}
		at := field(settings, "TCP Bindaddress")
		_, port := splitPort(a.Addr, "")
		if host, listens := splitPort(at, ""); listens == port && (isLoopback(host) || host == "0.0.0.0" || host == "::") {
			// Asterisk 16 does not listen again where it was switched off and on (tcptls.c: ast_tcptls_server_start).
			x.wrong(fmt.Sprintf("%s; Asterisk says that it listens on %s, and does not", text, at), x.asks("core restart gracefully"))
			return
		}
		text += "; it listens on " + at + ": have it listen here, or set ami to that"
		x.wrong(text, command("sed", "-i", "-e", section("general")+`{/^[[:space:]]*\(port\|bindaddr\)[[:space:]]*=/d}`,
			"-e", head("general")+"a bindaddr = 127.0.0.1", "-e", head("general")+"a port = "+port, x.managerConf()), x.asks("manager reload"))
		return
	}
	secret := x.Secret
	if secret == "" {
		secret = "SECRET" // which stands in a place that no command of ours shows
	}
	if out, _ := x.cli(ctx, "manager show user "+a.User); strings.Contains(out, "There is no manager") {
		x.wrong(fmt.Sprintf("Asterisk's manager interface has no user %s: %s", a.User, text),
			`printf '\n[%s]\nsecret = %s\nread = `+readRights+`\nwrite = `+writeRights+`\n' `+quote(a.User)+` "`+secret+`" >> `+quote(x.managerConf()),
			x.asks("manager reload"))
		return
	}
	x.wrong(fmt.Sprintf("%s: the secret in %s is another", text, x.managerConf()),
		"sed -i -e "+quote(section(a.User)+`{/^[[:space:]]*secret[[:space:]]*=/d}`)+" -e "+quote(head(a.User)+"a secret = ")+`"`+secret+`" `+quote(x.managerConf()),
		x.asks("manager reload"))
}

func hostAndPort(addr string) []string {
	host, port := splitPort(addr, "5038")
	return []string{quote(host), quote(port)}
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
