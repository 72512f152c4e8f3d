package std

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"goagi/luabind"
	"goagi/redis"
)

// redisModule is require "redis".
var redisModule = luabind.Module{
	Name: "redis",
	Doc: "Talks to a Redis, or to what speaks as one (Valkey, KeyDB, Dragonfly). Every command is a method, named as the command: " +
		"`db:get(key)`, `db:set(key, value, \"EX\", 10)`, `db:xadd(...)`; names that are no word of Lua's go through `db:command`.\n\n" +
		"A string or a status of Redis is a string, an integer a number (beyond Lua's exact ones an object, as those of `json.decode`), and nil is nil; a list is a table, " +
		"with false in it for nil. HGETALL and CONFIG GET give a table of names and values. What goes wrong gives nil and a message: the server's words " +
		"where it refuses a command, else those of the network.\n\n" +
		"Arguments are strings and numbers. They reach Redis as they are, whatever bytes are in them: a caller's input cannot become another command. " +
		"It may become a key, so give keys a prefix; and never build the script of eval from it.\n\n" +
		"Calls under `goagi serve` share the connections to a server, so what changes a connection is an error: MULTI, WATCH, SELECT, AUTH and such. " +
		"The URL says the user and the database, and a pipeline with `atomic` is a transaction. There is no SUBSCRIBE, and neither clusters nor sentinels are followed.",
	Ending: "A command that waits, for its reply or as BLPOP for an element, ends at once, and so does the wait of `redis:lock`: the hangup is raised there. " +
		"Redis may have carried out a command whose reply was not waited for. A lock is released when its function ends, by a hangup too.",
	Example: `
local redis = require "redis"

local db, why = redis.connect()
assert(db, why)
assert(db:set("caller:100", "Ada", "EX", 60))
assert(db:get("caller:100") == "Ada")
assert(db:get("caller:101") == nil)

db:hset("agent:7", "name", "Grace", "calls", 3)
local agent = assert(db:hgetall("agent:7"))
assert(agent.name == "Grace" and tonumber(agent.calls) == 3)

-- Two commands in one go, as a transaction.
local replies = assert(db:pipeline({{"INCR", "calls"}, {"EXPIRE", "calls", 3600}}, {atomic = true}))
assert(replies[1] == 1)

-- One call at a time takes the next agent from the list.
db:rpush("agents", "7", "8", "9")
local agent = db:lock("agents:lock", 10, function()
	local next = db:lpop("agents")
	db:rpush("agents", next)
	return next
end)
assert(agent == "7")
`,
	Settings: redisSettings,
	Check:    checkRedis,
	Funcs: []luabind.Func{{
		Name: "connect", Params: "url?: string, options?: table", Returns: "db: redis?, message: string?",
		Options: redisSettings,
		Doc: "Connects to a server, that of the settings where no URL is given. Calls of a process share connections of the same URL and options: " +
			"then one that is there is taken. Gives nil and why where the server is not there or does not take the password.",
		Call: redisConnect,
	}},
	Types: []*luabind.Type{&redisType},
}

// redisSettings are the keys of its settings, and the options of redis.connect.
var redisSettings = []luabind.Option{
	{Name: "ca", Type: "string", Doc: "file of the certificates to trust, in PEM, instead of the system's"},
	{Name: "cert", Type: "string", Doc: "file of the certificate to show, in PEM"},
	{Name: "connections", Type: "number", Doc: "connections at once of all calls of a process; more commands than that wait for each other (100)"},
	{Name: "key", Type: "string", Doc: "file of the certificate's key, in PEM; the certificate's own file where not set"},
	{Name: "max_size", Type: "number", Doc: "bytes that a reply may have, or all of a pipeline's (16777216)"},
	{Name: "timeout", Type: "number", Doc: "seconds that connecting may take, and a command; those that wait by themselves, such as BLPOP, take as long as they say (5)"},
	{Name: "url", Type: "string", Doc: "server where redis.connect is given no URL: redis://user:password@host:port/database, rediss:// for TLS, or unix:///path?db=0; " +
		"of user and password, write %40 for @, %3A for :, %2F for / and %25 for %"},
}

func checkRedis(table map[string]any) error {
	if url, ok := table["url"].(string); ok {
		_, err := redis.Parse(url)
		return err
	}
	return nil
}

// redisServer is the value of a redis object.
type redisServer struct{ pool *redis.Pool }

func redisConnect(vm *luabind.VM, a luabind.Args) int {
	standIn(vm, a, "redis") // which there is none of
	given := a.Options(2)
	o := given.Over(vm.Host().Config["redis"])
	url := a.OptText(1)
	if url == "" {
		url = o.Text("url", "")
	}
	if url == "" {
		a.Misuse("there is no URL: give one, or set url under [redis] in goagi.toml")
	}
	server, err := redis.Parse(url)
	if err != nil {
		a.Misuse("%s", err)
	}
	if server.Network == "unix" {
		server.Address, err = vm.Sandbox().Path(server.Address, true)
	} else {
		host, port, _ := net.SplitHostPort(server.Address)
		err = vm.Sandbox().Reach(host, port)
	}
	a.Check(err)
	most, size := o.Number("connections", 100), o.Number("max_size", 16<<20)
	if most < 1 || most > 10_000 {
		o.Refuse("connections", "from 1 to 10000")
	}
	if size < 1 || size > 1<<32 {
		o.Refuse("max_size", "from 1 to 4294967296")
	}
	server.Most, server.MaxReply, server.Timeout = int(most), int64(size), o.Seconds("timeout", 5*time.Second)
	if server.Timeout < time.Millisecond {
		o.Refuse("timeout", "0.001 seconds or more")
	}
	if server.TLS == nil && pemFile(a, o, "ca")+pemFile(a, o, "cert")+pemFile(a, o, "key") != "" {
		a.Misuse("ca, cert and key are for TLS: the URL must begin with rediss://")
	}
	certificates, err := redisCertificates(vm, a, given, o)
	raiseForbidden(a, err)
	if err != nil {
		return refused(a, err)
	}
	name := fmt.Sprintf("redis %q %v %v %v %x", url, most, size, server.Timeout, certificates.sum())
	shared, err := vm.Shared().Lend(vm, name, func() (io.Closer, error) {
		if server.TLS != nil {
			if err := certificates.use(server.TLS); err != nil {
				return nil, err
			}
		}
		return redis.NewPool(server), nil
	})
	if err != nil {
		return refused(a, err)
	}
	pool := shared.(*redis.Pool)
	ctx := vm.Waiting(a.L)
	if err := pool.Connect(ctx); err != nil {
		return failed(ctx, a, err)
	}
	a.L.Push(vm.Object(&redisType, &redisServer{pool}))
	return 1
}

// certificateFile is a file of certificates or of a key, and what is in it.
type certificateFile struct{ name, text string }

// certificateFiles are those of a server over TLS.
type certificateFiles struct{ ca, cert, key certificateFile }

// redisCertificates reads the files that the options name, those that the script
// itself does through the sandbox.
func redisCertificates(vm *luabind.VM, a luabind.Args, given, o luabind.Options) (c certificateFiles, err error) {
	for _, file := range [...]struct {
		option string
		into   *certificateFile
	}{{"ca", &c.ca}, {"cert", &c.cert}, {"key", &c.key}} {
		path := pemFile(a, o, file.option)
		if path == "" {
			continue
		}
		var text []byte
		if given.Set(file.option) {
			text, err = redisFile(vm, path)
		} else {
			text, err = os.ReadFile(path) // which the settings name
		}
		if err != nil {
			return c, err
		}
		*file.into = certificateFile{path, string(text)}
	}
	return c, nil
}

// redisFile reads a file of the sandbox's.
func redisFile(vm *luabind.VM, name string) ([]byte, error) {
	file, err := vm.Sandbox().Open(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not keep the call
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, 1<<20))
}

// sum is another after the files were renewed.
func (c *certificateFiles) sum() [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q", *c))
}

// use adds the certificates to trust and to show.
func (c *certificateFiles) use(config *tls.Config) error {
	if c.ca.name != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(c.ca.text)) {
			return fmt.Errorf("there is no certificate in %s", c.ca.name)
		}
	}
	if c.cert.name == "" {
		return nil
	}
	secret := c.cert.text
	if c.key.name != "" {
		secret = c.key.text
	}
	pair, err := tls.X509KeyPair([]byte(c.cert.text), []byte(secret))
	if err != nil {
		return fmt.Errorf("%s: %s", c.cert.name, strings.TrimPrefix(err.Error(), "tls: "))
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}
