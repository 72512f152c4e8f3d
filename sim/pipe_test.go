package sim_test

import (
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"goagi/sim"
)

func TestPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := sim.Pipe()
		io.WriteString(a, "hello")
		buf := make([]byte, 3)
		if n, err := b.Read(buf); n != 3 || err != nil || string(buf) != "hel" {
			t.Errorf("read %d %v %q", n, err, buf)
		}
		io.WriteString(a, " there")
		a.CloseWrite()
		if rest, err := io.ReadAll(b); string(rest) != "lo there" || err != nil {
			t.Errorf("rest %q %v", rest, err)
		}
		if _, err := a.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("write after CloseWrite: %v", err)
		}
		io.WriteString(b, "still")
		b.Close()
		if rest, err := io.ReadAll(a); string(rest) != "still" || err != nil {
			t.Errorf("rest %q %v", rest, err)
		}
		if _, err := b.Read(buf); !errors.Is(err, os.ErrClosed) {
			t.Errorf("read after Close: %v", err)
		}
	})
}

// A full pipe makes a writer wait, for room, a deadline or the reader's end.
func TestPipeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := sim.Pipe()
		full := make([]byte, 64<<10)
		if n, err := a.Write(full); n != len(full) || err != nil {
			t.Fatalf("write %d %v", n, err)
		}
		a.SetWriteDeadline(time.Now().Add(time.Second))
		begin := time.Now()
		if n, err := a.Write([]byte("x")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("write %d %v after %v", n, err, time.Since(begin))
		}
		a.SetWriteDeadline(time.Time{})
		time.AfterFunc(time.Second, func() { b.Read(make([]byte, 100)) })
		if n, err := a.Write([]byte("xy")); n != 2 || err != nil {
			t.Errorf("write %d %v", n, err)
		}
		// What goes in whole does not go in by halves.
		a.SetWriteDeadline(time.Now().Add(time.Second))
		if n, err := a.Write(make([]byte, 4096)); n != 0 || err == nil {
			t.Errorf("write %d %v", n, err)
		}
		// A writer that is late by itself still writes what there is room for: a busy
		// machine would lose the environment of a call.
		if n, err := a.Write(make([]byte, 4097)); n != 98 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write after the deadline: %d %v", n, err)
		}
		a.SetWriteDeadline(time.Time{})
		time.AfterFunc(time.Second, func() { b.Close() })
		if _, err := a.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write: %v", err)
		}
	})
}
