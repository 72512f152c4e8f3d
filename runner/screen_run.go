package runner

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	pictureEvery = 100 * time.Millisecond // while anything moves
	lookEvery    = time.Second            // at the script's file
)

// tryOnScreen places the call, and shows it as a telephone. It comes back when
// the person leaves, and the exit code is that of the last call.
func tryOnScreen(asked *tryAsked) int {
	_, colourless := os.LookupEnv("NO_COLOR")
	p := newPhone(asked, !colourless || os.Getenv("NO_COLOR") == "")
	if asked.set.trace == "stderr" { // the screen has a pane for that
		asked.set.trace, p.pane = "", wirePane
	}
	shells := stderr
	p.shells, stderr = shells, p
	logger, err := openTryLog(asked.set)
	var first *attempt
	if err == nil {
		asked.logger = logger
		first, err = asked.place(p.hear)
	}
	if err != nil {
		stderr = shells
		return fail(err)
	}
	p.connect(first)
	drawn := newPicture(p)
	code := p.run(first)
	drawn.close()
	stderr = shells
	p.tell()
	return code
}

// tell leaves the call in the terminal, once that is the shell's again, in plain
// lines.
func (p *phone) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = os.Stdout.Write(p.plain.Bytes())
	_, _ = p.shells.Write(p.said.Bytes())
}

// connect puts a call on the screen, and tells it where to say what happens.
func (p *phone) connect(a *attempt) {
	recorded := a.caller.Wire
	a.caller.Plays = p.plays
	a.caller.Wire = func(mark byte, line string) {
		if recorded != nil {
			recorded(mark, line)
		}
		p.wire(mark, line)
	}
	p.dial(a)
}

// run runs calls until the person leaves.
func (p *phone) run(a *attempt) (code int) {
	go p.listen(os.Stdin) // its read ends with the process
	for {
		// Keys that are typed are pressed when they are typed.
		a.caller.Patient = p.asked.keys != ""
		a.caller.Press(p.asked.keys)
		o := a.run()
		p.end(o)
		code = a.finish(o)
		if !p.another() {
			return code
		}
		next, err := p.asked.place(p.hear)
		if err != nil {
			return fail(err)
		}
		a = next
		p.connect(a)
	}
}

// another waits, after a call, until the person wants one more or leaves.
func (p *phone) another() bool {
	for {
		p.mu.Lock()
		leaving, again := p.leaving, p.again
		p.mu.Unlock()
		if leaving || again {
			return !leaving
		}
		<-p.decided
	}
}

// decide ends the call for what comes after it.
func (p *phone) decide(leave bool) {
	p.leaving = p.leaving || leave
	p.again = !leave
	p.attempt.caller.Hangup()
	select {
	case p.decided <- struct{}{}:
	default:
	}
}

// listen takes what is typed, until the terminal goes.
func (p *phone) listen(tty *os.File) {
	buffer := make([]byte, 256)
	for {
		n, err := tty.Read(buffer)
		p.typed(string(buffer[:n]))
		if err != nil {
			p.mu.Lock()
			p.decide(true)
			p.mu.Unlock()
			return
		}
	}
}

// typed does what the keys of one read are for.
func (p *phone) typed(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed()
	for text != "" {
		var key string
		if key, text = nextKey(text); len(key) == 1 {
			p.key(key)
			continue
		}
		switch key {
		case "\x1b[A", "\x1bOA":
			p.back++
		case "\x1b[B", "\x1bOB":
			p.back--
		case "\x1b[5~":
			p.back += 10
		case "\x1b[6~":
			p.back -= 10
		}
	}
}

// nextKey parts the first key from what was typed: a byte, or what a terminal
// sends for a key that has no character.
func nextKey(text string) (key, rest string) {
	if len(text) < 3 || text[0] != 0x1b || text[1] != '[' && text[1] != 'O' {
		return text[:1], text[1:]
	}
	for i := 2; i < len(text); i++ {
		if text[i] >= 0x40 && text[i] <= 0x7e {
			return text[:i+1], text[i+1:]
		}
	}
	return text, ""
}

func (p *phone) key(key string) {
	caller := p.attempt.caller
	switch key {
	case "h":
		caller.Hangup()
	case "q", "\x04":
		p.decide(true)
	case "r":
		p.decide(false)
	case " ":
		caller.Skip()
	case "v", "w", "?":
		if wanted := pane(key[0]); p.pane != wanted {
			p.pane = wanted
		} else {
			p.pane = noPane
		}
	case "\x1b":
		p.pane, p.back = noPane, 0
	default:
		if strings.Contains("0123456789*#ABCDabcd", key) && !p.over {
			p.back = 0
			caller.Press(key)
		}
	}
}

// picture draws the phone, in a goroutine of its own, which also is the one that
// hears signals: who draws may also clear the screen.
type picture struct {
	p     *phone
	term  terminal
	shown []string
	stop  chan struct{}
	done  chan struct{}
}

func newPicture(p *phone) *picture {
	d := &picture{p: p, stop: make(chan struct{}), done: make(chan struct{})}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGWINCH, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGCONT)
	d.term.take()
	go func() {
		defer close(d.done)
		defer signal.Stop(signals)
		defer d.term.close()
		d.draw(signals)
	}()
	return d
}

// close gives the terminal back. It waits until that is done.
func (d *picture) close() {
	close(d.stop)
	<-d.done
}

func (d *picture) draw(signals <-chan os.Signal) {
	ticker := time.NewTicker(pictureEvery)
	defer ticker.Stop()
	looked := time.Now()
	for {
		d.show()
		select {
		case <-d.p.bell:
		case <-ticker.C:
			if time.Since(looked) >= lookEvery {
				looked = time.Now()
				d.p.look()
			}
		case s := <-signals:
			d.signal(s)
		case <-d.stop:
			return
		}
	}
}

// show writes the lines that are not what they were.
func (d *picture) show() {
	width, height := d.term.size()
	screen := d.p.view(width, height, time.Now())
	var b strings.Builder
	for i, text := range screen {
		if i >= len(d.shown) || d.shown[i] != text {
			b.WriteString("\x1b[" + strconv.Itoa(i+1) + ";1H\x1b[2K" + text)
		}
	}
	d.shown = screen
	if b.Len() > 0 {
		d.term.write(b.String())
	}
}

func (d *picture) signal(s os.Signal) {
	p := d.p
	switch s {
	case unix.SIGWINCH:
		d.clear()
	case os.Interrupt:
		p.mu.Lock()
		second := p.leaving && !p.over
		p.decide(true)
		p.mu.Unlock()
		if second {
			d.term.close()
			p.tell() // as far as it came
			d.term.die(syscall.SIGINT)
		}
		p.changed()
	case syscall.SIGTERM, syscall.SIGHUP:
		p.mu.Lock()
		p.decide(true)
		p.attempt.stop()
		p.mu.Unlock()
	case syscall.SIGQUIT:
		d.term.die(syscall.SIGQUIT)
	case syscall.SIGTSTP:
		d.term.stop()
	case syscall.SIGCONT:
		d.term.again()
		d.clear()
	}
}

// clear has all be drawn anew.
func (d *picture) clear() {
	d.shown = nil
	d.term.write("\x1b[2J")
}

// look looks whether the script has been edited.
func (p *phone) look() {
	now := version(p.asked.script.path)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.edited = !now.IsZero() && now != p.version
}

// version is when a file was last written, zero where it is not there.
func version(path string) time.Time {
	if info, err := os.Stat(path); err == nil {
		return info.ModTime()
	}
	return time.Time{}
}
