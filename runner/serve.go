package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"goagi/agi"
	"goagi/call"
	"goagi/fastagi"
	"goagi/luabind"
	"goagi/luabind/std"
)

// stuckInServer is how long a script may be stuck after its grace time before a
// server gives it up.
const stuckInServer = 5 * time.Second

// serverGC is how much garbage there may be to what is in use: a call's Lua is
// garbage when it ends, and to look for it after each few megabytes of that cost
// a quarter of the server's time. GOGC says otherwise.
const serverGC = 400

// runServe is goagi serve: the same scripts over FastAGI, for many calls.
func runServe(args []string) int {
	set, words, err := readServe(args, "serve")
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printCommand(os.Stdout, "serve")
		return exitDone
	case err == nil && len(words) > 0:
		err = &usageError{"serve takes no words: " + words[0], "the dialplan names the script, as in AGI(agi://127.0.0.1/hello.lua)"}
	}
	if err != nil {
		return fail(err)
	}
	s, err := newServer(set)
	if err != nil {
		return fail(err)
	}
	defer s.close()
	listeners, err := s.listeners(set)
	if err != nil {
		return fail(err)
	}
	return s.run(set, args, s.overFastAGI(set, listeners))
}

// server answers FastAGI calls.
type server struct {
	now     atomic.Pointer[loaded]
	metrics *metrics
	admin   admin
	shared  luabind.Shared // what its calls have in common
	memory  luabind.Memory // what they may hold together
	halt    atomic.Bool    // ends the Lua of all calls at once
	began   *settings      // those of its start
}

// newServer makes a server of the settings.
func newServer(set *settings) (*server, error) {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(serverGC)
	}
	s := &server{metrics: new(metrics), began: set}
	s.admin.metrics, s.admin.memory = s.metrics, &s.memory
	return s, s.load(set)
}

func (s *server) close() { s.now.Load().scripts.Close() }

// loaded is what a reload puts in the place of what was: a call goes on with what
// it began with.
type loaded struct {
	set     *settings
	log     *slog.Logger
	scripts *luabind.Scripts
	folder  string
	sandbox *luabind.Sandbox
	server  *server
}

// load makes settings those of the calls to come.
func (s *server) load(set *settings) error {
	log, err := openServerLog(set)
	if err != nil {
		return err
	}
	next := &loaded{set: set, log: log, server: s}
	for _, next.folder = range scriptFolders(set) {
		if next.scripts, err = luabind.OpenScripts(next.folder); err == nil {
			break
		}
	}
	if err != nil {
		return &usageError{"scripts folder: " + err.Error(), "--scripts DIR names it"}
	}
	if next.folder, err = filepath.Abs(next.folder); err != nil {
		return err
	}
	next.sandbox = set.sandbox("standard", []string{next.folder})
	if name := set.serving.byName; name != "" {
		if _, err := next.scripts.Load(name); err != nil {
			return &usageError{fmt.Sprintf("--default %s: %s", name, err), "it is a script of the folder " + next.folder}
		}
	}
	if info, err := os.Stat(next.sandbox.Data); next.sandbox.Data != "" && (err != nil || !info.IsDir()) {
		log.Warn("the data folder is not there: scripts cannot keep files, databases and what cache holds in it",
			"folder", next.sandbox.Data, "hint", "mkdir it for the server's user, or name another with --data")
	}
	s.now.Store(next)
	return nil
}

// listeners opens what is listened on: what systemd has opened, else what the
// settings say.
func (s *server) listeners(set *settings) ([]net.Listener, error) {
	listeners, err := fastagi.FromSystemd()
	if err != nil || len(listeners) > 0 {
		return listeners, err
	}
	addrs := set.serving.listen
	if len(addrs) == 0 {
		addrs = []string{fastagi.DefaultAddr}
	}
	for _, addr := range addrs {
		more, err := fastagi.Listen(addr)
		if err != nil {
			for _, l := range listeners {
				l.Close()
			}
			return nil, &usageError{err.Error(), "--listen names the addresses; is another server running?"}
		}
		listeners = append(listeners, more...)
	}
	return listeners, nil
}

// run serves until it is told to stop.
func (s *server) run(set *settings, args []string, f front) int {
	log := s.now.Load().log
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var beside sync.WaitGroup
	adminCtx, endAdmin := context.WithCancel(context.Background())
	defer beside.Wait()
	defer endAdmin()
	if set.serving.admin != "" {
		listener, err := net.Listen("tcp", set.serving.admin)
		if err != nil {
			return fail(&usageError{"--admin: " + err.Error(), ""})
		}
		beside.Go(func() { s.admin.serve(adminCtx, listener, log) })
	}
	s.memory.Limit, s.memory.Log = set.memory(usualServerMemory), log
	beside.Go(func() { s.memory.Watch(adminCtx) })
	defer s.shared.Close() // when the last call is over
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)
	ended := make(chan struct{})
	beside.Go(func() { s.obey(signals, ended, args, stop, f.end) })
	err := f.serve(ctx)
	close(ended)
	if err != nil {
		s.now.Load().log.Error("the server ended", "error", err)
		return exitFailed
	}
	s.now.Load().log.Info("the server ended")
	return exitDone
}

// front is what brings a server its calls.
type front struct {
	serve func(ctx context.Context) error // until ctx has ended and the calls are over
	end   func()                          // ends the calls that drain, now
}

// overFastAGI takes calls from listeners.
func (s *server) overFastAGI(set *settings, listeners []net.Listener) front {
	log := s.now.Load().log
	fast := &fastagi.Server{
		Room:    func() bool { return !s.memory.Over() },
		Handler: s.answer, MaxCalls: set.serving.maxCalls, Drain: set.serving.drain, Leave: 2*set.grace + 2*stuckInServer,
		Allow: set.serving.allow, ProxyProtocol: set.serving.proxy, Log: log,
	}
	s.metrics.server = fast
	return front{end: fast.End, serve: func(ctx context.Context) error {
		for _, l := range listeners {
			log.Info("listening", "address", l.Addr().String(), "scripts", s.now.Load().folder)
		}
		_ = fastagi.Notify("READY=1") // where systemd wants to know
		return fast.Serve(ctx, listeners...)
	}}
}

// obey does what signals say until the server has ended: SIGHUP reads the
// settings anew, SIGTERM and SIGINT stop it; a second one ends its calls, and a
// third does so without their grace time.
func (s *server) obey(signals <-chan os.Signal, ended <-chan struct{}, args []string, stop, end func()) {
	for asked := 0; ; {
		var got os.Signal
		select {
		case <-ended:
			return
		case got = <-signals:
		}
		if got == syscall.SIGHUP {
			s.reload(args)
			continue
		}
		log := s.now.Load().log
		switch asked++; asked {
		case 1:
			s.admin.draining.Store(true)
			_ = fastagi.Notify("STOPPING=1")
			log.Info("stopping: calls in progress may end")
			stop()
		case 2:
			log.Info("stopping: calls in progress are ended, and have their grace time")
			end()
		default:
			log.Warn("stopping: calls in progress are ended without their grace time")
			s.halt.Store(true)
			end()
		}
	}
}

// reload reads the settings anew, for the calls to come. Those of the server itself
// stay what they are until the next start, and the log names them; where something
// is wrong, all do.
func (s *server) reload(args []string) {
	last := s.now.Load()
	set, _, err := readCommand(args, func(*settings, *pflag.FlagSet) {})
	if err == nil && s.admin.asterisks != nil {
		err = set.managing.complete()
	}
	if err == nil {
		err = s.load(set)
	}
	if err != nil {
		last.log.Error("the settings are wrong, and stay what they were", "error", err)
		return
	}
	log := s.now.Load().log
	log.Info("settings read anew")
	if names := set.restarts(s.began, s.admin.asterisks != nil); len(names) > 0 {
		log.Warn("these settings are others than those that the server began with, and hold only after a restart", "settings", strings.Join(names, ", "))
	}
}

// answer runs one FastAGI call.
func (s *server) answer(ctx context.Context, conn *fastagi.Conn) {
	r := &request{loaded: s.now.Load(), transport: "fastagi", label: "none"}
	switch s.place(ctx, conn.Stream, r) {
	case call.Failed, call.NotFound, call.Timeout:
		_ = conn.Fail() // a connection that is lost tells it by itself
	}
}

// place runs a call, and gives how it ended, "" where it was none.
func (s *server) place(ctx context.Context, dialog agi.Transport, r *request) call.Status {
	t := &timed{Transport: dialog, metrics: s.metrics}
	begin := time.Now()
	result := call.Run(ctx, call.Call{
		Transport: t,
		Load: func(env *agi.Env) (*luabind.Chunk, error) {
			chunk, err := r.load(env)
			s.metrics.begin(r.label)
			return chunk, err
		},
		Describe: r.host,
		Log:      r.log,
		Grace:    r.set.grace,
		Limit:    r.set.limit,
		Stuck:    stuckInServer,
	})
	if r.env == nil {
		return "" // the environment is read before; nothing comes of this
	}
	s.metrics.end(result.Abandoned)
	s.record(r, t, result, time.Since(begin))
	return result.Status
}

// record counts a call that is over, and writes its line.
func (s *server) record(r *request, t *timed, result call.Result, took time.Duration) {
	status := string(result.Status)
	s.metrics.count("goagi_calls_ended_total", 1, "script", r.label, "status", status)
	s.metrics.count("goagi_lua_seconds_total", (took - t.waited).Seconds())
	s.metrics.observe("goagi_call_duration_seconds", took)
	record := []any{
		"script", r.name, "call", r.env.Get("uniqueid"), "channel", r.env.Get("channel"),
		"seconds", took.Round(time.Microsecond).Seconds(), "commands", t.commands, "status", status,
	}
	level := slog.LevelInfo
	if message := result.Message(); message != "" {
		record = append(record, "error", message)
	}
	if result.Status == call.Failed || result.Status == call.NotFound || result.Abandoned {
		level = slog.LevelError
		s.metrics.count("goagi_script_errors_total", 1, "script", r.label)
		record = append(record, details(result.Err)...)
	}
	if r.log.Enabled(context.Background(), level) {
		line := slog.NewRecord(time.Now(), level, "call", 0) // nobody asks for the place in the source, which costs
		line.Add(record...)
		_ = r.log.Handler().Handle(context.Background(), line)
	}
}

// request is what one call asked for.
type request struct {
	*loaded
	transport string // "fastagi" or "async"
	env       *agi.Env
	args      []string // the script's own
	name      string   // the script's, as it was asked for, or --default's
	label     string   // ... in the metrics: only of scripts that are there, for others are without end
	path      string   // inside the scripts folder
	query     map[string]string
}

// load finds the script that the dialplan asked for.
func (r *request) load(env *agi.Env) (*luabind.Chunk, error) {
	r.env, r.args = env, env.Args()
	if r.transport == "async" {
		// AGI(agi:async,script.lua,one,two): it has no other place for the name.
		if len(r.args) > 0 {
			r.name, r.args = r.args[0], r.args[1:]
		}
		r.path = r.name
	} else {
		asked := env.Get("network_script")
		r.name, _, _ = strings.Cut(asked, "?") // what follows may be a secret, and is not for the log
		script, err := fastagi.ParseScript(asked)
		if err != nil {
			return nil, &notHere{err.Error()}
		}
		r.path, r.query = script.Path, script.Query
	}
	if r.path == "" {
		if r.path = r.set.serving.byName; r.path == "" {
			return nil, &notHere{"the dialplan names no script, and --default none either"}
		}
		r.name = r.path
	}
	chunk, err := r.scripts.Load(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &notHere{fmt.Sprintf("script %+q is not in %s", cutName(r.path), r.folder)}
	}
	if r.label = r.path; path.Ext(r.label) == "" {
		r.label += ".lua" // which may be left out: it is one script
	}
	return chunk, err
}

// notHere is the error of a script that is not there.
type notHere struct{ message string }

func (e *notHere) Error() string { return e.message }
func (e *notHere) Unwrap() error { return fs.ErrNotExist }

func cutName(name string) string {
	const most = 200
	if len(name) > most {
		return name[:most] + "..."
	}
	return name
}

// host is what the script sees of its call.
func (r *request) host(*agi.Env) luabind.Host {
	return luabind.Host{
		Args: r.args, Script: filepath.Join(r.folder, r.path), Query: r.query, Transport: r.transport,
		Modules: []string{path.Dir(r.path), "."}, Load: r.scripts.Load, MaxString: r.set.maxString,
		Library: std.Find, Known: std.Names, Config: r.set.modules, Sandbox: r.sandbox, Shared: &r.server.shared, Memory: &r.server.memory, Halt: &r.server.halt,
	}
}
