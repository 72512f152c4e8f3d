package runner

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"goagi/agi"
	"goagi/ami"
	"goagi/call"
	"goagi/fastagi"
	"goagi/redis"
)

// managing is what the settings say that only goagi async wants.
type managing struct {
	accounts []ami.Account
	named    []string // the accounts as the settings have them
	secret   string   // of accounts that name none
	file     string   // the file that it stands in, "" for none
	secure   bool     // TLS
	ca       string
	roots    *x509.CertPool // what ca holds
	plain    bool
	release  bool // calls that wait already go on in the dialplan
	claim    string
}

// asyncSettings are the rows of the table that only goagi async has.
var asyncSettings = [...]setting{
	{"ami", "USER@HOST:PORT,...", "", "async: Asterisks whose manager interface is connected to; USER:SECRET@... in GOAGI_AMI or the settings file only", func(s *settings, v string) error {
		s.managing.accounts, s.managing.named = nil, list(v)
		for _, text := range s.managing.named {
			account, err := amiAccount(text)
			if err != nil {
				return err
			}
			s.managing.accounts = append(s.managing.accounts, account)
		}
		return nil
	}},
	{"ami-secret-file", "FILE", "", "async: file with the secret of accounts that name none (else GOAGI_AMI_SECRET)", func(s *settings, v string) error {
		text, err := os.ReadFile(v)
		if err != nil {
			return err
		}
		s.managing.secret, s.managing.file = strings.TrimSpace(string(text)), v
		if strings.ContainsAny(s.managing.secret, "\r\n") {
			return errors.New("the file holds more than one line, and a secret is one")
		}
		return nil
	}},
	{"ami-tls", "[=BOOL]", "true", "async: encrypt the connections (port 5039 is usual)", func(s *settings, v string) error {
		return setTruth(&s.managing.secure, v)
	}},
	{"ami-ca", "FILE", "", "async: certificates that Asterisk's must be signed by (those of the system)", func(s *settings, v string) error {
		s.managing.ca = v
		return nil
	}},
	{"ami-plain", "[=BOOL]", "true", "async: log in with the secret itself, not with the MD5 of a challenge", func(s *settings, v string) error {
		return setTruth(&s.managing.plain, v)
	}},
	{"waiting", "WHAT", "", "async: serve or release calls that wait in Async AGI when a connection comes up (serve)", func(s *settings, v string) error {
		if v != "serve" && v != "release" {
			return fmt.Errorf("%q is neither serve nor release", v)
		}
		s.managing.release = v == "release"
		return nil
	}},
	{"claim", "URL", "", "async: Redis that parts the calls of one Asterisk among several workers; with a password in GOAGI_CLAIM or the settings file only", func(s *settings, v string) error {
		options, err := redis.Parse(v)
		if err == nil && options.Network == "tcp" {
			if _, port, _ := net.SplitHostPort(options.Address); !isPort(port) {
				err = redis.ErrURL
			}
		}
		s.managing.claim = v
		return err
	}},
}

// setTruth reads a setting that is true or false.
func setTruth(to *bool, text string) (err error) {
	if *to, err = strconv.ParseBool(text); err != nil {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	return nil
}

// errAccount does not hold the text, which may be a secret.
var errAccount = errors.New("an account is USER@HOST:PORT or USER:SECRET@HOST:PORT; a secret with a comma in it goes into GOAGI_AMI_SECRET or --ami-secret-file")

// isPort reports whether something can listen on a port of that number.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// amiAccount reads user:secret@host:port; the secret and the port may be left out.
func amiAccount(text string) (ami.Account, error) {
	at := strings.LastIndexByte(text, '@') // a secret may have one
	if at < 1 || at == len(text)-1 {
		return ami.Account{}, errAccount
	}
	user, secret, _ := strings.Cut(text[:at], ":")
	addr := text[at+1:]
	if _, port, err := net.SplitHostPort(addr); err != nil {
		addr = net.JoinHostPort(strings.Trim(addr, "[]"), "5038")
	} else if !isPort(port) {
		return ami.Account{}, errAccount // as in USER@NAME:SECRET, where the host was forgotten
	}
	if strings.ContainsAny(addr, " \t/") {
		return ami.Account{}, errAccount
	}
	return ami.Account{Addr: addr, User: user, Secret: secret}, nil
}

// runAsync is goagi async: the same scripts over Asterisk's manager interface.
func runAsync(args []string) int {
	set, words, err := readServe(args, "async")
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printCommand(os.Stdout, "async")
		return exitDone
	case err == nil && len(words) > 0:
		err = &usageError{"async takes no words: " + words[0], "the dialplan names the script, as in AGI(agi:async,hello.lua)"}
	case err == nil:
		err = set.managing.complete()
	}
	if err != nil {
		return fail(err)
	}
	s, err := newServer(set)
	if err != nil {
		return fail(err)
	}
	defer s.close()
	if file := set.managing.file; file != "" {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o007 != 0 {
			s.now.Load().log.Warn("every user of this machine may read the file of the secret", "file", file, "hint", "chmod 600 it, owned by the server's user")
		}
	}
	var claims *redisClaims
	if set.managing.claim != "" {
		if claims, err = openClaims(set.managing.claim); err == nil {
			defer claims.Close()
			err = claims.check(s.now.Load().log)
		}
		if err != nil {
			return fail(err)
		}
	}
	return s.run(set, args, s.overAMI(set, claims))
}

// complete gives the accounts what they lack, and says what nobody gave.
func (m *managing) complete() error {
	if passwordInClaim(os.Args) {
		return &usageError{"--claim with a password: every user of this machine sees it in the list of processes", "put the URL into GOAGI_CLAIM, or into claim = \"...\" of the settings file"}
	}
	if secretInArgs(os.Args) {
		return &usageError{"--ami with a secret: every user of this machine sees it in the list of processes", "put it into GOAGI_AMI, into ami = \"...\" of the settings file, or into a file: --ami-secret-file"}
	}
	if u, err := url.Parse(m.claim); err == nil && u.User != nil {
		if _, has := u.User.Password(); !has { // without the text: it may be a password that lacks its colon
			return &usageError{"--claim has a user without a password", "a password alone is redis://:PASSWORD@HOST, in GOAGI_CLAIM or the settings file; a user that has none is USER:@HOST"}
		}
	}
	if len(m.accounts) == 0 {
		return &usageError{"no Asterisk is named", "--ami USER@HOST:PORT, with the secret in GOAGI_AMI_SECRET; /etc/asterisk/manager.conf has the user: read = agi,call and write = agi,call,reporting"}
	}
	if m.secret == "" {
		m.secret = os.Getenv("GOAGI_AMI_SECRET")
	}
	var config *tls.Config
	if m.secure || m.ca != "" {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if m.ca != "" {
		pem, err := os.ReadFile(m.ca)
		if err != nil {
			return &usageError{"--ami-ca: " + err.Error(), ""}
		}
		m.roots = x509.NewCertPool()
		if !m.roots.AppendCertsFromPEM(pem) {
			return &usageError{"--ami-ca: " + m.ca + " holds no certificate", ""}
		}
		config.RootCAs = m.roots
	}
	for i := range m.accounts {
		a := &m.accounts[i]
		if a.Secret == "" {
			a.Secret = m.secret
		}
		if a.Secret == "" {
			return &usageError{"the account " + a.String() + " has no secret", "GOAGI_AMI_SECRET or --ami-secret-file names it"}
		}
		a.TLS, a.Plain = config, m.plain
	}
	return nil
}

// kept says which settings are what they were. Both are complete: of files it is
// what stands in them that counts.
func (m *managing) kept(last *managing) []kept {
	return []kept{
		{"ami", slices.Equal(m.named, last.named)},
		{"ami-secret-file", m.secret == last.secret},
		{"ami-tls", m.secure == last.secure},
		{"ami-ca", m.roots.Equal(last.roots)},
		{"ami-plain", m.plain == last.plain},
		{"waiting", m.release == last.release},
		{"claim", m.claim == last.claim},
	}
}

// secretInArgs reports whether a secret stands in a command line.
func secretInArgs(args []string) bool {
	return inArgs(args, "--ami", func(value string) bool {
		return slices.ContainsFunc(list(value), func(text string) bool {
			account, err := amiAccount(text)
			return err == nil && account.Secret != ""
		})
	})
}

// inArgs reports whether a flag of a command line has a value that is so.
func inArgs(args []string, flag string, is func(value string) bool) bool {
	for i, arg := range args {
		value, joined := strings.CutPrefix(arg, flag+"=")
		if arg == flag && i+1 < len(args) {
			value, joined = args[i+1], true
		}
		if joined && is(value) {
			return true
		}
	}
	return false
}

// overAMI takes calls from Asterisks that tell of them.
func (s *server) overAMI(set *settings, claims *redisClaims) front {
	log := s.now.Load().log
	var calls atomic.Int64
	most := int64(set.serving.maxCalls)
	if most == 0 {
		most = fastagi.DefaultMaxCalls
	}
	known := newAsterisks(set.managing.accounts, claims != nil)
	s.admin.asterisks, s.metrics.asterisks = known, known
	worker := &ami.Worker{
		Drain: set.serving.drain, Leave: 2*set.grace + 2*stuckInServer, Log: log,
		Connected: func(a ami.Account, up bool) {
			known.connected(a.String(), up)
			log.Info("manager interface", "asterisk", a.String(), "connected", up)
		},
		Handler: func(ctx context.Context, c *ami.Call) {
			defer calls.Add(-1)
			switch {
			case calls.Add(1) > most:
				s.refuse(ctx, c, refusal{"full", "too many in progress", "too many calls at once"})
			case s.memory.Over():
				s.refuse(ctx, c, refusal{"memory", "there is no room for it", "too much memory is held"})
			default:
				s.place(ctx, c, &request{loaded: s.now.Load(), transport: "async", label: "none"})
			}
		},
	}
	if set.managing.release {
		worker.Waiting = ami.ReleaseWaiting
	}
	if claims != nil {
		worker.Claims = leases{claims, known}
		worker.Room = func() bool { return calls.Load() < most && !s.memory.Over() }
	}
	return front{end: worker.End, serve: func(ctx context.Context) error {
		defer time.AfterFunc(startWait, func() { known.tell(true) }).Stop()
		return serveAll(ctx, set.managing.accounts, log, worker.Serve)
	}}
}

// refusal is why a call is refused: for the metrics and for the log in the words
// that goagi serve has for it, and for the dialplan.
type refusal struct{ reason, logged, told string }

// refuse lets a call go on in the dialplan, which finds why.
func (s *server) refuse(ctx context.Context, c *ami.Call, why refusal) {
	s.metrics.count("goagi_calls_refused_total", 1, "reason", why.reason)
	s.now.Load().log.Warn("a call was refused: "+why.logged, "call", c.Uniqueid(), "channel", c.Channel())
	if _, err := c.Env(ctx); err != nil {
		return
	}
	session := agi.NewSession(c)
	_ = session.SetVariable("GOAGI_STATUS", string(call.Failed))
	_ = session.SetVariable("GOAGI_ERROR", why.told)
}
