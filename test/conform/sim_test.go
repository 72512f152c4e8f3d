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
			if !conform.Holds(simulator{}, row.Only) {
				t.Skipf("only for %s: %s", row.Only, row.Reason)
			}
			synctest.Test(t, func(t *testing.T) {
				if err := conform.Run(simulator{}, row); err != nil {
					t.Error(err)
				}
			})
		})
	}
	t.Logf("%d rows, %d marks for one engine or release only", len(rows), marked)
}

// simulator places rows on package sim.
type simulator struct{}

func (simulator) Name() string    { return conform.Sim }
func (simulator) Release() string { return conform.New }

func (simulator) Dial(row conform.Row) (conform.Dialog, error) {
	call := &sim.Call{
		Network: true, NetworkScript: "conform",
		Answered: true, // by the dialplan
		Mute:     true,
		Dead:     row.Dead,
		Context:  "ivr",
		Sounds:   sounds,
		Dial:     dial,
		Label:    label,
	}
	call.App = func(name, args string) (int, bool) { return system(call, name, args) }
	call.Gosub = func(context, extension, priority, args string) bool {
		return subroutine(call, context, extension, priority, args)
	}
	if row.HasCaller {
		call.CallerName, call.CallerID = row.CallerName, row.CallerNum
	}
	for _, v := range row.Vars {
		call.Set(v.Name, v.Value)
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
		return 440 * time.Millisecond, true
	}
	return 0, false
}

// What package pbx gives to the real one, in Go: two contexts to go to, and no
// number to dial.

func label(context, extension, priority string) bool {
	return extension != "" && (context == "elsewhere" && (priority == "1" || priority == "5") ||
		context == "subroutine" && (priority == "1" || priority == "2"))
}

// subroutine is context subroutine, which returns, and elsewhere, which does not.
func subroutine(c *sim.Call, context, extension, priority, args string) bool {
	if context == "elsewhere" {
		c.Set("ELSEWHERE", strings.Join([]string{context, extension, priority}, " "))
		return false
	}
	first, _, _ := strings.Cut(args, ",")
	c.Set("ELSEWHERE", first)
	return true
}

func dial(string) (string, time.Duration) { return "CHANUNAVAIL", 0 }

// system is EXEC System, which package sim leaves out, for the two programs of
// the rows.
func system(c *sim.Call, name, args string) (int, bool) {
	if name != "System" {
		return 0, false
	}
	status := "SUCCESS"
	if args != "true" {
		status = "APPERROR"
	}
	c.Set("SYSTEMSTATUS", status)
	return 0, true
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
	if c := d.call; c.Context == "elsewhere" && label(c.Context, c.Extension, c.Priority) {
		subroutine(c, c.Context, c.Extension, c.Priority, "")
	}
	vars := make(map[string]string)
	for _, name := range d.names {
		vars[name] = d.call.Vars[name]
	}
	return vars, nil
}
