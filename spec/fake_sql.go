package spec

import (
	"fmt"
	"path/filepath"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// fakeSQL makes a database that stands in for one of a server.
func (t *tree) fakeSQL(a luabind.Args) int {
	t.inTest(a)
	statements, name := a.Text(1), a.OptText(2)
	t.mu.Lock()
	file, again := t.sql[name]
	if !again {
		file = filepath.Join(t.data, fmt.Sprintf("server-%d.db", len(t.sql)))
		if t.sql == nil {
			t.sql = make(map[string]string)
		}
		t.sql[name] = file
		t.give("sql", name, statements)
	}
	t.mu.Unlock()
	a.Check(t.fill(a.L, file, statements))
	return 0
}

// fill runs statements in a file of SQLite, by the module that scripts have.
func (t *tree) fill(L *lua.LState, file, statements string) error {
	call := func(fn lua.LValue, args ...lua.LValue) (lua.LValue, error) {
		if err := L.CallByParam(lua.P{Fn: fn, NRet: 2, Protect: true}, args...); err != nil {
			return nil, err
		}
		defer L.Pop(2)
		if L.Get(-2) == lua.LNil {
			return nil, fmt.Errorf("fake.sql: %s", L.Get(-1))
		}
		return L.Get(-2), nil
	}
	sql, err := call(L.GetGlobal("require"), lua.LString("sql"))
	if err != nil {
		return err
	}
	db, err := call(L.GetField(sql, "open"), lua.LString("sqlite:"+file))
	if err != nil {
		return err
	}
	_, err = call(L.GetField(db, "exec"), db, lua.LString(statements))
	return err
}

// databases gives the databases that stand in for those of servers.
type databases struct {
	t     *tree
	where string // they are opened
}

// File gives the file of one.
func (d *databases) File(name string) (string, error) {
	d.t.mu.Lock()
	known := name
	file, ok := d.t.sql[known]
	if !ok {
		known = ""
		file, ok = d.t.sql[known]
	}
	d.t.mu.Unlock()
	d.t.use("sql", known)
	if !ok {
		return "", d.t.blameAt(d.where, fmt.Errorf("the spec has no fake for the database %q of a server: fake.sql(\"CREATE TABLE ...\")", name))
	}
	return file, nil
}
