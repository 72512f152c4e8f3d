package pbx

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// hub is the FastAGI server of a test binary: each connection goes to whoever
// expects its path.
type hub struct {
	addr     string
	listener net.Listener

	mu      sync.Mutex
	waiting map[string]chan *Conn
	done    sync.WaitGroup
}

func newHub() (*hub, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &hub{addr: l.Addr().String(), listener: l, waiting: make(map[string]chan *Conn)}
	h.done.Add(1)
	go h.serve() // ends with close
	return h, nil
}

func (h *hub) close() {
	h.listener.Close()
	h.done.Wait()
}

// expect gives the channel on which connections with that path will come.
func (h *hub) expect(path string) chan *Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting[path] == nil {
		h.waiting[path] = make(chan *Conn, 4)
	}
	return h.waiting[path]
}

func (h *hub) serve() {
	defer h.done.Done()
	for {
		conn, err := h.listener.Accept()
		if err != nil {
			return
		}
		h.done.Add(1)
		go h.greet(conn)
	}
}

// greet reads the environment block and hands the connection over.
func (h *hub) greet(conn net.Conn) {
	defer h.done.Done()
	c := &Conn{conn: conn, in: bufio.NewReader(conn)}
	if err := c.readEnv(); err != nil {
		conn.Close()
		return
	}
	path, _, _ := strings.Cut(c.Get("network_script"), "?")
	select {
	case h.expect(path) <- c:
	default: // nobody wants so many
		conn.Close()
	}
}

// Conn is one FastAGI session, seen from the server's side: the raw dialog.
// One goroutine uses it.
type Conn struct {
	Env [][2]string // names without agi_, in the order they came

	conn net.Conn
	in   *bufio.Reader
}

func (c *Conn) readEnv() error {
	for {
		line, err := c.ReadLine(deadline)
		if err != nil {
			return err
		}
		if line == "" {
			return nil
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			name, value = line, ""
		}
		c.Env = append(c.Env, [2]string{strings.TrimPrefix(name, "agi_"), value})
	}
}

// Get gives the first value of a name in the environment block, such as
// "uniqueid"; empty when it has none.
func (c *Conn) Get(name string) string {
	for _, e := range c.Env {
		if e[0] == name {
			return e[1]
		}
	}
	return ""
}

// Block gives the environment block again, with its empty line.
func (c *Conn) Block() string {
	var b strings.Builder
	for _, e := range c.Env {
		b.WriteString("agi_" + e[0] + ": " + e[1] + "\n")
	}
	return b.String() + "\n"
}

// Send writes the bytes as they are, in one write.
func (c *Conn) Send(line []byte) error {
	c.conn.SetWriteDeadline(time.Now().Add(deadline))
	_, err := c.conn.Write(line)
	return err
}

// ReadLine gives the next line without its newline, io.EOF when Asterisk has
// closed, os.ErrDeadlineExceeded after the timeout.
func (c *Conn) ReadLine(timeout time.Duration) (string, error) {
	c.conn.SetReadDeadline(time.Now().Add(timeout))
	line, err := c.in.ReadString('\n')
	if err == io.EOF && line != "" {
		err = io.ErrUnexpectedEOF
	}
	return strings.TrimSuffix(line, "\n"), err
}

// Read and Write make a Conn the dialog of a client under test. A Read waits as
// long as Asterisk takes.
func (c *Conn) Read(p []byte) (int, error) {
	c.conn.SetReadDeadline(time.Time{})
	return c.in.Read(p)
}

// Write is Send by another name.
func (c *Conn) Write(p []byte) (int, error) {
	if err := c.Send(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Command sends a line and gives the one line of its reply. Lines HANGUP in
// front of it are passed over.
func (c *Conn) Command(line string) (string, error) {
	if strings.ContainsAny(line, "\n\x00") {
		return "", fmt.Errorf("%q is not one line", line)
	}
	if err := c.Send([]byte(line + "\n")); err != nil {
		return "", err
	}
	for {
		reply, err := c.ReadLine(2 * deadline)
		if err != nil || reply != "HANGUP" {
			return reply, err
		}
	}
}

// Variable reads a channel variable exactly, whatever bytes it holds.
func (c *Conn) Variable(name string) (string, error) {
	const mark = "end-of-value"
	text, err := c.Command("GET VARIABLE " + Quote(name))
	if err != nil || text == "200 result=0" {
		return "", err
	}
	// A value may hold newlines and is not escaped: all up to the echo of
	// the next command is the value.
	if err := c.Send([]byte("GET FULL VARIABLE " + mark + "\n")); err != nil {
		return "", err
	}
	const end = "\n200 result=1 (" + mark + ")"
	for !strings.HasSuffix(text, end) {
		line, err := c.ReadLine(deadline)
		if err != nil {
			return "", err
		}
		text += "\n" + line
	}
	value, ok := strings.CutPrefix(strings.TrimSuffix(text, end), "200 result=1 (")
	if !ok || !strings.HasSuffix(value, ")") {
		return "", errors.New("GET VARIABLE: " + text)
	}
	return value[:len(value)-1], nil
}

// End ends the session as a polite server does: it half-closes, reads what is
// still on its way until Asterisk has closed too, and closes.
func (c *Conn) End() error {
	defer c.Close()
	if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	c.conn.SetReadDeadline(time.Now().Add(2 * deadline))
	_, err := io.Copy(io.Discard, c.in)
	return err
}

// Close breaks the session off.
func (c *Conn) Close() error { return c.conn.Close() }

// Quote writes one argument of an AGI command.
func Quote(arg string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(arg) + `"`
}
