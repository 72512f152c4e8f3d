package std

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// transaction is one that a call is in.
type transaction struct {
	conn *sql.Conn
	err  error // of the first statement in it that failed
}

// takingBack is how long the database may take to roll a transaction back. One
// whose connection is closed instead does it by itself.
const takingBack = time.Second

func transact(vm *luabind.VM, a luabind.Args) int {
	d := a.Self.(*database)
	fn, ok := a.L.Get(1).(*lua.LFunction)
	if !ok {
		a.Fail(1, "a function")
	}
	if d.within != nil {
		a.Misuse("a transaction cannot begin in another")
	}
	call := vm.Waiting(a.L)
	t, err := d.begin(call)
	if err != nil {
		return failed(call, a, err)
	}
	d.within = t
	defer func() { // what raises an error below goes this way, too
		if d.within != nil {
			d.within = nil
			t.rollBack()
		}
		t.conn.Close()
	}()

	results := a.Callback(fn, vm.Object(a.Type, d))
	call = vm.Waiting(a.L) // under the grace time, where fn has seen a hangup and gone on
	if t.err != nil {
		return failed(call, a, t.err)
	}
	if err := d.connected(call, func(ctx context.Context, l *link) error { return l.command(ctx, "COMMIT") }); err != nil {
		return failed(call, a, err)
	}
	d.within = nil
	a.PushTruth(true)
	for _, result := range results {
		a.L.Push(result)
	}
	return 1 + len(results)
}

// begin begins a transaction on a connection of its own.
func (d *database) begin(call context.Context) (*transaction, error) {
	ctx, cancel := context.WithTimeout(call, d.timeout)
	defer cancel()
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, d.explain(ctx, err)
	}
	err = onLink(ctx, conn, func(ctx context.Context, l *link) error { return l.command(ctx, d.engine.begin) })
	if err != nil {
		conn.Close()
		return nil, d.explain(ctx, err)
	}
	return &transaction{conn: conn}, nil
}

// rollBack ends the transaction, whatever has ended the call; by the end of its
// connection where the database does not say that it has.
func (t *transaction) rollBack() {
	ctx, cancel := context.WithTimeout(context.Background(), takingBack)
	defer cancel()
	err := onLink(ctx, t.conn, func(ctx context.Context, l *link) error { return l.command(ctx, "ROLLBACK") })
	if err != nil {
		_ = t.conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}
