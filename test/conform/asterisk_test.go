package conform_test

import (
	"os"
	"sync"
	"testing"

	"goagi/pbx"
	"goagi/test/conform"
)

var asterisk pbx.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	asterisk.Stop()
	os.Exit(code)
}

// TestAsterisk runs the whole table on a real Asterisk, eight rows at once:
// they spend their time waiting.
func TestAsterisk(t *testing.T) {
	rows, err := conform.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	engine := real{asterisk.Get(t)}
	errs := make([]error, len(rows))
	next := make(chan int)
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for i := range next {
				if conform.Holds(engine, rows[i].Only) {
					errs[i] = conform.Run(engine, rows[i])
				}
			}
		})
	}
	for i := range rows {
		next <- i
	}
	close(next)
	done.Wait()
	for i, row := range rows {
		t.Run(row.File+"/"+row.Name, func(t *testing.T) {
			if !conform.Holds(engine, row.Only) {
				t.Skipf("only for %s: %s", row.Only, row.Reason)
			}
			if errs[i] != nil {
				t.Error(errs[i])
			}
		})
	}
}

// real places rows on an Asterisk.
type real struct{ *pbx.Asterisk }

func (real) Name() string { return conform.Real }

func (r real) Release() string {
	if r.Asterisk.Release() < 22 {
		return conform.Old
	}
	return conform.New
}

func (r real) Dial(row conform.Row) (conform.Dialog, error) {
	plan := pbx.Plan{Steps: []string{"AGI(${FASTAGI})"}, Name: row.CallerName, Number: row.CallerNum}
	if row.Dead {
		plan.Steps, plan.AtEnd = []string{"Hangup()"}, plan.Steps
	}
	for _, v := range row.Vars {
		plan.Vars = append(plan.Vars, [2]string{v.Name, v.Value})
	}
	call, err := r.Place(plan)
	if err != nil {
		return nil, err
	}
	conn, err := call.Dialog()
	if err != nil {
		call.Close()
		return nil, err
	}
	return &realDialog{Conn: conn, Call: call, names: row.Names()}, nil
}

type realDialog struct {
	*pbx.Conn
	*pbx.Call
	names []string
}

func (d *realDialog) Finish() (map[string]string, error) {
	defer d.Call.Close()
	if err := d.End(); err != nil {
		return nil, err
	}
	return d.Vars(d.names...)
}
