package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// patience is how long one call may last before its program is killed.
const patience = 10 * time.Second

// program is one row of the table.
type program struct {
	name string
	argv []string // argv[0] is the path
}

// call is what one call cost.
type call struct {
	first    time.Duration // from just before the fork to the first command's last byte
	whole    time.Duration // ... to the process's end
	cpu      time.Duration // user and system time of the process
	commands int           // commands beyond the dialog count too
}

// asterisk holds what every program is given.
type asterisk struct {
	env    []string // the process's environment
	stderr uintptr  // its fd 2; nothing else is inherited
}

// call runs p once and holds the dialog with it. If look is not nil it is called with the process's id when the last
// command of the dialog has come and is not answered yet; the times of such a call mean nothing. call blocks until the
// process has ended, at most for patience.
func (a asterisk) call(p program, look func(pid int) error) (c call, err error) {
	var in, out [2]int // in: its fd 0, out: its fd 1
	if err := syscall.Pipe2(in[:], syscall.O_CLOEXEC); err != nil {
		return c, fmt.Errorf("pipe: %w", err)
	}
	if err := syscall.Pipe2(out[:], syscall.O_CLOEXEC); err != nil {
		syscall.Close(in[0])
		syscall.Close(in[1])
		return c, fmt.Errorf("pipe: %w", err)
	}
	argv := append([]string{filepath.Base(p.argv[0])}, p.argv[1:]...)
	attr := &syscall.ProcAttr{Env: a.env, Files: []uintptr{uintptr(in[0]), uintptr(out[1]), a.stderr}}

	start := time.Now()
	pid, err := syscall.ForkExec(p.argv[0], argv, attr)
	syscall.Close(in[0])
	syscall.Close(out[1])
	if err != nil {
		syscall.Close(in[1])
		syscall.Close(out[0])
		return c, fmt.Errorf("start %s: %w", p.argv[0], err)
	}
	kill := time.AfterFunc(patience, func() { syscall.Kill(pid, syscall.SIGKILL) })
	err = c.hold(start, out[0], in[1], func() error {
		if look == nil {
			return nil
		}
		return look(pid)
	})
	syscall.Close(out[0])
	syscall.Close(in[1])
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		_, e := syscall.Wait4(pid, &status, 0, &usage)
		if e == nil {
			break
		}
		if e != syscall.EINTR {
			return c, fmt.Errorf("wait for %s: %w", p.name, e)
		}
	}
	c.whole = time.Since(start)
	c.cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	switch {
	case !kill.Stop():
		return c, fmt.Errorf("%s did not end within %v", p.name, patience)
	case err != nil:
		return c, fmt.Errorf("%s: %w (%s)", p.name, err, ended(status))
	case status != 0:
		return c, fmt.Errorf("%s: %s", p.name, ended(status))
	case c.commands < len(dialog):
		return c, fmt.Errorf("%s ended after %d commands of %d", p.name, c.commands, len(dialog))
	}
	return c, nil
}

// hold sends the environment block to fd to, answers the commands that come from fd from, and returns at the end of
// file. atLast runs before the dialog's last command is answered.
func (c *call) hold(start time.Time, from, to int, atLast func() error) error {
	for _, line := range environment {
		if err := send(to, line); err != nil {
			return err
		}
	}
	buf := make([]byte, 0, 4096)
	for {
		n, err := syscall.Read(from, buf[len(buf):cap(buf)])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if n == 0 {
			if len(buf) > 0 {
				return fmt.Errorf("it left the unfinished line %q", buf)
			}
			return nil
		}
		buf = buf[:len(buf)+n]
		for {
			line, rest, ok := bytes.Cut(buf, []byte("\n"))
			if !ok {
				break
			}
			if c.commands == 0 {
				c.first = time.Since(start)
			}
			reply, err := answer(c.commands, string(line))
			if err != nil {
				return err
			}
			c.commands++
			if c.commands == len(dialog) {
				if err := atLast(); err != nil {
					return err
				}
			}
			if err := send(to, reply); err != nil {
				return err
			}
			buf = append(buf[:0], rest...)
		}
		if len(buf) == cap(buf) {
			return errors.New("it sent a line without an end")
		}
	}
}

// send writes one line in one write, as res_agi.c: ast_agi_send does. A program that has gone already is no error: it
// may leave without reading the last reply.
func send(fd int, line string) error {
	_, err := syscall.Write(fd, []byte(line+"\n"))
	if err != nil && err != syscall.EPIPE {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func ended(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "it was killed by " + status.Signal().String()
	}
	return fmt.Sprintf("its exit code is %d", status.ExitStatus())
}

// null opens /dev/null, which is fd 2 of what a production Asterisk starts.
func null() (*os.File, error) { return os.OpenFile(os.DevNull, os.O_WRONLY, 0) }
