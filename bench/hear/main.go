// Command hear measures what a call costs that listens: it plays Asterisk to goagi under EAGI, with a caller who talks and
// pauses for half a minute, and reads the process's CPU time and memory.
//
//	hear -goagi FILE -speech FILE.wav [-seconds N]
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"goagi/eagi"
)

const environment = "agi_request: goagi\nagi_channel: PJSIP/100-00000001\nagi_language: en\nagi_type: PJSIP\nagi_uniqueid: 1754460000.1\n" +
	"agi_version: 22.10.1~dfsg\nagi_callerid: 100\nagi_calleridname: Ada\nagi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\n" +
	"agi_callingtns: 0\nagi_dnid: 200\nagi_rdnis: unknown\nagi_context: ivr\nagi_extension: 200\nagi_priority: 2\nagi_enhanced: 1.0\n" +
	"agi_accountcode: \nagi_threadid: 140245000000000\nagi_arg_1: listen.lua\n\n"

const script = `local audio = require "audio"
agi.answer()
while true do audio.listen{start_timeout = 3600} end
`

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "hear: error:", err)
		os.Exit(1)
	}
}

func run() error {
	program := flag.String("goagi", "", "the goagi `binary`")
	speech := flag.String("speech", "", "what the caller says, a WAV `file`")
	seconds := flag.Int("seconds", 40, "how long the call lasts")
	flag.Parse()
	said, err := eagi.ReadSound(*speech)
	if err != nil {
		return err
	}
	for _, listens := range []bool{false, true} {
		if err := one(*program, said.Resample(8000), *seconds, listens); err != nil {
			return err
		}
	}
	return nil
}

// one holds a call whose script listens, or only waits.
func one(program string, said *eagi.Utterance, seconds int, listens bool) error {
	dir, err := os.MkdirTemp("", "hear-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	text := script
	if !listens {
		text = "agi.answer() agi.sleep(3600)"
	}
	if err := os.WriteFile(filepath.Join(dir, "listen.lua"), []byte(text), 0o644); err != nil {
		return err
	}
	audio, frames, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, "listen.lua")
	cmd.Env = []string{"AST_AGI_DIR=" + dir, "PATH=" + os.Getenv("PATH")}
	cmd.ExtraFiles = []*os.File{audio}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	audio.Close()
	defer frames.Close()
	fmt.Fprint(in, environment)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			reply := "200 result=0"
			if strings.HasPrefix(lines.Text(), "GET FULL") {
				reply = "200 result=1 (" + strings.Trim(strings.TrimPrefix(lines.Text(), "GET FULL VARIABLE "), `"`) + ")"
			}
			fmt.Fprintln(in, reply)
		}
	}()
	// The caller says it over and over, with as long a pause behind it.
	samples := append(said.Samples(), make([]int16, len(said.Samples()))...)
	bytes := eagi.Format{}.AppendBytes(nil, samples)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var start time.Duration // CPU time until the call was under way, which bench/run measures
	for n := range (seconds + 1) * 50 {
		<-tick.C
		if n == 50 {
			if start, err = spent(cmd.Process.Pid); err != nil {
				return err
			}
		}
		at := n * 320 % (len(bytes) / 320 * 320)
		if _, err := frames.Write(bytes[at : at+320]); err != nil {
			return err
		}
	}
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", cmd.Process.Pid))
	if err != nil {
		return err
	}
	own := ""
	for line := range strings.Lines(string(rollup)) {
		if value, ok := strings.CutPrefix(line, "Anonymous:"); ok {
			own = strings.TrimSpace(value)
		}
	}
	cpu, err := spent(cmd.Process.Pid)
	if err != nil {
		return err
	}
	cpu -= start
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	_ = cmd.Wait() // killed
	what := "the script waits"
	if listens {
		what = "the script listens"
	}
	fmt.Printf("%-20s CPU %.2f ms per second of audio, %s of its own memory\n", what, cpu.Seconds()*1000/float64(seconds), own)
	return nil
}

// spent gives the CPU time of a process so far: that of its threads.
func spent(pid int) (time.Duration, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, path := range threads {
		stat, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		var running time.Duration
		if _, err := fmt.Sscan(string(stat), &running); err != nil {
			return 0, err
		}
		sum += running
	}
	return sum, nil
}
