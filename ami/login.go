package ami

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// greeting is what the first line begins with; the version follows.
const greeting = "Asterisk Call Manager/"

// login reads the greeting and logs in, before anything else reads. A deadline on
// the connection ends it.
func (c *Conn) login(in *reader) error {
	line, err := in.line()
	if err != nil {
		return fmt.Errorf("waiting for the greeting: %w", unexpected(err))
	}
	version, ok := strings.CutPrefix(line, greeting)
	if !ok {
		return fmt.Errorf("%w: it says %.60q", ErrProtocol, c.account.masked(line))
	}
	c.version = version
	login := Action("Login", "Username", c.account.User)
	if c.account.Plain {
		login = append(login, Header{Name: "Secret", Value: c.account.Secret})
	} else {
		response, err := c.ask(in, Action("Challenge", "AuthType", "MD5"))
		if err != nil {
			return err
		}
		// What the protocol asks for; see manager.c: authenticate.
		sum := md5.Sum([]byte(response.Get("Challenge") + c.account.Secret))
		login = append(login, Header{Name: "AuthType", Value: "MD5"}, Header{Name: "Key", Value: hex.EncodeToString(sum[:])})
	}
	if c.account.Events != "" {
		login = append(login, Header{Name: "Events", Value: c.account.Events})
	}
	_, err = c.ask(in, login)
	return err
}

// ask sends an action and reads its response. Events before it are kept.
func (c *Conn) ask(in *reader, action Message) (Message, error) {
	name := action.Get("Action")
	text, err := withID(action, c.nonce+name).append(nil)
	if err == nil {
		_, err = c.wire.Write(text)
	}
	for err == nil {
		var m Message
		m, err = in.message()
		switch {
		case err != nil:
			err = unexpected(err)
		case m.Event() != "":
			if !c.events.add(m) {
				err = ErrBehind
			}
		case m.Get("Response") == "":
			err = fmt.Errorf("%w: it sent %.60q", ErrProtocol, c.account.masked(m[0].Name))
		case !strings.EqualFold(m.Get("Response"), "Success"):
			err = fmt.Errorf("%w: %s", ErrLogin, c.account.masked(m.Get("Message")))
		default:
			return m, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", name, err)
}

// unexpected makes the end of file an error of its own.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
