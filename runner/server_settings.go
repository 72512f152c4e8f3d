package runner

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"goagi/fastagi"
)

// serving is what the settings say that only servers want.
type serving struct {
	listen   []string
	byName   string // the script of a URL without a path
	maxCalls int
	drain    time.Duration
	allow    []netip.Prefix
	proxy    bool
	admin    string
}

// kept says whether a setting is what it was.
type kept struct {
	name string
	same bool
}

// restarts names the settings that are others than those the server runs with, and
// that hold from its next start on. Those of goagi async are told to that only.
func (s *settings) restarts(last *settings, async bool) (names []string) {
	rows := append(s.serving.kept(&last.serving), kept{"memory", s.memory(usualServerMemory) == last.memory(usualServerMemory)})
	if async {
		rows = append(rows, s.managing.kept(&last.managing)...)
	}
	for _, row := range rows {
		if !row.same {
			names = append(names, row.name)
		}
	}
	return names
}

// kept says which settings that hold from the start on are what they were.
func (s *serving) kept(last *serving) []kept {
	return []kept{
		{"listen", slices.Equal(s.listen, last.listen)},
		{"max-calls", s.maxCalls == last.maxCalls},
		{"drain", s.drain == last.drain},
		{"allow", slices.Equal(s.allow, last.allow)},
		{"proxy-protocol", s.proxy == last.proxy},
		{"admin", s.admin == last.admin},
	}
}

// serverSettings are the rows of the table that only servers have.
var serverSettings = [...]setting{
	{"listen", "ADDR,...", "", "serve: HOST:PORT, :PORT or unix:PATH to listen on (" + fastagi.DefaultAddr + ")", func(s *settings, v string) error {
		s.serving.listen = list(v)
		return nil
	}},
	{"default", "SCRIPT", "", "serve: the script of a URL that names none", func(s *settings, v string) error {
		s.serving.byName = v
		return nil
	}},
	{"max-calls", "N", "", "serve: so many calls at once, one more is refused (5000)", func(s *settings, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 1_000_000 {
			return fmt.Errorf("%q is no number of calls", v)
		}
		s.serving.maxCalls = n
		return nil
	}},
	{"drain", "SECONDS", "", "serve: so long calls may go on when the server is stopped (30)", func(s *settings, v string) (err error) {
		if s.serving.drain, err = seconds(v); err == nil && s.serving.drain == 0 {
			s.serving.drain = -1 // the server takes 0 for its default
		}
		return err
	}},
	{"allow", "CIDR,...", "", "serve: who may connect (loopback, private and link-local addresses)", func(s *settings, v string) error {
		s.serving.allow = nil
		for _, text := range list(v) {
			prefix, err := netip.ParsePrefix(text)
			if addr, single := netip.ParseAddr(text); single == nil {
				prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
			}
			if err != nil {
				return fmt.Errorf("%q is no address and no network such as 10.0.0.0/8", text)
			}
			s.serving.allow = append(s.serving.allow, prefix.Masked())
		}
		return nil
	}},
	{"proxy-protocol", "[=BOOL]", "1", "serve: each connection begins with a PROXY header, of HAProxy or stunnel", func(s *settings, v string) error {
		return setTruth(&s.serving.proxy, v)
	}},
	{"admin", "HOST:PORT", "", "serve: where /healthz, /readyz and /metrics are (nowhere)", func(s *settings, v string) error {
		s.serving.admin = v
		return nil
	}},
}

// list parts a list at its commas.
func list(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// readServe reads the settings of goagi serve or goagi async, and gives the words
// behind the flags. A flag that only the other has would do nothing, and is an
// error; in the environment and the settings file both may have theirs.
func readServe(args []string, command string) (*settings, []string, error) {
	set, words, err := readCommand(args, func(*settings, *pflag.FlagSet) {})
	if err == nil {
		err = set.lacks(command)
	}
	return set, words, err
}

// lacks says which flag was given that a server's command does not have.
func (s *settings) lacks(command string) error {
	other, names := "serve", []string{"listen", "allow", "proxy-protocol"}
	if command == "serve" {
		other, names = "async", nil
		for _, row := range asyncSettings {
			names = append(names, row.name)
		}
	}
	for _, name := range names {
		if _, given := s.given[name]; given {
			return &usageError{fmt.Sprintf("goagi %s has no --%s: that is goagi %s's", command, name, other), "goagi help " + command + " lists its own"}
		}
	}
	return nil
}
