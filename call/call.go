package call

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"goagi/agi"
	"goagi/eagi"
	"goagi/luabind"
)

// DefaultGrace is the grace time that the zero value of a Call stands for.
const DefaultGrace = 10 * time.Second

// stuckAfter is how long a script that was told to end may take inside one
// call of Go code, where nothing else is said, before the dialog is closed under
// it, and again before it is abandoned.
const stuckAfter = 250 * time.Millisecond

// Call is one call and the script it is for.
type Call struct {
	Transport agi.Transport
	// Load finds and compiles the script, once the environment is read. An
	// error for which errors.Is with fs.ErrNotExist holds is NOTFOUND.
	Load func(*agi.Env) (*luabind.Chunk, error)
	// Describe gives what the script sees of the call besides the session:
	// Args, Script, Modules, Query, Transport of the Host.
	Describe func(*agi.Env) luabind.Host
	Log      *slog.Logger
	// Notes are told to Asterisk's log as warnings, before the script runs.
	Notes []error
	// Audio opens the caller's audio, of a call that has some: EAGI. Nil where
	// nothing can be had.
	Audio func() (io.ReadCloser, error)

	Keep  time.Duration // so much of the newest audio is kept; eagi.DefaultKeep where zero
	Grace time.Duration // time to clean up after a hangup; DefaultGrace where zero
	Limit time.Duration // the call's longest; none where zero
	Stuck time.Duration // how long a script that was told to end may take inside one call of Go code; 250 ms where zero
}

// Run runs the call. It blocks until the script has ended, or was abandoned:
// at the latest a grace time and two moments after a hangup, the limit or the
// end of ctx (and one more grace time where agi.on_hangup has handlers). It
// reports the outcome to the dialplan and to Asterisk's log where the dialog
// still allows that. The transport is the caller's to close.
func Run(ctx context.Context, c Call) Result {
	if c.Grace == 0 {
		c.Grace = DefaultGrace
	}
	if c.Stuck == 0 {
		c.Stuck = stuckAfter
	}
	env, err := c.Transport.Env(ctx)
	if err != nil {
		return Result{Status: Failed, Err: err, NoCall: true}
	}
	r := &run{
		Call:      c,
		session:   agi.NewSession(c.Transport),
		done:      make(chan Result, 1),
		abandoned: make(chan struct{}),
	}
	r.vmCtx, r.endVM = context.WithCancelCause(context.Background())
	defer r.endVM(nil)
	if env.Enhanced() && c.Audio != nil {
		// Before anything else: Asterisk throws away what nobody reads.
		if err := r.drain(); err != nil {
			c.Log.Error("the caller's audio cannot be read", "error", err)
		} else {
			defer r.audio.Close()
		}
	}
	// A call that nothing happens to needs no goroutine to watch over it, and
	// no timer: either would be paid for at the start of each process.
	defer context.AfterFunc(r.session.Channel(), r.lost)()
	defer context.AfterFunc(ctx, func() { r.take(errShutdown) })()
	if c.Limit > 0 {
		defer time.AfterFunc(c.Limit, func() { r.take(errLimit) }).Stop()
	}
	defer r.noGrace()
	go func() {
		grow()
		r.done <- r.script(env)
	}()
	select {
	case result := <-r.done:
		return result
	case <-r.abandoned:
		result := judge(stuck(), context.Cause(r.session.Channel()))
		result.Abandoned = true
		return r.reportFor(result)
	}
}

// grow gives the goroutine at once the stack that Lua takes. Grown from its first
// 2 KiB as it is needed it would be copied with all that lies on it, twice, which
// was a twentieth of a server's time.
//
//go:noinline
func grow() {
	var room [6 << 10]byte
	touch(&room)
}

//go:noinline
func touch(*[6 << 10]byte) {}

// run is a call in progress.
type run struct {
	Call
	session   *agi.Session
	audio     *eagi.Audio     // nil where there is none
	vmCtx     context.Context // ends Lua; the script's goroutine's own
	done      chan Result
	abandoned chan struct{}

	mu       sync.Mutex
	endVM    context.CancelCauseFunc // ends vmCtx; nil when no Lua runs any more
	timer    *time.Timer             // of the grace time, from the loss of the channel on
	turn     int                     // counts the timers, so that one that comes late does nothing
	finished bool                    // Run has its result
}

// script is the script's goroutine: the only one that sends commands.
func (r *run) script(env *agi.Env) Result {
	r.Log = r.Log.With("call", env.Get("uniqueid"))
	for _, note := range r.Notes {
		_ = r.session.Log("WARNING", "goagi: "+note.Error())
	}
	r.learnFormat()
	chunk, err := r.Load(env)
	if err != nil {
		return r.report(judge(err, nil))
	}
	host := r.Describe(env)
	host.Session, host.Env, host.Log, host.Context, host.Audio = r.session, env, r.Log, r.context, r.audio
	vm := luabind.New(host)
	defer vm.Close()
	err = vm.Run(r.vmCtx, chunk)
	if r.vmCtx.Err() != nil && isStopped(err) {
		err = stopped(err)
	}
	cause := context.Cause(r.session.Channel())
	var handler error
	if cause != nil && vm.Handlers() > 0 {
		handler = r.handlers(vm)
	}
	result := judge(err, cause)
	result.Handler = handler
	if errors.Is(err, agi.ErrDead) && env.Get("extension") != "h" {
		// Most likely the caller hung up before Asterisk had started the
		// program; a hangup handler looks the same, so the log is told.
		result.Status = Hangup
		_ = r.session.Log("WARNING", "goagi: "+result.Message())
	}
	return r.report(result)
}

// isStopped reports whether err is that of a VM whose context ended, and not
// one that the script made itself while it cleaned up.
func isStopped(err error) bool {
	e, ok := errors.AsType[*luabind.ScriptError](err)
	return err == nil || ok && (e.Err != nil || e.Message == context.Canceled.Error() || e.Message == luabind.ErrHalted.Error())
}

// handlers runs what agi.on_hangup was given, with one more grace time for
// all of it, and gives the first error.
func (r *run) handlers(vm *luabind.VM) (first error) {
	ctx, end := context.WithCancelCause(context.Background())
	defer end(nil)
	r.vmCtx = ctx
	r.anotherGrace(end)
	for i := range vm.Handlers() {
		err := vm.RunHandler(ctx, i)
		exit, ended := errors.AsType[luabind.Exit](err)
		if ended && exit.Code == 0 {
			return first
		}
		if ctx.Err() != nil && isStopped(err) {
			err = stopped(err)
		}
		if err != nil && !errors.Is(err, agi.ErrHangup) {
			if first == nil {
				first = err
			}
			r.Log.Error("an on_hangup handler failed", "error", err)
			_ = r.session.Log("ERROR", "goagi: on_hangup: "+err.Error())
		}
		if ctx.Err() != nil || ended {
			return first
		}
	}
	return first
}

// report tells the dialplan and Asterisk's log how the script ended, with one
// more grace time for it.
func (r *run) report(result Result) Result {
	r.anotherGrace(nil)
	tell(r.session, result)
	return result
}

// reportFor is report for a script that is stuck: it has a session of its own,
// and little time.
func (r *run) reportFor(result Result) Result {
	defer time.AfterFunc(r.Stuck, func() { r.Transport.Close() }).Stop()
	tell(agi.NewSession(r.Transport), result)
	return result
}

// tell writes a result down where the dialplan's authors look for it. Errors of
// it have nobody left to hear them.
func tell(session *agi.Session, result Result) {
	switch {
	case result.Status == Failed, result.Status == NotFound:
		_ = session.Log("ERROR", "goagi: "+result.Message())
	case result.Status == Timeout, errors.Is(result.Err, errGrace):
		_ = session.Log("WARNING", "goagi: "+result.Message())
	}
	if result.Status == OK {
		_ = session.Last("SET VARIABLE", "GOAGI_STATUS", string(OK))
		return
	}
	_ = session.SetVariable("GOAGI_STATUS", string(result.Status))
	_ = session.SetVariable("GOAGI_ERROR", result.Message())
}

// context is what a wait of the script ends by: the channel while it has one,
// then the grace time.
func (r *run) context() context.Context {
	if channel := r.session.Channel(); channel.Err() == nil {
		return channel
	}
	return r.vmCtx
}
