// Command bargein measures how fast a prompt stops when the caller begins to speak, through a real Asterisk: from the
// first voiced frame on fd 3 to the echo of the sync token, which says that Asterisk has stopped playing.
//
//	bargein -goagi FILE [-calls N]
//
// Each call plays a prompt of half a minute; after a while the far leg plays speech. When the first voiced frame came is
// told by the utterance that the script saves, and its time; when the echo came by goagi's own trace.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"goagi/eagi"
	"goagi/pbx"
)

const script = `local audio = require "audio"
agi.answer()
agi.var.READY = "yes"
local u = assert(audio.prompt("demo-congrats", OPTIONS))
agi.var.BEGAN = ("%.3f"):format(u:time())
assert(u:save("PATH.wav"))
`

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bargein: error:", err)
		os.Exit(1)
	}
}

func run() error {
	program := flag.String("goagi", "", "the goagi `binary`")
	calls := flag.Int("calls", 20, "`number` of calls for each row")
	flag.Parse()
	a, err := pbx.Start(pbx.Options{})
	if err != nil {
		return err
	}
	defer a.Stop()
	if err := a.Install(*program, "goagi"); err != nil {
		return err
	}
	fmt.Println("speech                     calls   median   highest")
	for _, speech := range []string{"tt-weasels", "vm-goodbye", "conf-getpin", "tt-monkeysintro"} {
		var delays []time.Duration
		for n := range *calls {
			delay, err := one(a, fmt.Sprintf("bargein-%s-%d", speech, n), speech, time.Duration(1000+37*n)*time.Millisecond)
			if err != nil {
				return fmt.Errorf("%s, call %d: %w", speech, n, err)
			}
			delays = append(delays, delay)
		}
		slices.Sort(delays)
		fmt.Printf("%-25s  %5d  %4d ms   %4d ms\n", speech, len(delays), delays[len(delays)/2].Milliseconds(), delays[len(delays)-1].Milliseconds())
	}
	return nil
}

// one places a call in which the caller begins to speak after a while.
func one(a *pbx.Asterisk, name, speech string, after time.Duration) (time.Duration, error) {
	inside := a.Inside("spool/" + name)
	text := strings.NewReplacer("OPTIONS", "{}", "PATH", inside).Replace(script)
	if err := a.Script("scripts/"+name+".lua", text); err != nil {
		return 0, err
	}
	c, err := a.Place(pbx.Plan{Steps: []string{"EAGI(goagi,--trace=" + inside + ".trace," + name + ".lua)"}})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if err := c.Pause(after); err != nil {
		return 0, err
	}
	if err := c.Play(speech); err != nil {
		return 0, err
	}
	vars, err := c.Vars("BEGAN", "GOAGI_STATUS", "GOAGI_ERROR")
	if err != nil {
		return 0, err
	}
	if vars["GOAGI_STATUS"] != "OK" {
		return 0, errors.New(vars["GOAGI_STATUS"] + " " + vars["GOAGI_ERROR"])
	}
	seconds, err := strconv.ParseFloat(vars["BEGAN"], 64)
	if err != nil {
		return 0, err
	}
	path := filepath.Join(a.Dir, "spool", name)
	voiced, err := firstVoiced(path + ".wav")
	if err != nil {
		return 0, err
	}
	stopped, err := echoed(path + ".trace")
	if err != nil {
		return 0, err
	}
	came := time.UnixMicro(int64(seconds * 1e6)).Add(voiced)
	return stopped.Sub(came), nil
}

// firstVoiced gives where the first voiced frame of 20 ms in a file ends: that is when it came. The far leg is
// silent until it speaks, so a level tells.
func firstVoiced(path string) (time.Duration, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	u, err := eagi.ParseWAV(data)
	if err != nil {
		return 0, err
	}
	frame := u.Rate() / 50
	for i := 0; (i+1)*frame <= len(u.Samples()); i++ {
		if eagi.NewUtterance(u.Samples()[i*frame:(i+1)*frame], u.Rate(), time.Time{}).Level() > -45 {
			return time.Duration(i+1) * 20 * time.Millisecond, nil
		}
	}
	return 0, fmt.Errorf("%s: nothing is voiced", path)
}

// echoed gives when the first echo of a sync token came, by goagi's trace.
func echoed(path string) (time.Time, error) {
	trace, err := os.ReadFile(path)
	if err != nil {
		return time.Time{}, err
	}
	for line := range strings.Lines(string(trace)) {
		if strings.Contains(line, " < 200 result=1 (goagi-sync-") {
			const layout = "2006-01-02 15:04:05.000000"
			return time.ParseInLocation(layout, line[:len(layout)], time.Local)
		}
	}
	return time.Time{}, fmt.Errorf("%s: no prompt was interrupted", path)
}
