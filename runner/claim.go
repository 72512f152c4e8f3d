package runner

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"goagi/redis"
)

// redisClaims are the claims of calls in a Redis, which is an ami.Claimer. Its
// keys are
//
//	goagi:holder:HOLDER             1, as long as that worker lives
//	goagi:call:ASTERISK/UNIQUEID    HOLDER
type redisClaims struct{ pool *redis.Pool }

const (
	holderKey = "goagi:holder:"
	callKey   = "goagi:call:"
)

// What Redis does at once. A worker without a lease of its own claims nothing.
const (
	renewScript = `local was = redis.call("exists", KEYS[1])
redis.call("set", KEYS[1], "1", "px", ARGV[1])
return was`
	claimScript = `if redis.call("exists", KEYS[2]) == 0 then return redis.error_reply("NOHOLDER this worker's lease is not there") end
local owner = redis.call("get", KEYS[1])
if owner and owner ~= ARGV[1] and redis.call("exists", ARGV[3] .. owner) == 1 then return {owner, 0} end
if not owner and ARGV[4] == "known" then return {"", 0} end
redis.call("set", KEYS[1], ARGV[1], "px", ARGV[2])
return {ARGV[1], owner and owner ~= ARGV[1] and 1 or 0}`
	releaseScript = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`
)

// claimTimeout is how long Redis may take for one answer, claimConnections how
// many are asked for at once.
const (
	claimTimeout     = 3 * time.Second
	claimConnections = 32
)

// openClaims gives the claims in the Redis of a URL. The error is that of a URL
// that is none.
func openClaims(text string) (*redisClaims, error) {
	options, err := redis.Parse(text)
	if err != nil {
		return nil, err
	}
	options.Timeout, options.Most = claimTimeout, claimConnections
	return &redisClaims{redis.NewPool(options)}, nil
}

// check asks Redis once, with what claims take. What it refuses is an error; where
// it is not there it may come, and until then calls wait for a while.
func (r *redisClaims) check(log *slog.Logger) error {
	_, err := r.one(context.Background(), "EVAL", `return redis.call("exists", KEYS[1])`, "1", holderKey+"-")
	if refused, is := errors.AsType[redis.Error](err); is && !strings.HasPrefix(refused.Error(), "LOADING") {
		return &usageError{"--claim: " + refused.Error(), "GOAGI_CLAIM names user, password and database, as in redis://:PASSWORD@HOST:6379/0; the user needs eval, exists, get, set and del"}
	}
	if err != nil {
		log.Error("no claims can be had yet", "error", err)
	}
	return nil
}

// Close closes the connections.
func (r *redisClaims) Close() { r.pool.Close() }

// one sends one command and gives its reply.
func (r *redisClaims) one(ctx context.Context, command ...string) (any, error) {
	replies, err := r.pool.Do(ctx, command)
	if err != nil {
		return nil, err
	}
	if refused, is := replies[0].(redis.Error); is {
		return nil, refused
	}
	return replies[0], nil
}

// Renew implements ami.Claimer.
func (r *redisClaims) Renew(ctx context.Context, holder string, d time.Duration) (bool, error) {
	reply, err := r.one(ctx, "EVAL", renewScript, "1", holderKey+holder, millis(d))
	return reply == int64(1), err
}

// Gone implements ami.Claimer.
func (r *redisClaims) Gone(ctx context.Context, holders []string) (gone []string, err error) {
	commands := make([][]string, len(holders))
	for i, holder := range holders {
		commands[i] = []string{"EXISTS", holderKey + holder}
	}
	replies, err := r.pool.Do(ctx, commands...)
	if err != nil {
		return nil, err
	}
	for i, reply := range replies {
		if refused, is := reply.(redis.Error); is {
			return nil, refused
		}
		if reply == int64(0) {
			gone = append(gone, holders[i])
		}
	}
	return gone, nil
}

// Leave implements ami.Claimer.
func (r *redisClaims) Leave(ctx context.Context, holder string) error {
	_, err := r.one(ctx, "DEL", holderKey+holder)
	return err
}

// Claim implements ami.Claimer.
func (r *redisClaims) Claim(ctx context.Context, call, holder string, known bool, d time.Duration) (string, bool, error) {
	what := "any"
	if known {
		what = "known"
	}
	reply, err := r.one(ctx, "EVAL", claimScript, "2", callKey+call, holderKey+holder, holder, millis(d), holderKey, what)
	if err != nil {
		return "", false, err
	}
	if list, ok := reply.([]any); ok && len(list) == 2 {
		if owner, ok := list[0].(string); ok {
			return owner, list[1] == int64(1), nil
		}
	}
	return "", false, errors.New("the answer is none of our script's")
}

// Release implements ami.Claimer.
func (r *redisClaims) Release(ctx context.Context, call, holder string) error {
	_, err := r.one(ctx, "EVAL", releaseScript, "1", callKey+call, holder)
	return err
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// passwordInClaim reports whether a password stands in --claim of a command line.
func passwordInClaim(args []string) bool {
	return inArgs(args, "--claim", func(value string) bool {
		u, err := url.Parse(value)
		if err != nil {
			return strings.Contains(value, "@")
		}
		_, has := u.User.Password()
		return has
	})
}
