package pbx

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// manager is an AMI connection that asks for no events, so that every message
// that comes answers the last action.
type manager struct {
	mu   sync.Mutex
	conn net.Conn
	in   *bufio.Reader
}

func login(addr, user, pass string) (*manager, error) {
	conn, err := net.DialTimeout("tcp", addr, deadline)
	if err != nil {
		return nil, err
	}
	m := &manager{conn: conn, in: bufio.NewReader(conn)}
	conn.SetDeadline(time.Now().Add(deadline))
	if _, err = m.in.ReadString('\n'); err == nil { // its greeting
		err = m.do("Login", "Username", user, "Secret", pass, "Events", "off")
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return m, nil
}

func (m *manager) close() { m.conn.Close() }

// do sends an action with its headers, name and value in turn, and waits for
// the response. An Error response is an error with its message.
func (m *manager) do(action string, headers ...string) error {
	text := "Action: " + action + "\r\n"
	for i := 0; i < len(headers); i += 2 {
		line := headers[i] + ": " + headers[i+1]
		if strings.ContainsAny(line, "\r\n") || len(line) > 1000 {
			return fmt.Errorf("%s: %s cannot go into one header", action, headers[i])
		}
		text += line + "\r\n"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn.SetDeadline(time.Now().Add(deadline))
	if _, err := m.conn.Write([]byte(text + "\r\n")); err != nil {
		return err
	}
	for {
		reply, err := m.message()
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", action, err)
		case reply["Response"] == "":
			continue // an event: FullyBooted comes unasked
		case reply["Response"] != "Success":
			return errors.New(action + ": " + reply["Message"])
		}
		return nil
	}
}

func (m *manager) message() (map[string]string, error) {
	reply := make(map[string]string)
	for {
		line, err := m.in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return reply, nil
		}
		name, value, _ := strings.Cut(line, ": ")
		reply[name] = value
	}
}
