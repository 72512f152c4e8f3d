package std

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
	"goagi/redis"
)

// redisType is what redis.connect gives.
var redisType = luabind.Type{
	Name: "redis",
	Doc: "A server. Its methods are the commands of Redis, by their names in lower or upper case, with their arguments as the reference of Redis has them, " +
		"and these. It ends by itself with the call.",
	Methods: []luabind.Func{
		{
			Name: "command", Params: "name: string, ...: string|number", Returns: "reply: any, message: string?",
			Doc:  "Sends a command, such as `db:command(\"JSON.GET\", key)`, and gives its reply. Words of the name are one argument each: `db:command(\"CLIENT\", \"LIST\")`.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return redisCommand(vm, a, redisWords(a, 1)) },
		},
		{
			Name: "eval", Params: "script: string, numkeys: number, ...: string|number", Returns: "reply: any, message: string?",
			Doc: "Runs a script in Redis, as its command EVAL: numkeys of the further arguments are KEYS, the others ARGV. " +
				"Where Redis knows the script already, only its hash is sent.",
			Call: redisEval,
		},
		{
			Name: "lock", Params: "name: string, ttl: number, fn: (fun(): any), options?: table", Returns: "...: any",
			Options: []luabind.Option{
				{Name: "wait", Type: "number", Doc: "seconds to wait for the lock at most (10)"},
			},
			Doc: "Runs fn while no other call, of any machine, has the lock of that name, a key in Redis, and gives what fn returns; nil and a message where the lock did " +
				"not become free. It is released when fn ends, however that is; where goagi itself is killed, after ttl seconds. So fn must take less: where it took " +
				"more, another may have had the lock too, and the log says so.",
			Call: redisLock,
		},
		{
			Name: "pipeline", Params: "commands: (string|number)[][], options?: table", Returns: "replies: any[]?, message: string?",
			Options: []luabind.Option{
				{Name: "atomic", Type: "boolean", Doc: "all of them in a transaction (MULTI and EXEC), so that no other command comes between (false)"},
			},
			Doc: "Sends a list of commands together, each a list of its words, and gives the list of their replies, with false for nil, and {err = message} for " +
				"a command that failed. Gives nil and why where none was carried out, or the connection broke.",
			Call: redisPipeline,
		},
	},
	Other: func(name string) *luabind.Func {
		return &luabind.Func{
			Name: name, Params: "...: string|number",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				return redisCommand(vm, a, append([]string{strings.ToUpper(name)}, redisWords(a, 1)...))
			},
		}
	},
}

// redisWord makes a value an argument of a command, "" and false for one that is none.
func redisWord(value lua.LValue) (string, bool) {
	switch value := value.(type) {
	case lua.LString:
		return string(value), true
	case lua.LNumber:
		f := float64(value)
		if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return strconv.FormatInt(int64(f), 10), true
		}
		return strconv.FormatFloat(f, 'g', -1, 64), true
	case *lua.LUserData:
		number, ok := value.Value.(json.Number)
		return string(number), ok
	}
	return "", false
}

// redisWords reads the arguments from the nth on.
func redisWords(a luabind.Args, n int) []string {
	words := make([]string, 0, a.L.GetTop())
	for ; n <= a.L.GetTop(); n++ {
		word, ok := redisWord(a.L.Get(n))
		if !ok {
			a.Misuse("argument %d must be a string or a number, not a %s", n, a.L.Get(n).Type())
		}
		words = append(words, word)
	}
	return words
}

// redisCommand sends a command and gives its reply.
func redisCommand(vm *luabind.VM, a luabind.Args, command []string) int {
	if why := redis.Refusal(command); why != "" {
		a.Misuse("this command cannot be sent: %s", why)
	}
	ctx := vm.Waiting(a.L)
	replies, err := a.Self.(*redisServer).pool.Do(ctx, command)
	if err != nil {
		return failed(ctx, a, err)
	}
	return redisReply(vm, a, command, replies[0])
}

// redisReply gives the script a reply.
func redisReply(vm *luabind.VM, a luabind.Args, command []string, reply any) int {
	if err, ok := reply.(redis.Error); ok {
		return refused(a, err)
	}
	if reply == nil {
		a.PushNil()
	} else {
		a.L.Push(redisValue(vm, command, reply))
	}
	return 1
}

// redisValue makes a reply a value of Lua: false for nil and a table for an error,
// as they are in a list.
func redisValue(vm *luabind.VM, command []string, reply any) lua.LValue {
	switch reply := reply.(type) {
	case string:
		return lua.LString(reply)
	case int64:
		if reply > 1<<53 || reply < -1<<53 {
			return vm.Object(&integerType, json.Number(strconv.FormatInt(reply, 10)))
		}
		return lua.LNumber(reply)
	case redis.Error:
		table := vm.L.NewTable()
		table.RawSetString("err", lua.LString(reply))
		return table
	case []any:
		if isPairs(command) && len(reply)%2 == 0 {
			table := vm.L.CreateTable(0, len(reply)/2)
			for i := 0; i < len(reply); i += 2 {
				table.RawSet(redisValue(vm, nil, reply[i]), redisValue(vm, nil, reply[i+1]))
			}
			return table
		}
		table := vm.L.CreateTable(len(reply), 0)
		for _, item := range reply {
			table.Append(redisValue(vm, nil, item))
		}
		return table
	}
	return lua.LFalse
}

// isPairs reports whether the reply to a command is a list of names and values in
// turn.
func isPairs(command []string) bool {
	switch {
	case len(command) == 0:
		return false
	case strings.EqualFold(command[0], "HGETALL"):
		return true
	}
	return len(command) > 1 && strings.EqualFold(command[0], "CONFIG") && strings.EqualFold(command[1], "GET")
}

func redisEval(vm *luabind.VM, a luabind.Args) int {
	script, rest := a.Text(1), redisWords(a, 2)
	a.Integer(2)
	hash := sha1.Sum([]byte(script))
	pool, ctx := a.Self.(*redisServer).pool, vm.Waiting(a.L)
	command := append([]string{"EVALSHA", hex.EncodeToString(hash[:])}, rest...)
	replies, err := pool.Do(ctx, command)
	if err == nil && isNoScript(replies[0]) {
		command = append([]string{"EVAL", script}, rest...)
		replies, err = pool.Do(ctx, command)
	}
	if err != nil {
		return failed(ctx, a, err)
	}
	return redisReply(vm, a, command, replies[0])
}

func isNoScript(reply any) bool {
	err, ok := reply.(redis.Error)
	return ok && strings.HasPrefix(string(err), "NOSCRIPT")
}

func redisPipeline(vm *luabind.VM, a luabind.Args) int {
	list, ok := a.L.Get(1).(*lua.LTable)
	if !ok {
		a.Fail(1, "a list of commands")
	}
	atomic := a.Options(2).Truth("atomic", false)
	commands := make([][]string, list.Len())
	for i := range commands {
		commands[i] = pipelined(a, i+1, list.RawGetInt(i+1))
	}
	if len(commands) == 0 {
		a.L.Push(a.L.NewTable())
		return 1
	}
	sent := commands
	if atomic {
		sent = append(append([][]string{{"MULTI"}}, commands...), []string{"EXEC"})
	}
	ctx := vm.Waiting(a.L)
	replies, err := a.Self.(*redisServer).pool.Do(ctx, sent...)
	if err != nil {
		return failed(ctx, a, err)
	}
	if atomic {
		for _, queued := range replies { // EXEC's own refusal does not say why
			if err, ok := queued.(redis.Error); ok {
				return refused(a, err)
			}
		}
		replies, _ = replies[len(replies)-1].([]any)
	}
	table := a.L.CreateTable(len(replies), 0)
	for i, reply := range replies {
		table.Append(redisValue(vm, commands[i], reply))
	}
	a.L.Push(table)
	return 1
}

// pipelined reads the nth command of a pipeline.
func pipelined(a luabind.Args, n int, value lua.LValue) []string {
	list, ok := value.(*lua.LTable)
	if !ok {
		a.Misuse("command %d of the pipeline must be a list of its words, not a %s", n, value.Type())
	}
	command := make([]string, list.Len())
	for i := range command {
		if command[i], ok = redisWord(list.RawGetInt(i + 1)); !ok {
			a.Misuse("word %d of command %d must be a string or a number, not a %s", i+1, n, list.RawGetInt(i+1).Type())
		}
	}
	if why := redis.Refusal(command); why != "" {
		a.Misuse("command %d of the pipeline cannot be sent: %s", n, why)
	}
	return command
}
