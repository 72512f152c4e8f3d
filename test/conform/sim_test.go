package conform_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"goagi/sim"
	"goagi/test/conform"
)

// TestSim runs the whole table on the simulator, each row in a bubble of its
// own: its waits cost nothing, and a goroutine left behind fails it.
func TestSim(t *testing.T) {
	rows, err := conform.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatal("no rows")
	}
	marked := 0
	for _, row := range rows {
		marked += row.Marked()
		t.Run(row.File+"/"+row.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if err := conform.Run(simulator{}, row); err != nil {
					t.Error(err)
				}
			})
		})
	}
	t.Logf("%d rows, %d lines for one engine only", len(rows), marked)
}

// simulator places rows on package sim.
type simulator struct{}

func (simulator) Name() string { return conform.Sim }

func (simulator) Dial(row conform.Row) (conform.Dialog, error) {
	call := &sim.Call{
		Network: true, NetworkScript: "conform",
		Answered: true, // as the dialplan of the other engine does
		Dead:     row.Dead,
		Context:  "ivr",
		Vars:     make(map[string]string),
		Sounds:   sounds,
	}
	if row.HasCaller {
		call.CallerName, call.CallerID = row.CallerName, row.CallerNum
	}
	for _, v := range row.Vars {
		call.Vars[v.Name] = v.Value
	}
	asterisk, program := sim.Pipe()
	d := &dialog{call: call, end: program, in: bufio.NewReader(program), names: row.Names(), done: make(chan struct{})}
	go func() {
		defer close(d.done)
		call.Run(context.Background(), asterisk)
	}()
	for {
		line, err := d.ReadLine(conform.Patience)
		if err != nil {
			d.Finish()
			return nil, err
		}
		if line == "" {
			return d, nil
		}
	}
}

// sounds are the prompts that the rows use: those of asterisk-core-sounds-en,
// in their real lengths where a row looks at one.
func sounds(name string) (time.Duration, bool) {
	if n, ok := strings.CutPrefix(name, "silence/"); ok && len(n) == 1 && n >= "1" && n <= "9" {
		return time.Duration(n[0]-'0') * time.Second, true
	}
	switch name {
	case "beep":
		return 120 * time.Millisecond, true
	case "hello-world", "demo-thanks":
		return 1500 * time.Millisecond, true
	}
	return 0, false
}

type dialog struct {
	call  *sim.Call
	end   *sim.End
	in    *bufio.Reader
	names []string
	done  chan struct{}
}

func (d *dialog) Send(line []byte) error {
	_, err := d.end.Write(line)
	return err
}

func (d *dialog) ReadLine(timeout time.Duration) (string, error) {
	d.end.SetReadDeadline(time.Now().Add(timeout))
	line, err := d.in.ReadString('\n')
	if err == io.EOF && line != "" {
		err = io.ErrUnexpectedEOF
	}
	return strings.TrimSuffix(line, "\n"), err
}

func (d *dialog) Press(keys string) error {
	d.call.Press(keys)
	return nil
}

func (d *dialog) Hangup() error {
	d.call.Hangup()
	return nil
}

func (d *dialog) Finish() (map[string]string, error) {
	d.end.CloseWrite()
	select {
	case <-d.done:
	case <-time.After(conform.Patience): // not every command sees our end
		d.call.Hangup()
		<-d.done
	}
	d.end.Close()
	vars := make(map[string]string)
	for _, name := range d.names {
		vars[name] = d.call.Vars[name]
	}
	return vars, nil
}
