package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// six are what bench/call.lua sends.
var six = []string{
	"ANSWER\n", "SET VARIABLE \"A\" \"1\"\n", "GET VARIABLE \"A\"\n", "STREAM FILE \"hello-world\" \"\"\n",
	"GET DATA \"beep\" \"1000\" \"4\"\n", "VERBOSE \"done\" \"1\"\n",
}

// floor answers calls until it is killed.
func floor() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
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

// server is a process that listens on addr.
type server struct {
	cmd   *exec.Cmd
	addr  string
	admin string // where goagi's metrics are
}

// start starts a server whose output names the address in its first line, behind mark.
func start(mark string, program string, args ...string) (*server, error) {
	cmd := exec.Command(program, args...)
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	in.Close()
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the process
	_, addr, _ := strings.Cut(line, mark)
	addr, _, _ = strings.Cut(strings.TrimSpace(addr), `"`)
	return &server{cmd: cmd, addr: addr}, nil
}

// startGoagi starts goagi serve, with metrics at a port that is free a moment before.
func startGoagi(program, scripts string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	admin := l.Addr().String()
	l.Close()
	s, err := start(`"address":"`, program, "serve", "--listen=127.0.0.1:0", "--admin="+admin, "--max-calls=20000", "--scripts="+scripts)
	if err == nil {
		s.admin = admin
	}
	return s, err
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // killed
}

// own gives the process's anonymous memory in KiB.
func (s *server) own() (int, error) {
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(rollup)) {
		if value, ok := strings.CutPrefix(line, "Anonymous:"); ok {
			return strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		}
	}
	return 0, fmt.Errorf("process %d has no anonymous memory", s.cmd.Process.Pid)
}

// cpu gives the time that the process has had of the processors, to a hundredth of a second.
func (s *server) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, behind, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(behind) // from the third on
	ticks := 0
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100, nil
}

// goroutines asks goagi's metrics for them.
func (s *server) goroutines() (string, error) {
	answer, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), "go_goroutines "); ok {
			return n, nil
		}
	}
	return "", fmt.Errorf("the metrics name no goroutines: %w", lines.Err())
}
