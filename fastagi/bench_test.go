package fastagi_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"goagi/agi"
	"goagi/fastagi"
)

// six are the commands of bench/floor.
var six = []string{"ANSWER\n", "SET VARIABLE \"X\" \"1\"\n", "GET VARIABLE \"X\"\n", "STREAM FILE \"beep\" \"\"\n", "GET DATA \"beep\" \"1000\" \"4\"\n", "VERBOSE \"done\" \"1\"\n"}

func sendSix(_ context.Context, c *fastagi.Conn) {
	for _, line := range six {
		name, rest, quoted := strings.Cut(strings.TrimSuffix(line, "\n"), " \"")
		var args []string
		if quoted {
			args = strings.Split(strings.TrimSuffix(rest, "\""), "\" \"")
		}
		if _, err := c.Stream.RoundTrip(agi.Command{Name: name, Args: args}); err != nil {
			return
		}
	}
}

// floor is the smallest server in Go that sends them.
func floor(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			b, n := make([]byte, 4096), 0
			for !bytes.HasSuffix(b[:n], []byte("\n\n")) {
				m, err := conn.Read(b[n:])
				if err != nil {
					return
				}
				n += m
			}
			for _, line := range six {
				if _, err := io.WriteString(conn, line); err != nil {
					return
				}
				if _, err := conn.Read(b); err != nil {
					return
				}
			}
		}()
	}
}

// BenchmarkCall is a whole call of six commands over loopback: by the smallest
// server, by this one, and by this one where the block is so long that it must
// ask whether more follows.
func BenchmarkCall(b *testing.B) {
	long := strings.Replace(wholeBlock, "Ann", strings.Repeat("n", 1000), 1)
	for _, row := range []struct {
		what, block string
		floor       bool
	}{{"floor", wholeBlock, true}, {"short block", wholeBlock, false}, {"long block", long, false}} {
		b.Run(row.what, func(b *testing.B) {
			var addr string
			if row.floor {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				defer l.Close()
				go floor(l)
				addr = l.Addr().String()
			} else {
				listeners, err := fastagi.Listen("127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				v := serve(b, &fastagi.Server{Handler: sendSix}, listeners...)
				addr = strings.TrimPrefix(v.addrs[0], "tcp ")
			}
			b.SetParallelism(50)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := asterisk(addr, row.block); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// asterisk places one call.
func asterisk(addr, block string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, block); err != nil {
		return err
	}
	in := bufio.NewReaderSize(conn, 256)
	for {
		line, err := in.ReadSlice('\n')
		if err == io.EOF {
			_, err = io.WriteString(conn, "HANGUP\n")
			return err
		}
		if err != nil {
			return err
		}
		reply := "200 result=1\n"
		if token, ok := bytes.CutPrefix(line, []byte(`GET FULL VARIABLE "`)); ok {
			reply = "200 result=1 (" + string(token[:len(token)-2]) + ")\n"
		}
		if _, err := io.WriteString(conn, reply); err != nil {
			return err
		}
	}
}

// BenchmarkIdleCalls tells what a call costs in memory that waits for its caller.
func BenchmarkIdleCalls(b *testing.B) {
	const many = 2000
	for b.Loop() {
		v := serve(b, &fastagi.Server{Handler: func(ctx context.Context, c *fastagi.Conn) {
			_, _ = c.Stream.RoundTrip(agi.Command{Name: "WAIT FOR DIGIT", Args: []string{"-1"}})
		}})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var conns []net.Conn
		for range many {
			c, err := net.Dial("tcp", strings.TrimPrefix(v.addrs[0], "tcp "))
			if err != nil {
				b.Fatal(err)
			}
			io.WriteString(c, wholeBlock)
			conns = append(conns, c)
		}
		v.count(b, "calls in progress", func(c fastagi.Counts) int64 { return c.InProgress }, many)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc+after.StackInuse-before.HeapAlloc-before.StackInuse)/many, "B/call")
		for _, c := range conns {
			c.Close()
		}
		v.end()
		<-v.done
	}
}
