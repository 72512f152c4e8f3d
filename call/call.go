package call

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"goagi/agi"
	"goagi/luabind"
)

// Times that the zero value of a Call stands for.
const (
	DefaultGrace      = 10 * time.Second
	DefaultEnvTimeout = 5 * time.Second
	// stuckAfter is how long a script that was told to end may take inside
	// one call of Go code before the dialog is closed under it, and again
	// before it is abandoned.
	stuckAfter = 250 * time.Millisecond
)

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

	Grace      time.Duration // time to clean up after a hangup; DefaultGrace where zero
	Limit      time.Duration // the call's longest; none where zero
	EnvTimeout time.Duration // for the environment block; DefaultEnvTimeout where zero
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
	if c.EnvTimeout == 0 {
		c.EnvTimeout = DefaultEnvTimeout
	}
	envCtx, cancel := context.WithTimeoutCause(ctx, c.EnvTimeout,
		fmt.Errorf("none came within %v", c.EnvTimeout))
	env, err := c.Transport.Env(envCtx)
	cancel()
	if err != nil {
		return Result{Status: Failed, Err: err}
	}
	r := &run{
		Call:    c,
		session: agi.NewSession(c.Transport),
		phases:  make(chan phase),
		over:    make(chan struct{}),
		done:    make(chan Result, 1),
	}
	r.ctx, r.lose = context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.lose(nil)
	r.vmCtx, r.endVM = context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.endVM(nil)
	go func() { r.done <- r.script(env) }()
	return r.watch(ctx)
}

// run is a call in progress. Its contexts are those of the script's goroutine;
// watch knows them by the functions that end them.
type run struct {
	Call
	session *agi.Session
	ctx     context.Context // ends with the channel
	lose    context.CancelCauseFunc
	vmCtx   context.Context // ends Lua
	endVM   context.CancelCauseFunc
	phases  chan phase    // the script's goroutine asks for the time of what it does next
	over    chan struct{} // closed when watch no longer listens
	done    chan Result
}

// phase is a part of the script's goroutine that has a time of its own.
type phase struct {
	end context.CancelCauseFunc // what to do when that is over; nil: break the dialog
}

// script is the script's goroutine: the only one that sends commands.
func (r *run) script(env *agi.Env) Result {
	chunk, err := r.Load(env)
	var cause error
	if err == nil {
		host := r.Describe(env)
		host.Session, host.Env, host.Log, host.Context = r.session, env, r.Log, r.context
		vm := luabind.New(host)
		defer vm.Close()
		err = vm.Run(r.vmCtx, chunk)
		if r.vmCtx.Err() != nil && isStopped(err) {
			r.Log.Warn("the script was stopped: it did not end within the grace time", "grace", r.Grace)
			err = errGrace
		}
		if r.session.Hungup() {
			cause = errHungup
			if r.ctx.Err() != nil {
				cause = context.Cause(r.ctx)
			}
			r.handlers(vm)
		}
	}
	result := judge(err, cause)
	r.next(nil)
	r.report(result)
	return result
}

// isStopped reports whether err is that of a VM whose context ended, and not
// one that the script made itself while it cleaned up.
func isStopped(err error) bool {
	e, ok := errors.AsType[*luabind.ScriptError](err)
	return err == nil || ok && (e.Err != nil || e.Message == context.Canceled.Error())
}

// handlers runs what agi.on_hangup was given, with one more grace time for
// all of it.
func (r *run) handlers(vm *luabind.VM) {
	if vm.Handlers() == 0 {
		return
	}
	var end context.CancelCauseFunc
	r.vmCtx, end = context.WithCancelCause(context.WithoutCancel(r.vmCtx))
	defer end(nil)
	r.lose(errHungup) // what waits in a handler waits under the grace time
	r.next(end)
	for i := range vm.Handlers() {
		if err := vm.RunHandler(r.vmCtx, i); err != nil && !errors.Is(err, agi.ErrHangup) {
			r.Log.Error("an on_hangup handler failed", "error", err)
			_ = r.session.Log("ERROR", "goagi: on_hangup: "+err.Error())
		}
		if r.vmCtx.Err() != nil {
			return
		}
	}
}

// next begins a phase with a grace time of its own.
func (r *run) next(end context.CancelCauseFunc) {
	select {
	case r.phases <- phase{end}:
	case <-r.over:
	}
}

// context is what a wait of the script ends by: the channel while it has one,
// then the grace time.
func (r *run) context() context.Context {
	if r.ctx.Err() == nil {
		return r.ctx
	}
	return r.vmCtx
}

// report tells the dialplan and Asterisk's log how the script ended. Errors
// of it have nobody left to hear them.
func (r *run) report(result Result) {
	if result.Status == Failed || result.Status == NotFound {
		_ = r.session.Log("ERROR", "goagi: "+result.Message())
	}
	_ = r.session.SetVariable("GOAGI_STATUS", string(result.Status))
	if result.Status != OK {
		_ = r.session.SetVariable("GOAGI_ERROR", result.Message())
	}
}

// watch ends the call's contexts in their order, until the script's goroutine
// is done or given up.
func (r *run) watch(ctx context.Context) Result {
	defer close(r.over)
	var limit, grace, stuck <-chan time.Time
	if r.Limit > 0 {
		timer := time.NewTimer(r.Limit)
		defer timer.Stop()
		limit = timer.C
	}
	hungup, lost, shutdown := r.Transport.Hungup(), r.session.Lost(), ctx.Done()
	end, closed := r.endVM, false
	taken := func(cause *agi.Error) {
		r.lose(cause)
		if cause != errHungup {
			r.session.End(cause.Message)
			_ = r.Transport.Interrupt() // where it can be, else the grace time ends it
		}
		hungup, lost, shutdown, limit = nil, nil, nil, nil
		grace = time.After(r.Grace)
	}
	for {
		select {
		case result := <-r.done:
			return result
		case <-hungup:
			taken(errHungup)
		case <-lost:
			taken(errHungup)
		case <-limit:
			taken(errLimit)
		case <-shutdown:
			taken(errShutdown)
		case p := <-r.phases:
			hungup, lost, shutdown, limit, stuck = nil, nil, nil, nil, nil
			end, grace = p.end, time.After(r.Grace)
		case <-grace:
			if end != nil {
				end(errGrace)
			}
			stuck = time.After(stuckAfter)
		case <-stuck:
			if closed {
				r.Log.Error("the script is stuck and was abandoned")
				cause := context.Cause(r.ctx)
				if cause == nil {
					cause = errHungup
				}
				result := judge(nil, cause)
				result.Abandoned = true
				return result
			}
			closed = true
			r.Transport.Close()
			stuck = time.After(stuckAfter)
		}
	}
}
