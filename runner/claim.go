package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"goagi/ami"
	"goagi/redis"
)

// redisClaims are the claims of calls in a Redis, which is an ami.Claimer. Its
// keys are
//
//	goagi:store                     a random word, by which workers see that they have the same Redis
//	goagi:holder:HOLDER             1, as long as that worker lives
//	goagi:call:ASTERISK/UNIQUEID    HOLDER/NUMBER, or - for a while when it was released
type redisClaims struct {
	pool   *redis.Pool
	addr   string // where it is, for the log
	secure bool   // TLS
}

const (
	storeKey  = "goagi:store"
	holderKey = "goagi:holder:"
	callKey   = "goagi:call:"
	released  = "-"
)

// What Redis does at once. A worker without a lease of its own claims nothing. All
// keys that a script looks at are declared.
const (
	idScript = `redis.call("set", KEYS[1], ARGV[1], "nx")
return redis.call("get", KEYS[1])`
	renewScript = `local was = redis.call("exists", KEYS[1])
redis.call("set", KEYS[1], "1", "px", ARGV[1])
return was`
	// KEYS are the call, the holder and the one that had it; ARGV the holder and "/",
	// the number, the claim that had it or "", and the time.
	claimScript = `if redis.call("exists", KEYS[2]) == 0 then return redis.error_reply("NOHOLDER this worker's lease is not there") end
local owner = redis.call("get", KEYS[1])
if not owner then
	if ARGV[3] ~= "" then return "" end
elseif string.sub(owner, 1, #ARGV[1]) == ARGV[1] then
	if tonumber(string.sub(owner, #ARGV[1] + 1)) > tonumber(ARGV[2]) then return owner end
elseif owner ~= "` + released + `" and (owner ~= ARGV[3] or redis.call("exists", KEYS[3]) == 1) then
	return owner
end
redis.call("set", KEYS[1], ARGV[1] .. ARGV[2], "px", ARGV[4])
return ARGV[1] .. ARGV[2]`
	releaseScript = `if redis.call("get", KEYS[1]) == ARGV[1] then redis.call("set", KEYS[1], "` + released + `", "px", ARGV[2]) end
return 0`
)

// claimTimeout is how long Redis may take for one answer, claimConnections how
// many are asked for at once, checkKept how long what the check writes stays at most,
// ownersAtOnce how many keys one command reads.
const (
	claimTimeout     = 3 * time.Second
	claimConnections = 32
	checkKept        = 10 * time.Second
	ownersAtOnce     = 500
)

// openClaims gives the claims in the Redis of a URL. The error is that of a URL
// that is none.
func openClaims(text string) (*redisClaims, error) {
	options, err := redis.Parse(text)
	if err != nil {
		return nil, err
	}
	options.Timeout, options.Most = claimTimeout, claimConnections
	return &redisClaims{redis.NewPool(options), options.Address, options.TLS != nil}, nil
}

// check asks Redis once for all that claims take, for a call that there is not. What
// it refuses is an error; where it is not there it may come, and until then calls
// wait for a while.
func (r *redisClaims) check(log *slog.Logger) error {
	err := r.try(context.Background())
	if refused, is := errors.AsType[redis.Error](err); is && !passes(refused) {
		return &usageError{"--claim: " + refused.Error(), "it must be a Redis that can be written to, no replica and no cluster; GOAGI_CLAIM names user, password and database, as in redis://:PASSWORD@HOST:6379/0; " +
			"the user needs eval, exists, get, mget, set and del, and the keys goagi:*"}
	}
	if err != nil {
		hint := "calls wait for it, and go on in the dialplan where it does not come: is it there, and is the address right?"
		if r.secure {
			hint = "rediss:// is for a Redis with TLS, redis:// for one without; " + hint
		}
		log.Error("no claims can be had yet: the Redis of --claim does not answer", "redis", r.addr, "error", err, "hint", hint)
	}
	return nil
}

// try does once what claims do.
func (r *redisClaims) try(ctx context.Context) error {
	word := strconv.FormatUint(rand.Uint64(), 36)
	call, claim := "check/"+word, ami.Claim{Holder: "check-" + word, Number: 1}
	if _, err := r.ID(ctx); err != nil {
		return err
	}
	if _, err := r.Renew(ctx, claim.Holder, checkKept); err != nil {
		return err
	}
	owners, err := r.Claim(ctx, []ami.Wanted{{Call: call, Claim: claim}}, checkKept)
	if err == nil && owners[0] != claim {
		err = redis.Error("what was written is not there: " + fmt.Sprint(owners[0]))
	}
	if err == nil {
		_, err = r.Owners(ctx, []string{call})
	}
	if err == nil {
		_, err = r.Gone(ctx, []string{claim.Holder})
	}
	if err == nil {
		err = r.Release(ctx, call, claim, time.Millisecond)
	}
	return errors.Join(err, r.Leave(ctx, claim.Holder))
}

// passes reports whether what Redis refuses it will do in a moment.
func passes(refused redis.Error) bool {
	code, _, _ := strings.Cut(refused.Error(), " ")
	return slices.Contains([]string{"LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN"}, code)
}

// Close closes the connections.
func (r *redisClaims) Close() { r.pool.Close() }

// all sends commands together and gives their replies, of which none is refused.
func (r *redisClaims) all(ctx context.Context, commands ...[]string) ([]any, error) {
	if len(commands) == 0 {
		return nil, nil
	}
	replies, err := r.pool.Do(ctx, commands...)
	if err != nil {
		return nil, err
	}
	for _, reply := range replies {
		if refused, is := reply.(redis.Error); is {
			return nil, refused
		}
	}
	return replies, nil
}

// one sends one command and gives its reply.
func (r *redisClaims) one(ctx context.Context, command ...string) (any, error) {
	replies, err := r.all(ctx, command)
	if err != nil {
		return nil, err
	}
	return replies[0], nil
}

// ID implements ami.Claimer.
func (r *redisClaims) ID(ctx context.Context) (string, error) {
	reply, err := r.one(ctx, "EVAL", idScript, "1", storeKey, strconv.FormatUint(rand.Uint64(), 36))
	if err != nil {
		return "", err
	}
	id, ok := reply.(string)
	if !ok || id == "" || strings.ContainsAny(id, " \r\n") {
		return "", errNotOurs
	}
	return id, nil
}

// errNotOurs is the error of a reply that our scripts do not give.
var errNotOurs = errors.New("what is in Redis is none of goagi's")

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
	replies, err := r.all(ctx, commands...)
	for i, reply := range replies {
		if reply == int64(0) {
			gone = append(gone, holders[i])
		}
	}
	return gone, err
}

// Leave implements ami.Claimer.
func (r *redisClaims) Leave(ctx context.Context, holder string) error {
	_, err := r.one(ctx, "DEL", holderKey+holder)
	return err
}

// Claim implements ami.Claimer.
func (r *redisClaims) Claim(ctx context.Context, wanted []ami.Wanted, d time.Duration) ([]ami.Claim, error) {
	commands := make([][]string, len(wanted))
	for i, w := range wanted {
		number := strconv.FormatUint(w.Claim.Number, 10)
		commands[i] = []string{"EVAL", claimScript, "3", callKey + w.Call, holderKey + w.Claim.Holder, holderKey + w.From.Holder,
			w.Claim.Holder + "/", number, claimText(w.From), millis(d)}
	}
	replies, err := r.all(ctx, commands...)
	if err != nil {
		return nil, err
	}
	return claimsIn(replies)
}

// Owners implements ami.Claimer.
func (r *redisClaims) Owners(ctx context.Context, calls []string) ([]ami.Claim, error) {
	var commands [][]string
	for some := range slices.Chunk(calls, ownersAtOnce) {
		command := []string{"MGET"}
		for _, call := range some {
			command = append(command, callKey+call)
		}
		commands = append(commands, command)
	}
	replies, err := r.all(ctx, commands...)
	if err != nil {
		return nil, err
	}
	var values []any
	for _, reply := range replies {
		some, _ := reply.([]any)
		values = append(values, some...)
	}
	if len(values) != len(calls) {
		return nil, errNotOurs
	}
	return claimsIn(values)
}

// Release implements ami.Claimer.
func (r *redisClaims) Release(ctx context.Context, call string, claim ami.Claim, d time.Duration) error {
	_, err := r.one(ctx, "EVAL", releaseScript, "1", callKey+call, claimText(claim), millis(d))
	return err
}

// claimText is a claim as it stands in Redis, "" for nobody's.
func claimText(c ami.Claim) string {
	if (c == ami.Claim{}) {
		return ""
	}
	return c.Holder + "/" + strconv.FormatUint(c.Number, 10)
}

// claimsIn reads claims; what is not there or released is nobody's.
func claimsIn(values []any) ([]ami.Claim, error) {
	claims := make([]ami.Claim, len(values))
	for i, value := range values {
		text, _ := value.(string)
		if text == "" || text == released {
			continue
		}
		holder, number, _ := strings.Cut(text, "/")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return nil, errNotOurs
		}
		claims[i] = ami.Claim{Holder: holder, Number: n}
	}
	return claims, nil
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
