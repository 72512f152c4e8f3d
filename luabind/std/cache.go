package std

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/cache"
	"goagi/luabind"
)

// cacheModule is require "cache".
var cacheModule = luabind.Module{
	Name: "cache",
	Doc: "Keeps values for a time, for all calls: what a slow service answered, how often somebody has called. It needs no server.\n\n" +
		"Calls of one process, as under `goagi serve`, share its memory. Calls that are processes of their own, as by `AGI(goagi,...)`, share files, " +
		"in the folder `cache` of the data folder or, where none is set, in one of their user's among the system's temporary files. " +
		"Where `folder` is set, all of them share the files in it.\n\n" +
		"A key is a text of any bytes and any length. A value is a string, a number, a boolean, or a table, which is kept as JSON: " +
		"what `json.encode` refuses raises an error. It has up to 1 MiB, and its time, `ttl`, is up to a year. It may be gone earlier: where values would take " +
		"more than `size`, those that expire soonest go first, and those in memory end with the process. What must not be lost belongs into a database.",
	Ending: "`cache.once` stops waiting for the call that makes the value, and a change stops waiting for the folder's lock: the hangup is raised there. " +
		"The function that `cache.once` runs is ended by it as any part of a script; another call that waits makes the value then.",
	Example: `
local cache = require "cache"

-- One call asks the slow service; the others wait for it, and for a minute all take its answer.
local rate, why = cache.once("rate:EUR", 60, function()
	agi.sleep(0.1)
	return {currency = "EUR", rate = 1.09}
end)
assert(rate, why)
assert(rate.rate == 1.09)

-- No more than three wrong PINs from one number in ten minutes.
local wrong = assert(cache.incr("wrong:" .. agi.env.callerid, 1, 600))
if wrong > 3 then
	agi.hangup()
end

assert(cache.set("greeting", "welcome", 3600))
assert(cache.get("greeting") == "welcome")
assert(cache.delete("greeting"))
assert(cache.get("greeting") == nil)
`,
	Settings: []luabind.Option{
		{Name: "folder", Type: "string", Doc: "folder of the files that all calls share, of processes and of servers; one that is not absolute is in the data folder"},
		{Name: "size", Type: "number", Doc: "MiB that values may take, at least 2 (64); in files each takes at least 4 KiB"},
	},
	Check: checkCache,
	Funcs: []luabind.Func{
		{
			Name: "delete", Params: "key: string", Returns: "existed: boolean?, message: string?",
			Doc:  "Removes a value, and tells whether there was one.",
			Call: cacheDelete,
		},
		{
			Name: "get", Params: "key: string", Returns: "value: any, message: string?",
			Doc: "Gives a value, nil where there is none or its time is over. It never waits. Gives nil and why where the folder cannot be read.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				key := cache.KeyOf(a.Text(1))
				item, err := cacheStore(vm, a).Get(key)
				if err != nil {
					return refused(a, cacheError(err))
				}
				return pushCached(vm, a, item)
			},
		},
		{
			Name: "incr", Params: "key: string, by: number, ttl: number", Returns: "sum: number?, message: string?",
			Doc: "Adds to a number, and gives the sum; where there is no value it begins at 0. Of calls that do so at once each is counted. " +
				"The time runs from the first: ttl, in seconds, counts only where there is no value. Gives nil and why where the value is no number.",
			Call: cacheIncr,
		},
		{
			Name: "once", Params: "key: string, ttl: number, fn: fun(): any, options?: table", Returns: "value: any, message: any",
			Doc: "Gives a value. Where there is none, fn is run, without arguments, and what it returns is kept for ttl seconds and given; other calls " +
				"that want it meanwhile wait for it. Where fn returns nil, nothing is kept: its call gets nil and what else fn returned, as a message, and the next " +
				"call that waits runs its own fn. So it is where fn raises an error, which goes on to its call alone, and where the call or its process ends. " +
				"A value that cannot be kept, as on a full disk, is given with a message. fn must not want the same key. A call that waits for another's longer than " +
				"its timeout gets nil and a message; at once, where that call waits for what this one makes, for fn may want other keys.",
			Options: []luabind.Option{{Name: "timeout", Type: "number", Doc: "seconds that another call may take to make the value (30)"}},
			Call:    cacheOnce,
		},
		{
			Name: "set", Params: "key: string, value: any, ttl: number", Returns: "done: boolean?, message: string?",
			Doc: "Keeps a value for ttl seconds, in place of one that is there. Gives true; nil and why where it cannot be kept, as on a full disk.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				value := packCached(vm, a, 2, a.L.Get(2))
				item := cache.Item{Value: value, Expires: time.Now().Add(cacheTTL(a, 3))}
				err := changeCached(vm, a, func(cache.Item) (cache.Item, error) { return item, nil })
				if err != nil {
					return refused(a, err)
				}
				a.PushTruth(true)
				return 1
			},
		},
	},
}

const (
	defaultCacheSize = 64 // MiB
	longestTTL       = 366 * 24 * time.Hour
)

func checkCache(table map[string]any) error {
	if size := cacheSize(table); size < 2<<20 || size > 1<<40 {
		return errors.New("size must be from 2 to 1048576, in MiB")
	}
	if table["folder"] == "" {
		return errors.New("folder must not be empty")
	}
	return nil
}

func cacheSize(settings map[string]any) int64 {
	switch size := settings["size"].(type) {
	case int64:
		return max(0, min(size, 1<<21)) << 20
	case float64:
		return int64(max(0, min(size, 1<<21)) * (1 << 20))
	}
	return defaultCacheSize << 20
}

// cacheStore gives the store of the call's values: the files of a folder that is
// set, or of a process's only call; else the process's memory.
func cacheStore(vm *luabind.VM, a luabind.Args) cache.Store {
	settings, data := vm.Host().Config["cache"], vm.Sandbox().Data
	size := cacheSize(settings)
	folder, set := settings["folder"].(string)
	switch {
	case set && !filepath.IsAbs(folder):
		return &cache.Files{Folder: filepath.Join(data, folder), Most: size}
	case set:
		return &cache.Files{Folder: folder, Most: size}
	case !vm.Alone():
		memory, err := vm.Shared().Open("cache", func() (io.Closer, error) { return cache.NewMemory(size), nil })
		a.Check(err)
		return memory.(*cache.Memory)
	case data != "":
		return &cache.Files{Folder: filepath.Join(data, "cache"), Most: size}
	}
	return &cache.Files{Folder: filepath.Join(os.TempDir(), "goagi-cache-"+strconv.Itoa(os.Geteuid())), Most: size, Private: true}
}

// cacheError adds to an error what mends it.
func cacheError(err error) error {
	if errors.Is(err, cache.ErrFolder) {
		return fmt.Errorf("%w; folder in [cache] of the settings file names one that the calls' user may write to", err)
	}
	return err
}

// changeCached changes the value of the key that is the first argument. What ends
// the call meanwhile is raised.
func changeCached(vm *luabind.VM, a luabind.Args, fn func(cache.Item) (cache.Item, error)) error {
	key, store := cache.KeyOf(a.Text(1)), cacheStore(vm, a)
	ctx := vm.Waiting(a.L)
	err := store.Change(ctx, key, fn)
	if err != nil && ctx.Err() != nil {
		a.Check(context.Cause(ctx))
	}
	return cacheError(err)
}

// cacheTTL reads for how long a value is kept.
func cacheTTL(a luabind.Args, n int) time.Duration {
	ttl := a.Seconds(n)
	if ttl <= 0 || ttl > longestTTL {
		a.Fail(n, "a number of seconds, over 0 and up to a year")
	}
	return ttl
}

func cacheDelete(vm *luabind.VM, a luabind.Args) int {
	existed := false
	err := changeCached(vm, a, func(old cache.Item) (cache.Item, error) {
		existed = old.Value != nil
		return cache.Item{}, nil
	})
	if err != nil {
		return refused(a, err)
	}
	a.PushTruth(existed)
	return 1
}

func cacheIncr(vm *luabind.VM, a luabind.Args) int {
	by, ttl, sum := a.Number(2), cacheTTL(a, 3), 0.0
	err := changeCached(vm, a, func(item cache.Item) (cache.Item, error) {
		if item.Value == nil {
			item.Expires = time.Now().Add(ttl)
		} else {
			number, ok := unpackNumber(item.Value)
			if !ok {
				return item, errors.New("the value is no number")
			}
			sum = number
		}
		sum += by
		item.Value = packNumber(sum)
		return item, nil
	})
	if err != nil {
		return refused(a, err)
	}
	a.L.Push(lua.LNumber(sum))
	return 1
}

// otherMakes is how long a call waits for the value that another makes, which may be
// waiting for something that this one has.
const otherMakes = 30 * time.Second

func cacheOnce(vm *luabind.VM, a luabind.Args) int {
	name, ttl := a.Text(1), cacheTTL(a, 2)
	fn, ok := a.L.Get(3).(*lua.LFunction)
	if !ok {
		a.Fail(3, "a function")
	}
	key, store := cache.KeyOf(name), cacheStore(vm, a)
	making := makingTable(a.L)
	if making.RawGetString(name) != lua.LNil {
		a.Misuse("the function that makes %+q wants that itself", name)
	}
	timeout := a.Options(4).Seconds("timeout", otherMakes)
	ctx := vm.Waiting(a.L)
	limited, cancel := context.WithTimeout(ctx, timeout)
	item, release, err := store.Claim(limited, key, heldKeys(making)...)
	cancel()
	switch {
	case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return refused(a, fmt.Errorf("another call has been making it for %v", timeout))
	case err != nil:
		return failed(ctx, a, cacheError(err))
	case release == nil:
		return pushCached(vm, a, item)
	}
	making.RawSetString(name, lua.LTrue)
	defer func() {
		making.RawSetString(name, lua.LNil)
		release()
	}()
	results := append(a.Callback(fn), lua.LNil, lua.LNil)
	a.L.Push(results[0])
	if results[0] == lua.LNil {
		a.L.Push(results[1])
		return 2
	}
	item = cache.Item{Value: packCached(vm, a, 0, results[0]), Expires: time.Now().Add(ttl)}
	err = store.Change(vm.Host().Context(), key, func(cache.Item) (cache.Item, error) { return item, nil })
	if err == nil {
		return 1
	}
	a.PushText(cacheError(err).Error())
	return 2
}
