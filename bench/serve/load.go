package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

const block = "agi_network: yes\nagi_network_script: SCRIPT\nagi_request: agi://127.0.0.1/SCRIPT\nagi_channel: PJSIP/100-00000001\n" +
	"agi_language: en\nagi_type: PJSIP\nagi_uniqueid: 1754460000.1\nagi_version: 22.10.1~dfsg\nagi_callerid: 100\n" +
	"agi_calleridname: Ada\nagi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: 200\n" +
	"agi_rdnis: unknown\nagi_context: ivr\nagi_extension: 200\nagi_priority: 2\nagi_enhanced: 0.0\nagi_accountcode: \n" +
	"agi_threadid: 140245000000000\n\n"

// load has so many callers place calls one after the other, and gives how long each call took.
func load(addr, script string, callers int, length time.Duration) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var done sync.WaitGroup
	end := time.Now().Add(length)
	for range callers {
		done.Go(func() {
			var took []time.Duration
			var err error
			for err == nil && time.Now().Before(end) {
				begin := time.Now()
				if err = call(addr, script); err == nil {
					took = append(took, time.Since(begin))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if err != nil {
				failed = err
			}
		})
	}
	done.Wait()
	return all, failed
}

// call plays Asterisk for one call.
func call(addr, script string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, strings.ReplaceAll(block, "SCRIPT", script)); err != nil {
		return err
	}
	b, commands := make([]byte, 512), 0
	for {
		n, err := conn.Read(b)
		if err == io.EOF && commands >= len(six) {
			return nil
		} else if err != nil {
			return fmt.Errorf("after %d commands: %w", commands, err)
		}
		commands += bytes.Count(b[:n], []byte("\n"))
		reply := "200 result=0\n"
		if bytes.HasPrefix(b[:n], []byte("GET VARIABLE")) {
			reply = "200 result=1 (1)\n"
		}
		if _, err := io.WriteString(conn, reply); err != nil {
			return err
		}
	}
}

// wait holds calls that wait, and tells what each costs the server in memory.
func wait(s *server, calls int) error {
	before, err := s.own()
	if err != nil {
		return err
	}
	for i := range calls {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			return fmt.Errorf("call %d: %w", i, err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, strings.ReplaceAll(block, "SCRIPT", "wait.lua")); err != nil {
			return err
		}
		lines := bufio.NewReader(conn)
		if _, err := lines.ReadString('\n'); err != nil { // ANSWER
			return err
		}
		if _, err := io.WriteString(conn, "200 result=0\n"); err != nil {
			return err
		}
		if _, err := lines.ReadString('\n'); err != nil { // WAIT FOR DIGIT
			return err
		}
	}
	after, err := s.own()
	if err != nil {
		return err
	}
	fmt.Printf("%d calls that wait: %.0f KiB each, of the server's own memory\n", calls, float64(after-before)/float64(calls))
	return nil
}

// soak places calls, a third of which hang up in the middle, and tells ten times what the server holds: what grows
// with the calls is lost.
func soak(s *server, calls int) error {
	fmt.Printf("%9s  %10s  %10s  %11s  %7s\n", "calls", "memory", "goroutines", "descriptors", "threads")
	for placed, next := 0, 0; ; {
		if placed >= next {
			memory, err := s.own()
			if err != nil {
				return err
			}
			goroutines, err := s.goroutines()
			if err != nil {
				return err
			}
			count := func(folder string) int {
				entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/%s", s.cmd.Process.Pid, folder))
				return len(entries)
			}
			fmt.Printf("%9d  %6d KiB  %10s  %11d  %7d\n", placed, memory, goroutines, count("fd"), count("task"))
			next += max(1, calls/10)
		}
		if placed >= calls {
			return nil
		}
		took, err := load(s.addr, "call.lua", 100, time.Second)
		if err != nil {
			return err
		}
		placed += len(took)
		for range len(took) / 2 {
			if err := hangUp(s.addr); err != nil {
				return err
			}
			placed++
		}
	}
}

// hangUp is a call whose caller is gone after its first command.
func hangUp(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, strings.ReplaceAll(block, "SCRIPT", "wait.lua")); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 512))
	return err
}
