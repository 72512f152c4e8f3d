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
	_, err := m.ask(action, headers...)
	return err
}

// ask is do, and gives the headers of the response and, where it announces a list,
// of all messages up to the list's end.
func (m *manager) ask(action string, headers ...string) ([][2]string, error) {
	text := "Action: " + action + "\r\n"
	for i := 0; i < len(headers); i += 2 {
		line := headers[i] + ": " + headers[i+1]
		if strings.ContainsAny(line, "\r\n") || len(line) > 1000 {
			return nil, fmt.Errorf("%s: %s cannot go into one header", action, headers[i])
		}
		text += line + "\r\n"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn.SetDeadline(time.Now().Add(deadline))
	if _, err := m.conn.Write([]byte(text + "\r\n")); err != nil {
		return nil, err
	}
	var all [][2]string
	for list := false; ; {
		reply, err := m.message()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", action, err)
		}
		switch response := header(reply, "Response"); {
		case response == "" && !list:
			continue // an event: FullyBooted comes unasked
		case response != "" && response != "Success":
			return nil, errors.New(action + ": " + header(reply, "Message"))
		}
		all = append(append(all, reply...), [2]string{}) // the blank line
		switch header(reply, "EventList") {
		case "start":
			list = true
		case "":
			if !list {
				return all, nil
			}
		default: // Complete
			return all, nil
		}
	}
}

// message reads one.
func (m *manager) message() ([][2]string, error) {
	var reply [][2]string
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
		reply = append(reply, [2]string{name, value})
	}
}

// header gives the first value of a name, "" where there is none.
func header(message [][2]string, name string) string {
	for _, h := range message {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}
