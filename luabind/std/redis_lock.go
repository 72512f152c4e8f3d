package std

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
	"goagi/redis"
)

// unlockScript removes a lock where it still is the one that was set.
const unlockScript = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`

// How long redis:lock waits by default, how long it waits before it looks again
// whether the lock is free, at first and at most, and how long a release may take.
const (
	lockWait       = 10 * time.Second
	firstLockPause = 10 * time.Millisecond
	mostLockPause  = 250 * time.Millisecond
	mostRelease    = time.Second
)

func redisLock(vm *luabind.VM, a luabind.Args) int {
	name, ttl := a.Text(1), a.Seconds(2)
	if ttl < time.Millisecond {
		a.Fail(2, "a number of seconds, 0.001 or more")
	}
	fn, ok := a.L.Get(3).(*lua.LFunction)
	if !ok {
		a.Fail(3, "a function")
	}
	wait := a.Options(4).Seconds("wait", lockWait)
	l := &heldLock{pool: a.Self.(*redisServer).pool, name: name, ttl: ttl, token: strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)}
	ctx := vm.Waiting(a.L)
	free, err := l.take(ctx, wait)
	if err != nil {
		if _, refusal := errors.AsType[redis.Error](err); !refusal {
			vm.OnClose(func() { _ = l.release() }) // Redis may have set it, though the reply did not come
		}
		return failed(ctx, a, err)
	}
	if !free {
		a.PushNil()
		a.PushText("the lock " + strconv.Quote(name) + " did not become free within " + wait.String())
		return 2
	}
	defer func() {
		if err := l.release(); err != nil {
			vm.Host().Log.Warn("a lock was not released", "lock", name, "error", err)
		}
	}()
	results := a.Callback(fn)
	for _, value := range results {
		a.L.Push(value)
	}
	return len(results)
}

// heldLock is a key in Redis that only its holder removes.
type heldLock struct {
	pool  *redis.Pool
	name  string
	ttl   time.Duration
	token string
}

// take waits for the lock, and reports whether it has it.
func (l *heldLock) take(ctx context.Context, wait time.Duration) (bool, error) {
	end, pause := time.Now().Add(wait), firstLockPause
	for {
		replies, err := l.pool.Do(ctx, []string{"SET", l.name, l.token, "NX", "PX", strconv.FormatInt(l.ttl.Milliseconds(), 10)})
		if err != nil {
			return false, err
		}
		if err, ok := replies[0].(redis.Error); ok {
			return false, err
		}
		left := time.Until(end)
		if replies[0] != nil || left <= 0 {
			return replies[0] != nil, nil
		}
		timer := time.NewTimer(min(left, pause/2+rand.N(pause)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false, context.Cause(ctx)
		}
		pause = min(2*pause, mostLockPause)
	}
}

// errLate is the error of a lock that ended before its function.
var errLate = errors.New("its function took longer than its ttl: another call may have had it meanwhile")

// release removes the lock. It does not end with the call, which may be over.
func (l *heldLock) release() error {
	ctx, cancel := context.WithTimeout(context.Background(), mostRelease)
	defer cancel()
	replies, err := l.pool.Do(ctx, []string{"EVAL", unlockScript, "1", l.name, l.token})
	if err != nil {
		return err
	}
	switch reply := replies[0].(type) {
	case redis.Error:
		return reply
	case int64:
		if reply == 0 {
			return errLate
		}
	}
	return nil
}
