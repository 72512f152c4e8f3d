package conform_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"goagi/ami"
	"goagi/pbx"
	"goagi/test/conform"
)

// TestAsync runs the table over Async AGI, with the rights that goagi asks for.
// What cannot be the same there is in async.excluded, with the reason.
func TestAsync(t *testing.T) {
	all, err := conform.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	excluded := excludedRows(t)
	var rows []conform.Row
	for _, row := range all {
		if _, ok := excluded[row.Name]; ok {
			delete(excluded, row.Name)
			continue
		}
		rows = append(rows, row)
	}
	for name := range excluded {
		t.Errorf("async.excluded has a row that is in no table: %s", name)
	}
	a := asterisk.Get(t)
	conn, err := ami.Dial(t.Context(), ami.Account{Addr: a.AMI, User: "worker", Secret: a.Pass, Events: "agi,call"})
	if err != nil {
		t.Fatal(err)
	}
	engine := &async{Asterisk: a, conn: conn, calls: make(map[string]*asyncDialog)}
	rows = slices.DeleteFunc(rows, func(row conform.Row) bool { return !conform.Holds(engine, row.Only) })
	ctx, stop := context.WithCancel(t.Context())
	received := make(chan error, 1)
	go func() { received <- conn.Receive(ctx, engine.event) }()
	errs := make([]error, len(rows))
	atOnce(8, len(rows), func(i int) { errs[i] = conform.Run(engine, rows[i]) })
	stop()
	<-received
	conn.Close()
	for i, row := range rows {
		t.Run(row.File+"/"+row.Name, func(t *testing.T) {
			if errs[i] != nil {
				t.Error(errs[i])
			}
		})
	}
	t.Logf("%d rows, %d do not apply", len(rows), len(all)-len(rows))
}

// atOnce does n things, some at a time.
func atOnce(some, n int, do func(i int)) {
	next := make(chan int)
	var done sync.WaitGroup
	for range some {
		done.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	done.Wait()
}

// excludedRows reads async.excluded: a reason behind #, and the rows it is for,
// one a line.
func excludedRows(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open("async.excluded")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, reason := make(map[string]string), ""
	for lines := bufio.NewScanner(file); lines.Scan(); {
		switch line := strings.TrimSpace(lines.Text()); {
		case strings.HasPrefix(line, "#"):
			reason = line
		case line == "":
			reason = ""
		case reason == "":
			t.Errorf("%s is excluded without a reason", line)
		default:
			rows[line] = reason
		}
	}
	return rows
}

// Release says which rows and lines are for this Asterisk.
func (a *async) Release() string { return real{a.Asterisk}.Release() }

// async places rows on an Asterisk, and their commands in its queues.
type async struct {
	*pbx.Asterisk
	conn *ami.Conn

	mu    sync.Mutex
	calls map[string]*asyncDialog // by channel
}

func (*async) Name() string { return conform.Real }

// dialog gives the channel's dialog, for whoever asks first.
func (a *async) dialog(channel string) *asyncDialog {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.calls[channel]
	if d == nil {
		d = &asyncDialog{a: a, channel: channel, began: make(chan struct{}), ended: make(chan struct{}), results: make(chan string, 1000)}
		a.calls[channel] = d
	}
	return d
}

// event takes what Asterisk tells of all calls.
func (a *async) event(m ami.Message) {
	switch d := a.dialog(m.Get("Channel")); m.Event() {
	case "AsyncAGIStart":
		close(d.began)
	case "AsyncAGIExec":
		text, err := url.PathUnescape(m.Get("Result"))
		if err != nil {
			text = err.Error() + "\n"
		}
		d.results <- text
	case "HangupRequest", "SoftHangupRequest":
		d.hangup.Store(true)
	case "AsyncAGIEnd":
		close(d.ended)
	}
}

func (a *async) Dial(row conform.Row) (conform.Dialog, error) {
	if row.Dead {
		return nil, errors.New("there is no Async AGI on a dead channel")
	}
	plan := pbx.Plan{Steps: []string{"AGI(agi:async,conform)"}, Name: row.CallerName, Number: row.CallerNum}
	for _, v := range row.Vars {
		plan.Vars = append(plan.Vars, [2]string{v.Name, v.Value})
	}
	call, err := a.Place(plan)
	if err != nil {
		return nil, err
	}
	d := a.dialog(call.Channel)
	d.call, d.names = call, row.Names()
	if !waitFor(d.began) {
		call.Close()
		return nil, errors.New("no AsyncAGIStart came")
	}
	return d, nil
}

func waitFor(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-time.After(conform.Patience):
		return false
	}
}

// asyncDialog is a call's dialog: what its commands wrote, as lines.
type asyncDialog struct {
	a       *async
	channel string
	call    *pbx.Call
	names   []string
	began   chan struct{}
	ended   chan struct{}
	results chan string
	rest    string      // of the results that were taken
	hangup  atomic.Bool // the channel is being hung up: what FastAGI says by a line
}

// Send queues one line.
func (d *asyncDialog) Send(line []byte) error {
	command := strings.TrimSuffix(string(line), "\n")
	_, err := d.a.conn.Do(context.Background(), ami.Action("AGI", "Channel", d.channel, "Command", command, "CommandID", "conform"))
	return err
}

func (d *asyncDialog) ReadLine(timeout time.Duration) (string, error) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		if line, rest, ok := strings.Cut(d.rest, "\n"); ok {
			d.rest = rest
			return line, nil
		}
		select {
		case text := <-d.results:
			d.rest += text
			continue
		default:
		}
		select {
		case text := <-d.results:
			d.rest += text
		case <-timer.C:
			return "", fmt.Errorf("no line came within %v, after %q: %w", timeout, d.rest, os.ErrDeadlineExceeded)
		case <-d.ended:
			switch {
			case len(d.results) > 0:
			case d.hangup.Swap(false):
				return "HANGUP", nil
			default:
				return d.rest, io.EOF
			}
		}
	}
}

func (d *asyncDialog) Press(keys string) error { return d.call.Press(keys) }
func (d *asyncDialog) Hangup() error           { return d.call.Hangup() }

func (d *asyncDialog) Finish() (map[string]string, error) {
	defer d.call.Close()
	select {
	case <-d.ended:
	default:
		// Of a call that is gone meanwhile, the end comes all the same.
		if err := d.Send([]byte("ASYNCAGI BREAK\n")); err != nil && !strings.Contains(err.Error(), "does not exist") {
			return nil, err
		}
		if !waitFor(d.ended) {
			return nil, errors.New("no AsyncAGIEnd came")
		}
	}
	return d.call.Vars(d.names...)
}
