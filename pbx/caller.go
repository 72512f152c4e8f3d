package pbx

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// caller drives the caller's leg: one AGI command after the other, in the
// order they were asked for. In between it is on the line and quiet: it plays
// silence, which the next command cuts.
type caller struct {
	mute bool // no audio at all in between
	come chan *Conn
	here chan struct{} // closed when the caller is on the line
	jobs chan job
	quit chan struct{}
	done chan struct{} // closed when the goroutine has ended
	once sync.Once
}

type job struct {
	line  string
	reply chan<- answer // nil when nobody waits
}

type answer struct {
	line string
	err  error
}

// newCaller starts the goroutine that close stops.
func newCaller(come chan *Conn, mute bool) *caller {
	c := &caller{
		mute: mute, come: come, here: make(chan struct{}), jobs: make(chan job, 64),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	go c.run()
	return c
}

func (c *caller) run() {
	defer close(c.done)
	var conn *Conn
	select {
	case conn = <-c.come:
	case <-c.quit:
		return
	}
	close(c.here)
	go func() { // ends with close
		<-c.quit
		conn.Close()
	}()
	for turn := 0; ; turn++ {
		if !c.mute {
			conn.Send([]byte("STREAM FILE " + quiet + ` ""` + "\n"))
		}
		select {
		case <-c.quit:
			return
		case j := <-c.jobs:
			var a answer
			if a.err = c.listen(conn, turn); a.err == nil {
				a.line, a.err = conn.Command(j.line)
			}
			if j.reply != nil {
				j.reply <- a
			}
		}
	}
}

// listen ends the silence. Cut, it prints no line, but it may have ended by
// itself just now, so all up to an echo is passed over. A command that comes
// before Asterisk has read the one in front of it sits in a buffer and cuts
// nothing, until more bytes come.
func (c *caller) listen(conn *Conn, turn int) error {
	if c.mute {
		return nil
	}
	for try := range 100 {
		mark := fmt.Sprintf("turn-%d-%d", turn, try)
		if err := conn.Send([]byte("GET FULL VARIABLE " + mark + "\n")); err != nil {
			return err
		}
		for {
			line, err := conn.ReadLine(50 * time.Millisecond)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if err != nil || strings.HasSuffix(line, "("+mark+")") {
				return err
			}
		}
	}
	return errors.New("the caller's leg does not answer")
}

func (c *caller) wait() error {
	select {
	case <-c.here:
		return nil
	case <-time.After(deadline):
		return errors.New("the caller's leg did not come up")
	}
}

func (c *caller) close() {
	c.once.Do(func() { close(c.quit) })
	<-c.done
}

func (c *caller) queue(line string, reply chan<- answer) error {
	select {
	case <-c.done:
		return errors.New("the call is closed")
	case c.jobs <- job{line, reply}:
		return nil
	}
}

// Do makes the caller's leg run one AGI command, after those asked for before
// it, and gives its reply.
func (c *Call) Do(line string) (string, error) {
	reply := make(chan answer, 1)
	if err := c.far.queue(line, reply); err != nil {
		return "", err
	}
	select {
	case a := <-reply:
		return a.line, a.err
	case <-c.far.done:
		return "", errors.New("the call is closed")
	}
}

// Talking reports whether the caller is on the line, who presses and talks: whether
// the call is answered.
func (c *Call) Talking() bool {
	select {
	case <-c.far.here:
		return true
	default:
		return false
	}
}

// Press makes the caller press keys, 100 ms each and 100 ms apart, and returns
// at once. A w in keys is a pause of half a second.
func (c *Call) Press(keys string) error {
	return c.far.queue("EXEC SendDTMF "+Quote(keys+",100,100"), nil)
}

// Pause makes the caller do nothing for a while before what is asked next, and
// returns at once.
func (c *Call) Pause(d time.Duration) error {
	return c.far.queue(fmt.Sprintf("EXEC Wait %.3f", d.Seconds()), nil)
}

// Play makes the caller's voice be a sound file, without its ending, and
// returns at once.
func (c *Call) Play(file string) error {
	if strings.ContainsAny(file, "\n") {
		return fmt.Errorf("%q is not one line", file)
	}
	return c.far.queue("STREAM FILE "+Quote(file)+` ""`, nil)
}
