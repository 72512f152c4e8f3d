package std

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// database is one that a call has opened.
type database struct {
	*pool
	timeout time.Duration
	maxSize int
	within  *transaction // nil outside of one
}

// statementRun is one statement on its way to a database and back.
type statementRun struct {
	question
	vm      *luabind.VM
	a       luabind.Args
	ctx     context.Context
	link    *link
	maxSize int
}

// ask has do talk to the database on a connection, which is the transaction's
// where there is one. What do has pushed are the results; where it fails, they are
// nil and a message.
func (d *database) ask(vm *luabind.VM, a luabind.Args, do func(*statementRun) (int, error)) int {
	if d.within != nil && d.within.err != nil {
		return refused(a, d.within.err)
	}
	call := vm.Waiting(a.L)
	top, n := a.L.GetTop(), 0
	err := d.connected(call, func(ctx context.Context, l *link) (err error) {
		l.limit(d.maxSize)
		n, err = do(&statementRun{vm: vm, a: a, ctx: ctx, link: l, maxSize: d.maxSize})
		return err
	})
	if err != nil {
		a.L.SetTop(top)
		if d.within != nil {
			d.within.err = err
		}
		return failed(call, a, err)
	}
	return n
}

// connected calls do with a connection and the time that it may take.
func (d *database) connected(call context.Context, do func(context.Context, *link) error) error {
	ctx, cancel := context.WithTimeout(call, d.timeout)
	defer cancel()
	var err error
	if d.within != nil {
		err = onLink(ctx, d.within.conn, do)
	} else {
		var conn *sql.Conn
		if conn, err = d.db.Conn(ctx); err == nil {
			defer conn.Close()
			err = onLink(ctx, conn, do)
		}
	}
	return d.explain(ctx, err)
}

// onLink calls do with what database/sql holds of a connection, which is not used
// again where ctx has cut it off.
func onLink(ctx context.Context, conn *sql.Conn, do func(context.Context, *link) error) error {
	return conn.Raw(func(held any) error {
		l := held.(*link)
		whole := l.guard(ctx)
		err := l.mind(func() error { return do(ctx, l) })
		if !whole() || lost(err) {
			return errors.Join(err, driver.ErrBadConn)
		}
		return err
	})
}

// explain says what went wrong in words of the script's writer.
func (d *database) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("the database did not answer within %v s", d.timeout.Seconds())
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, driver.ErrBadConn):
		return errors.New("the connection to the database was lost")
	}
	return err
}

// errEnough ends the reading of rows.
var errEnough = errors.New("no more rows are wanted")

// rows runs the statement, and calls each for every row.
func (c *statementRun) rows(each func(*rowReader) error) error {
	// Rows that are not wanted are not sent to the end.
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	rows, end, err := c.link.query(ctx, &c.question)
	if err != nil {
		return err
	}
	r := rowReader{c: c, rows: rows, columns: rows.Columns()}
	r.values = make([]driver.Value, len(r.columns))
	for err == nil {
		if err = rows.Next(r.values); err == nil {
			err = each(&r)
		}
	}
	if errors.Is(err, errTooLarge) {
		cancel()
	}
	closed := errors.Join(rows.Close(), end())
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, errEnough):
		return closed
	case errors.Is(err, errTooLarge):
		// The connection may still be full of it.
		return fmt.Errorf("%w (max_size is %d bytes)", err, c.maxSize)
	}
	return err
}

func query(c *statementRun) (int, error) {
	rows := c.a.L.NewTable()
	err := c.rows(func(r *rowReader) error {
		row, err := r.row()
		if err == nil {
			rows.Append(row)
		}
		return err
	})
	c.a.L.Push(rows)
	return 1, err
}

func one(c *statementRun) (int, error) { return c.first((*rowReader).row) }

func value(c *statementRun) (int, error) {
	return c.first(func(r *rowReader) (lua.LValue, error) { return r.value(0) })
}

// first gives what read makes of the first row, nil of Lua where there is none.
func (c *statementRun) first(read func(*rowReader) (lua.LValue, error)) (int, error) {
	var got lua.LValue = lua.LNil
	err := c.rows(func(r *rowReader) (err error) {
		if got, err = read(r); err == nil {
			err = errEnough
		}
		return err
	})
	c.a.L.Push(got)
	return 1, err
}

func change(c *statementRun) (int, error) {
	result, err := c.link.exec(c.ctx, &c.question)
	if err != nil {
		return 0, err
	}
	changed, err := result.RowsAffected()
	if err != nil {
		changed = 0 // of a statement that changes no rows
	}
	c.a.L.Push(wholeNumber(c.vm, changed))
	if id, err := result.LastInsertId(); err == nil && id != 0 {
		c.a.L.Push(wholeNumber(c.vm, id))
	} else {
		c.a.PushNil() // or the database has none
	}
	return 2, nil
}
