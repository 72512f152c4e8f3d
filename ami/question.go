package ami

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"goagi/agi"
)

// Asterisk writes what a caller chose, a number or the data of an application, into
// its messages as it is, line ends and all (main/manager_channels.c:
// ast_manager_build_channel_state_string_prefix escapes names alone). So a caller
// can write messages of his own between those of Asterisk, and no way of reading
// tells one from the other. What decides over calls is therefore asked for, over a
// second connection that gets no events: there only the answers count that bear the
// ActionID of a question, which nobody else knows, and what is not a plain answer
// is none. Events say when to ask.
//
//	Conn        events ─────────────▶ "a call came", "it is over", "it has a new name"
//	              actions AGI, Ping                 │
//	Conn.side   Status, Getvar, ... ◀── is that so? ┘

// aside gives the connection for questions: its own one, where it has one.
func (c *Conn) aside() *Conn {
	if c.side != nil {
		return c.side
	}
	return c
}

// open gives the connection its own one for questions. Where one ends, both do.
func (c *Conn) open(ctx context.Context) error {
	account := c.account
	account.Events = "off"
	side, err := Dial(ctx, account)
	if err != nil {
		return fmt.Errorf("a second connection, for questions: %w", err)
	}
	c.side = side
	c.running.Go(func() {
		select {
		case <-side.Done():
			c.fail(side.Err())
		case <-c.Done():
		}
		side.Close()
	})
	return nil
}

// errOdd: an answer has text in it that was written to look like more of it.
var errOdd = errors.New("the answer holds line ends, which it cannot")

// plain reports whether each header of an answer is there once and has a name:
// what a caller adds to one repeats what comes behind it.
func (m Message) plain() bool {
	for i, h := range m {
		if strings.EqualFold(h.Name, "ChanVariable") { // one for each of manager.conf's channelvars
			continue
		}
		if h.Name == "" || slices.ContainsFunc(m[:i], func(other Header) bool { return strings.EqualFold(other.Name, h.Name) }) {
			return false
		}
	}
	return true
}

// status asks what the channel of a name does at this moment. errOdd where that
// cannot be told.
func (c *Conn) status(channel string) (Message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.account.timeout())
	defer cancel()
	list, err := c.aside().List(ctx, Action("Status", "Channel", channel))
	switch {
	case err != nil:
		return nil, err
	case len(list) != 1 || !list[0].plain():
		return nil, errOdd
	}
	return list[0], nil
}

// isGone reports whether an error of status says that there is no such channel, and
// not that nobody may ask.
func isGone(err error) bool {
	refused, is := errors.AsType[*ActionError](err)
	return is && strings.Contains(strings.ToLower(refused.Message), "no such channel")
}

// confirm asks whether a channel is where the event of its start says, before a
// script is run for it. Where the answer is no plain one the call goes on, and its
// environment is read by commands, whose results nobody can forge.
func (c *Call) confirm() bool {
	for {
		channel := c.Channel()
		now, err := c.conn.status(channel)
		switch {
		case isGone(err), err == nil && now.Get("Uniqueid") != c.Uniqueid():
			if c.endsWithin(endComes) || c.Channel() == channel {
				return false
			} // else it has been renamed
		case err != nil:
			return true
		default:
			c.seen = now
			return inAsync(now.Get("Data"))
		}
	}
}

// confirms reports whether Asterisk, when it was asked, said of the call what its
// environment says.
func (c *Call) confirms(env *agi.Env) bool {
	if c.seen == nil {
		return false
	}
	for _, pair := range [...]struct{ header, line string }{
		{"Channel", "channel"}, {"Uniqueid", "uniqueid"}, {"Language", "language"}, {"AccountCode", "accountcode"},
		{"CallerIDNum", "callerid"}, {"CallerIDName", "calleridname"}, {"DNID", "dnid"},
		{"Context", "context"}, {"Exten", "extension"}, {"Priority", "priority"},
	} {
		said, has := c.seen.Lookup(pair.header)
		line, ok := env.Lookup(pair.line)
		if has && ok && nameOf(line) != nameOf(said) && nameOf(line) != nameOf(unescape(said)) {
			return false
		}
	}
	words := arguments(c.seen.Get("Data"))
	return slices.Equal(words[1:], env.Args())
}

// nameOf gives a value without the words for one that is not there.
func nameOf(value string) string {
	if value == "unknown" || value == "<unknown>" {
		return ""
	}
	return value
}

// unescape undoes main/utils.c: ast_escape_c.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if n := strings.IndexByte("abfnrtv", text[i]); n >= 0 {
			b.WriteByte("\a\b\f\n\r\t\v"[n])
		} else {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
