package std

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"goagi/luabind"
)

// engine is a kind of database: how it is connected to, and how its SQL is read.
type engine struct {
	begin    string // begins a transaction
	numbered bool   // placeholders are $1, $2
	blobs    bool   // bytes that are no text are given as such
	// What quotes and comments there are, besides those of the standard.
	backslash, backtick, bracket, hash, nested, dollar bool
	variables                                          bool // a session has some: @name
	connect                                            func(*address) (*connector, error)
}

var (
	sqliteEngine   = engine{begin: "BEGIN IMMEDIATE", blobs: true, backtick: true, bracket: true, connect: connectSQLite}
	postgresEngine = engine{begin: "BEGIN", numbered: true, nested: true, dollar: true, connect: connectPostgres}
	mysqlEngine    = engine{begin: "START TRANSACTION", backslash: true, backtick: true, hash: true, variables: true, connect: connectMySQL}
)

// address is where a database is, and how it is reached.
type address struct {
	file           string // of SQLite
	inside         bool   // the sandbox has no other file be opened
	url            *url.URL
	user, password string
	host, port     string
	socket         string // instead of host and port
	name           string
	tls, ca        string
	timeout        time.Duration
}

// pool is what the calls of a process share: the connections to a database.
type pool struct {
	db     *sql.DB
	engine *engine
}

// Close closes the connections. It gives no error: what a connection says to its
// end, such as that it had ended before, helps nobody.
func (p *pool) Close() error {
	_ = p.db.Close()
	return nil
}

func sqlOpen(vm *luabind.VM, a luabind.Args) int {
	name := a.OptText(1)
	o := a.Options(2).Over(databaseSettings(a, vm.Host().Config["sql"], name))
	at := name
	if !strings.Contains(name, ":") {
		at = o.Text("url", "sqlite:goagi.db")
	}
	p := address{tls: o.Text("tls", "prefer"), timeout: o.Seconds("timeout", 10*time.Second)}
	maxOpen, idle := o.Number("max_open", 10), o.Seconds("idle", time.Minute)
	maxSize := o.Number("max_size", 16<<20)
	switch {
	case p.timeout == 0:
		o.Refuse("timeout", "more than 0")
	case maxOpen < 1 || maxOpen > 1000:
		o.Refuse("max_open", "from 1 to 1000")
	case maxSize < 1 || maxSize > 1<<30:
		o.Refuse("max_size", "from 1 to 1073741824")
	}
	if p.ca = pemFile(a, o, "ca"); p.ca != "" {
		p.tls = "verify"
	}
	if a.Options(2).Set("ca") { // and not by the settings file, which may name any
		p.readable(vm, a)
	}
	p.tls = o.OneOf("tls", p.tls, "verify", "require", "prefer", "off")
	e := p.locate(vm, a, at)
	key := fmt.Sprintf("sql %q %q %q %t %q %g %v", at, p.file, p.tls, p.inside, p.ca, maxOpen, idle)
	if p.ca != "" {
		text, _ := os.ReadFile(p.ca) // what is wrong with it is said by who needs it
		key += fmt.Sprintf(" %x", sha256.Sum256(text))
	}
	open := func() (io.Closer, error) {
		connector, err := e.connect(&p)
		if err != nil {
			return nil, err
		}
		db := sql.OpenDB(connector)
		if p.file == memoryFile {
			maxOpen, idle = 1, 0 // it is gone with its connection
		}
		db.SetMaxOpenConns(int(maxOpen))
		db.SetMaxIdleConns(int(maxOpen))
		db.SetConnMaxIdleTime(idle)
		return &pool{db, e}, nil
	}
	var shared io.Closer
	var err error
	if p.file == memoryFile {
		shared, err = vm.Shared().Open(key, open) // it lasts as long as the process
	} else {
		shared, err = vm.Shared().Lend(vm, key, open)
	}
	a.Check(err)
	a.L.Push(vm.Object(&databaseType, &database{pool: shared.(*pool), timeout: p.timeout, maxSize: int(maxSize)}))
	return 1
}

// databaseSettings are what the settings file says of a database, which counts
// before what it says of all.
func databaseSettings(a luabind.Args, all map[string]any, name string) map[string]any {
	if name == "" {
		return all
	}
	settings := maps.Clone(all)
	delete(settings, "url")
	if strings.Contains(name, ":") {
		return settings
	}
	databases, _ := all["databases"].(map[string]any)
	own, ok := databases[name].(map[string]any)
	if !ok {
		known := "there is none"
		if len(databases) > 0 {
			known = "there are " + strings.Join(slices.Sorted(maps.Keys(databases)), ", ")
		}
		if strings.ContainsAny(name, "=@ ") { // an address as other libraries take it, which may hold a password
			name = "..."
		}
		a.Misuse("the settings file has no database %q: %s under [sql.databases]; a URL begins with sqlite:, postgres: or mysql:", name, known)
	}
	maps.Copy(settings, own)
	return settings
}

// checkSQL says what is wrong with the databases of the settings file.
func checkSQL(table map[string]any) error {
	databases, _ := table["databases"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(databases)) {
		own, ok := databases[name].(map[string]any)
		if !ok {
			return fmt.Errorf("databases.%s is a table: write [sql.databases.%s]", name, name)
		}
		if _, ok := own["url"].(string); !ok {
			return fmt.Errorf("[sql.databases.%s] needs a url, a string", name)
		}
		for _, key := range slices.Sorted(maps.Keys(own)) {
			keys := sqlSettings[1:]
			i := slices.IndexFunc(keys, func(o luabind.Option) bool { return o.Name == key })
			if i < 0 {
				return fmt.Errorf("[sql.databases.%s] has no key %q", name, key)
			}
			if !isA(own[key], keys[i].Type) {
				return fmt.Errorf("databases.%s.%s must be a %s", name, key, keys[i].Type)
			}
		}
	}
	return nil
}

// locate reads a URL. No message shows it: it may hold a password.
func (p *address) locate(vm *luabind.VM, a luabind.Args, at string) *engine {
	scheme, rest, _ := strings.Cut(at, ":")
	switch scheme {
	case "sqlite":
		p.locateFile(vm, a, rest)
		return &sqliteEngine
	case "postgres", "postgresql":
		p.locateServer(vm, a, at, "5432", "host", "sslmode", "sslrootcert", "application_name", "search_path")
		if p.file != "" {
			return &sqliteEngine
		}
		return &postgresEngine
	case "mysql", "mariadb":
		p.locateServer(vm, a, at, "3306", "socket")
		if p.file != "" {
			return &sqliteEngine
		}
		return &mysqlEngine
	}
	a.Misuse("the URL of a database begins with sqlite:, postgres: or mysql:, not %q", scheme+":")
	return nil
}

// memoryFile is SQLite's name of a database that is no file.
const memoryFile = ":memory:"

func (p *address) locateFile(vm *luabind.VM, a luabind.Args, name string) {
	p.inside = vm.Sandbox().Inside
	if name == memoryFile {
		p.file = name
		return
	}
	name = strings.TrimPrefix(name, "//") // as in sqlite:///var/lib/calls.db
	if strings.ContainsAny(name, "?#%") {
		a.Misuse("a file of SQLite is named without ?, # and %%")
	}
	var err error
	p.file, err = vm.Sandbox().Path(name, true)
	a.Check(err)
}

func (p *address) locateServer(vm *luabind.VM, a luabind.Args, at, port string, parameters ...string) {
	u, err := url.Parse(at)
	if err != nil || u.User.Username() == "" || u.Opaque != "" {
		a.Misuse("a database's URL is such as postgres://user:password@host:%s/name, special characters of the password written as in %%40 for @", port)
	}
	p.url, p.user, p.name = u, u.User.Username(), strings.TrimPrefix(u.Path, "/")
	p.password, _ = u.User.Password()
	p.host, p.port = u.Hostname(), u.Port()
	if p.port == "" {
		p.port = port
	}
	query := u.Query()
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(parameters, key) {
			a.Misuse("the URL of a database has no parameter %q: it takes %s", key, strings.Join(parameters, ", "))
		}
	}
	p.socket = query.Get(parameters[0])
	switch {
	case p.socket != "" && (p.host != "" || !strings.HasPrefix(p.socket, "/")):
		a.Misuse("%s is the full path of a socket, in a URL without a host", parameters[0])
	case p.socket == "" && p.host == "":
		a.Misuse("the URL of a database names no host")
	}
	reached := p.host
	if p.socket != "" {
		reached = "localhost"
	}
	if stand := standIn(vm, a, "sql"); stand != nil {
		p.file, err = stand.(luabind.Databases).File(p.name)
		a.Check(err)
		return
	}
	a.Check(vm.Sandbox().Reach(reached, p.port))
	switch mode := query.Get("sslmode"); mode {
	case "":
	case "disable":
		p.tls = "off"
	case "prefer", "require":
		p.tls = mode
	case "verify-ca", "verify-full":
		p.tls = "verify"
	default:
		a.Misuse("sslmode must be disable, prefer, require or verify-full, not %q", mode)
	}
	if ca := query.Get("sslrootcert"); ca != "" {
		p.ca = ca
		p.readable(vm, a)
	}
}

// readable finds the file of authorities that a script names.
func (p *address) readable(vm *luabind.VM, a luabind.Args) {
	var err error
	p.ca, err = vm.Sandbox().Path(p.ca, false)
	a.Check(err)
}
