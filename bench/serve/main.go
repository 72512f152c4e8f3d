// Command serve measures goagi serve beside the smallest Go server that sends the same six commands, each in a process of
// its own, in turn.
//
//	serve -goagi FILE [-at-once N,...] [-rounds N] [-seconds N] [-idle N] [-soak N]
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const block = "agi_network: yes\nagi_network_script: SCRIPT\nagi_request: agi://127.0.0.1/SCRIPT\nagi_channel: PJSIP/100-00000001\n" +
	"agi_language: en\nagi_type: PJSIP\nagi_uniqueid: 1754460000.1\nagi_version: 22.10.1~dfsg\nagi_callerid: 100\n" +
	"agi_calleridname: Ada\nagi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: 200\n" +
	"agi_rdnis: unknown\nagi_context: ivr\nagi_extension: 200\nagi_priority: 2\nagi_enhanced: 0.0\nagi_accountcode: \n" +
	"agi_threadid: 140245000000000\n\n"

// six are what bench/call.lua sends.
var six = []string{
	"ANSWER\n", "SET VARIABLE \"A\" \"1\"\n", "GET VARIABLE \"A\"\n", "STREAM FILE \"hello-world\" \"\"\n",
	"GET DATA \"beep\" \"1000\" \"4\"\n", "VERBOSE \"done\" \"1\"\n",
}

// waiting is a script that waits for a key.
const waiting = "agi.answer() agi.wait_for_digit(-1)"

func main() {
	program := flag.String("goagi", "", "the goagi `binary`")
	atOnce := flag.String("at-once", "100,2000", "`numbers` of calls at once")
	rounds := flag.Int("rounds", 7, "`number` of rounds")
	seconds := flag.Float64("seconds", 1, "how long each round lasts")
	idle := flag.Int("idle", 5000, "`number` of calls that wait, for their memory")
	soaks := flag.Int("soak", 0, "place so many `calls` and tell what they leave behind, instead")
	beFloor := flag.Bool("floor", false, "be the smallest server")
	flag.Parse()
	err := error(nil)
	if *beFloor {
		err = floor()
	} else {
		err = run(*program, *atOnce, *rounds, time.Duration(*seconds*float64(time.Second)), *idle, *soaks)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "serve: error:", err)
		os.Exit(1)
	}
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
	cmd  *exec.Cmd
	addr string
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
	return &server{cmd, addr}, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // killed
}

func run(program, atOnce string, rounds int, length time.Duration, idle, soaks int) error {
	scripts, err := os.MkdirTemp("", "serve-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scripts)
	six, err := os.ReadFile("bench/call.lua")
	if err != nil {
		return fmt.Errorf("%w: start it in the project's folder", err)
	}
	for name, text := range map[string][]byte{"call.lua": six, "wait.lua": []byte(waiting)} {
		if err := os.WriteFile(filepath.Join(scripts, name), text, 0o644); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	smallest, err := start("", self, "-floor")
	if err != nil {
		return err
	}
	defer smallest.stop()
	goagi, err := start(`"address":"`, program, "serve", "--listen=127.0.0.1:0", "--max-calls=20000", "--scripts="+scripts)
	if err != nil {
		return err
	}
	defer goagi.stop()
	if soaks > 0 {
		return soak(goagi, soaks)
	}
	if err := wait(goagi, idle); err != nil { // first, while the server has no garbage to use again
		return err
	}
	fmt.Printf("%-8s  %9s  %9s  %-22s  %8s  %8s\n", "server", "at once", "calls/s", "x floor", "p50", "p99")
	for text := range strings.SplitSeq(atOnce, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		var rates [2][]float64
		var times [2][]time.Duration
		var ratios []float64
		for range rounds {
			for i, s := range []*server{smallest, goagi} {
				took, err := load(s.addr, n, length)
				if err != nil {
					return err
				}
				rates[i] = append(rates[i], float64(len(took))/length.Seconds())
				times[i] = append(times[i], took...)
			}
			ratios = append(ratios, rates[1][len(rates[1])-1]/rates[0][len(rates[0])-1])
		}
		slices.Sort(ratios)
		for i, name := range []string{"floor", "goagi"} {
			slices.Sort(rates[i])
			slices.Sort(times[i])
			ratio := "1.00"
			if i == 1 {
				ratio = fmt.Sprintf("%.2f (%.2f to %.2f)", ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
			}
			fmt.Printf("%-8s  %9d  %9.0f  %-22s  %5.1f ms  %5.1f ms\n", name, n, rates[i][rounds/2], ratio,
				ms(times[i][len(times[i])/2]), ms(times[i][len(times[i])*99/100]))
		}
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// load has so many callers place calls one after the other, and gives how long each call took.
func load(addr string, callers int, length time.Duration) ([]time.Duration, error) {
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
				if err = call(addr); err == nil {
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
func call(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, strings.ReplaceAll(block, "SCRIPT", "call.lua")); err != nil {
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
	before, err := own(s.cmd.Process.Pid)
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
	after, err := own(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	fmt.Printf("%d calls that wait: %.0f KiB each, of the server's own memory\n", calls, float64(after-before)/float64(calls))
	return nil
}

// soak places calls, a third of which hang up in the middle, and tells ten times what the server holds: memory and
// descriptors that grow with the calls are lost.
func soak(s *server, calls int) error {
	fmt.Printf("%9s  %10s  %11s  %7s\n", "calls", "memory", "descriptors", "threads")
	for placed, next := 0, 0; ; {
		if placed >= next {
			memory, err := own(s.cmd.Process.Pid)
			if err != nil {
				return err
			}
			count := func(folder string) int {
				entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/%s", s.cmd.Process.Pid, folder))
				return len(entries)
			}
			fmt.Printf("%9d  %6d KiB  %11d  %7d\n", placed, memory, count("fd"), count("task"))
			next += max(1, calls/10)
		}
		if placed >= calls {
			return nil
		}
		took, err := load(s.addr, 100, time.Second)
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

// own gives a process's anonymous memory in KiB.
func own(pid int) (int, error) {
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(rollup)) {
		if value, ok := strings.CutPrefix(line, "Anonymous:"); ok {
			return strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		}
	}
	return 0, fmt.Errorf("process %d has no anonymous memory", pid)
}
