package std

import "goagi/luabind"

// sqlModule is require "sql".
var sqlModule = luabind.Module{
	Name: "sql",
	Doc: "Asks databases: SQLite, which is built in and keeps a database in one file, PostgreSQL, MySQL and MariaDB.\n\n" +
		"```toml\n[sql]\nurl = \"sqlite:calls.db\"\n\n[sql.databases.crm]\nurl = \"postgres://ivr:secret@db.example.com/crm\"\ntls = \"verify\"\n```\n\n" +
		"**Values stand as `?` in a statement** and are given behind it, whatever the database: what a caller said never becomes part of the SQL. " +
		"A `?` in quotes or a comment is text; `??` is PostgreSQL's operator of that name. The values are strings, numbers, booleans, and " +
		"nil or `json.null` for NULL.\n\n" +
		"| in the database | in Lua |\n|---|---|\n" +
		"| NULL | nil: the row has no such key |\n" +
		"| whole numbers | number; beyond 2^53 an integer as `json.decode` makes it, which may be given back |\n" +
		"| REAL, DOUBLE | number |\n" +
		"| NUMERIC, DECIMAL | string, with all its digits (in SQLite, which has none, a number) |\n" +
		"| BOOLEAN | boolean; in MySQL, which has none, 1 or 0 |\n" +
		"| text, JSON, UUID, arrays | string |\n" +
		"| BLOB, BYTEA | string of its bytes |\n" +
		"| dates and times | string as databases write and take it: `2026-11-25`, `09:30:00`, `2026-11-25 09:30:00.5`; of PostgreSQL's types with a zone in UTC, with a `Z` behind |\n\n" +
		"SQLite takes a string that is no UTF-8, or holds a zero byte, for a BLOB. Its files are used by many calls and processes at once " +
		"(WAL, and a writer waits for the one before it), foreign keys are looked at, and where files stay in the sandbox no other can be attached.\n\n" +
		"What a statement changes of its connection, as SET, PRAGMA, USE, LOCK and CREATE TEMP TABLE do, is gone after it, and in a transaction at its end: " +
		"the connection is closed then, and another opened. BEGIN, COMMIT and such raise an error: `db:transaction` is for them; SAVEPOINT, RELEASE and ROLLBACK TO may stand in one. " +
		"`sqlite::memory:` is one connection, and keeps what was changed.\n\n" +
		"What the database refuses, is too slow for, or cannot be reached for gives nil and a message. A wrong number of values raises an error. " +
		"Under `goagi serve` the calls share connections; a statement is sent once, never again by itself. One that hangup or timeout ends is " +
		"ended in PostgreSQL and SQLite too; MySQL and MariaDB lose the connection, and may finish it.",
	Ending: "A statement that runs ends at once, and with it the transaction it is in; both raise `hangup`. Afterwards, in a handler of " +
		"agi.on_hangup or past a pcall, statements and transactions run under the grace time. A transaction that this cuts off is rolled back.",
	Example: `
local sql = require "sql"

local db = sql.open("sqlite:orders.db")
assert(db:exec("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, caller TEXT, total REAL)"))

local changed, id = assert(db:exec("INSERT INTO orders (caller, total) VALUES (?, ?)", "0891234", 12.5))
assert(changed == 1 and id == 1)

local order, why = db:one("SELECT * FROM orders WHERE caller = ?", "0891234")
if order then
	print("order " .. order.id .. " of " .. order.total)
elseif why then
	agi.log("error", "the database: " .. why)
end

-- Both or neither: an error in the function takes back what it did.
local done, left = db:transaction(function()
	db:exec("UPDATE orders SET total = total - ? WHERE id = ?", 2.5, id)
	return db:value("SELECT total FROM orders WHERE id = ?", id)
end)
assert(done and left == 10)

for i, row in ipairs(assert(db:query("SELECT id, total FROM orders ORDER BY id"))) do
	print(i, row.id, row.total)
end
`,
	Settings: sqlSettings[:],
	Check:    checkSQL,
	Funcs: []luabind.Func{{
		Name: "open", Params: "database?: string, options?: table", Returns: "db: database",
		Options: sqlSettings[2:],
		Doc: "Gives a database by its URL, or by the name it has in the settings file; the settings file's own where none is given. It is " +
			"connected to when it is first asked.\n\n" +
			"- `sqlite:calls.db`: a file, relative to the data folder; it is made where it is missing. `sqlite::memory:` lasts as long as the process.\n" +
			"- `postgres://user:password@host:5432/name`, also with `?sslmode=`, `?sslrootcert=`, `?application_name=`, `?search_path=`, and " +
			"`?host=/run/postgresql` for a socket\n" +
			"- `mysql://user:password@host:3306/name` or `mariadb://`, also with `?socket=/run/mysqld/mysqld.sock`\n\n" +
			"Special characters of a password are written as in `%40` for @.",
		Call: sqlOpen,
	}},
	Types: []*luabind.Type{&databaseType, &statementType},
}

// sqlSettings are the keys of the settings file; from the third on they are the
// options of sql.open, too.
var sqlSettings = [...]luabind.Option{
	{Name: "databases", Type: "table", Doc: "Databases by name, for sql.open: each a table with the other keys, as in `[sql.databases.crm]`."},
	{Name: "url", Type: "string", Doc: "The database of sql.open without a name (`sqlite:goagi.db`)."},
	{Name: "ca", Type: "string", Doc: "File of the certificate authorities that the server's certificate must be of (those of the system)."},
	{Name: "idle", Type: "number", Doc: "Seconds that an unused connection is kept (60)."},
	{Name: "max_open", Type: "number", Doc: "Connections at most, of all calls of the process; others wait (10)."},
	{Name: "max_size", Type: "number", Doc: "Bytes of an answer at most; a larger one is an error (16777216). SQLite takes no larger value either, but for those of 16 MiB, and none over 64 MiB."},
	{Name: "timeout", Type: "number", Doc: "Seconds that connecting and a statement may take together (10)."},
	{Name: "tls", Type: "string", Doc: "`verify`: encrypted, and the certificate is checked; `require`: encrypted; `prefer`: where the server can; `off` (prefer; verify where ca is given)."},
}

// Parameters and results that a database and a prepared statement share.
const (
	queryReturns = "rows: {[string]: any}[]?, message: string?"
	queryDoc     = "Gives all rows: a list of tables with the columns' names as keys; columns of one name need AS."
	oneReturns   = "row: {[string]: any}?, message: string?"
	oneDoc       = "Gives the first row, nil where there is none. Write LIMIT 1 where many match: the others are sent, too."
	valueReturns = "value: any, message: string?"
	valueDoc     = "Gives the first column of the first row, nil where there is no row or it is NULL."
	execReturns  = "changed: number?, id: any"
	execDoc      = "Gives how many rows were changed and the id that was made for the last new row, nil where there was none and in PostgreSQL " +
		"(write INSERT ... RETURNING id, and ask db:value). After nil, id is the message."
)

// databaseType is what sql.open gives.
var databaseType = luabind.Type{
	Name: "database",
	Doc:  "A database. Its connections end by themselves.",
	Methods: []luabind.Func{
		{Name: "exec", Params: "sql: string, ...: any", Returns: execReturns, Doc: "Runs a statement that gives no rows. " + execDoc, Call: ofDatabase(change)},
		{Name: "one", Params: "sql: string, ...: any", Returns: oneReturns, Doc: oneDoc, Call: ofDatabase(one)},
		{
			Name: "prepare", Params: "sql: string", Returns: "statement: statement?, message: string?",
			Doc: "Has the database read a statement once that is run often. Gives nil and why where it is wrong.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				d := a.Self.(*database)
				q := d.read(a)
				q.keep = true
				return d.ask(vm, a, func(c *statementRun) (int, error) {
					if err := c.link.prepare(c.ctx, q.text); err != nil {
						return 0, err
					}
					a.L.Push(vm.Object(&statementType, &statement{database: d, question: q}))
					return 1, nil
				})
			},
		},
		{Name: "query", Params: "sql: string, ...: any", Returns: queryReturns, Doc: queryDoc, Call: ofDatabase(query)},
		{
			Name: "transaction", Params: "fn: fun(db: database): any", Returns: "done: boolean?, ...: any",
			Doc: "Calls fn with the database: all that the call does with it until fn returns is done together or, where fn raises an error, not at all; " +
				"the error is raised again. Gives true and what fn returned; nil and a message where a statement in it failed, " +
				"which the database then did not do either, whatever fn made of it. A transaction in another raises an error. It holds one " +
				"connection, and others wait for what it wrote: do not wait for callers in it.",
			Call: transact,
		},
		{Name: "value", Params: "sql: string, ...: any", Returns: valueReturns, Doc: valueDoc, Call: ofDatabase(value)},
	},
}

// statementType is what db:prepare gives.
var statementType = luabind.Type{
	Name: "statement",
	Doc:  "A prepared statement. It may be used in transactions and outside, and ends by itself.",
	Methods: []luabind.Func{
		{Name: "exec", Params: "...: any", Returns: execReturns, Doc: execDoc, Call: ofStatement(change)},
		{Name: "one", Params: "...: any", Returns: oneReturns, Doc: oneDoc, Call: ofStatement(one)},
		{Name: "query", Params: "...: any", Returns: queryReturns, Doc: queryDoc, Call: ofStatement(query)},
		{Name: "value", Params: "...: any", Returns: valueReturns, Doc: valueDoc, Call: ofStatement(value)},
	},
}

// statement is a prepared one: each connection reads it when it first runs it.
type statement struct {
	*database
	question
}

// ofDatabase makes a method whose first argument is the SQL.
func ofDatabase(run func(*statementRun) (int, error)) func(*luabind.VM, luabind.Args) int {
	return func(vm *luabind.VM, a luabind.Args) int {
		d := a.Self.(*database)
		q := d.read(a)
		q.give(a, 2)
		return d.ask(vm, a, func(c *statementRun) (int, error) { c.question = q; return run(c) })
	}
}

// read reads the statement that the first argument is.
func (d *database) read(a luabind.Args) question {
	q, err := d.engine.read(a.Text(1))
	misused(a, err)
	d.allow(a, &q)
	return q
}

// allow raises what is db:transaction's own.
func (d *database) allow(a luabind.Args, q *question) {
	control := q.control
	if control == "" && d.within == nil {
		control = q.savepoint
	}
	if control != "" {
		a.Misuse("%s is not for a statement: db:transaction(function(db) ... end) begins a transaction, and ends it whatever happens in it", control)
	}
}

func misused(a luabind.Args, err error) {
	if err != nil {
		a.Misuse("%s", err)
	}
}

// ofStatement makes a method of a prepared statement.
func ofStatement(run func(*statementRun) (int, error)) func(*luabind.VM, luabind.Args) int {
	return func(vm *luabind.VM, a luabind.Args) int {
		s := a.Self.(*statement)
		q := s.question
		s.allow(a, &q)
		q.give(a, 1)
		return s.ask(vm, a, func(c *statementRun) (int, error) { c.question = q; return run(c) })
	}
}
