package std

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// Limits and modes of the fs module.
const (
	maxFile   = 16 << 20 // bytes that fs.read reads where nothing else is said
	maxListed = 100_000  // names that fs.list gives
	fileMode  = 0o640
	dirMode   = 0o750
)

// fsModule is require "fs".
var fsModule = luabind.Module{
	Name: "fs",
	Doc: "Reads and writes files, whole. A name that does not begin with / is in the data folder: `--data`, else /var/lib/goagi where " +
		"that is there, else (and only in the sandbox open) the folder that goagi was started in. Which other folders a script may use, " +
		"`--sandbox` and `--folders` say ([sandbox.md](sandbox.md)); a name that leads out of them, by `..` or a link, raises an error. " +
		"What else is wrong with a file is given as nil and a message. New files are for goagi's user and group (mode 640, folders " +
		"750). For files that are read or written piece by piece Lua's own `io.open` is there.",
	Ending: "Its functions do not wait, and work on; only fs.copy ends.",
	Example: `local fs = require "fs"

assert(fs.mkdir("orders/2026"))
assert(fs.write("orders/2026/17.txt", "one lamp\n"))
assert(fs.append("orders/2026/17.txt", "two bulbs\n"))
assert(fs.read("orders/2026/17.txt") == "one lamp\ntwo bulbs\n")

for _, name in ipairs(fs.list("orders/2026")) do
  agi.verbose(name .. " has " .. fs.stat("orders/2026/" .. name).size .. " bytes")
end
assert(fs.rename("orders/2026/17.txt", "orders/2026/done.txt"))
assert(not fs.exists("orders/2026/17.txt"))
`,
	Types: []*luabind.Type{&statType},
	Funcs: []luabind.Func{
		{
			Name: "append", Params: "path: string, text: string", Returns: "done: boolean?, message: string?",
			Doc: "Adds a text to the end of a file, and makes the file where there is none. What several calls add at once does not mix.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				return wrote(a, appendFile(vm.Sandbox(), a.Text(1), a.Text(2)))
			},
		},
		{
			Name: "copy", Params: "from: string, to: string", Returns: "done: boolean?, message: string?",
			Doc:  "Copies a file, of any size: whole or not at all.",
			Call: fsCopy,
		},
		{
			Name: "exists", Params: "path: string", Returns: "exists: boolean",
			Doc: "Tells whether a file or folder is there, and can be reached.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				_, err := vm.Sandbox().Stat(a.Text(1))
				if errors.Is(err, luabind.ErrSandbox) {
					a.Check(err)
				}
				a.PushTruth(err == nil)
				return 1
			},
		},
		{
			Name: "list", Params: "path?: string", Returns: "names: string[]?, message: string?",
			Doc: "Gives the names of what is in a folder, sorted; the data folder where left out. At most 100000.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				path := "."
				if a.Has(1) {
					path = a.Text(1)
				}
				names, err := namesIn(vm.Sandbox(), path)
				if err != nil {
					return ofFile(a, err)
				}
				table := a.L.CreateTable(len(names), 0)
				for _, name := range names {
					table.Append(lua.LString(name))
				}
				a.L.Push(table)
				return 1
			},
		},
		{
			Name: "mkdir", Params: "path: string", Returns: "done: boolean?, message: string?",
			Doc: "Makes a folder, and those on the way to it. One that is there already is fine.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				return wrote(a, vm.Sandbox().MkdirAll(a.Text(1), dirMode))
			},
		},
		{
			Name: "read", Params: "path: string, options?: table", Returns: "text: string?, message: string?",
			Options: []luabind.Option{{Name: "max_size", Type: "number", Doc: "bytes that the file may have (16777216); a larger one is not read"}},
			Doc:     "Gives a file's content.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				most := a.Options(2).Number("max_size", maxFile)
				text, err := readFile(vm.Sandbox(), a.Text(1), int64(min(max(most, 0), 1<<31)))
				if err != nil {
					return ofFile(a, err)
				}
				a.PushText(text)
				return 1
			},
		},
		{
			Name: "remove", Params: "path: string", Returns: "done: boolean?, message: string?",
			Doc:  "Removes a file or an empty folder.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return wrote(a, vm.Sandbox().Remove(a.Text(1))) },
		},
		{
			Name: "rename", Params: "from: string, to: string", Returns: "done: boolean?, message: string?",
			Doc:  "Gives a file or folder another name, and takes the place of a file that has it. Both names must be in the same of the sandbox's folders.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return wrote(a, vm.Sandbox().Rename(a.Text(1), a.Text(2))) },
		},
		{
			Name: "stat", Params: "path: string", Returns: "stat: stat?, message: string?",
			Doc: "Tells what is known of a file or folder.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				info, err := vm.Sandbox().Stat(a.Text(1))
				if err != nil {
					return ofFile(a, err)
				}
				kind := "other"
				if info.Mode().IsRegular() {
					kind = "file"
				} else if info.IsDir() {
					kind = "folder"
				}
				table := a.L.CreateTable(0, 3)
				table.RawSetString("size", lua.LNumber(info.Size()))
				table.RawSetString("time", lua.LNumber(float64(info.ModTime().UnixMicro())/1e6))
				table.RawSetString("kind", lua.LString(kind))
				a.L.Push(table)
				return 1
			},
		},
		{
			Name: "write", Params: "path: string, text: string, options?: table", Returns: "done: boolean?, message: string?",
			Options: []luabind.Option{{Name: "atomic", Type: "boolean", Doc: "whether the file appears whole or not at all (true), in a file of its own that takes its place; false writes into the one that is there"}},
			Doc:     "Writes a file, in the place of one of that name. Who reads it meanwhile has the old one, and after a loss of power it is the old or the new one.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				if a.Options(3).Truth("atomic", true) {
					return wrote(a, vm.Sandbox().Replace(a.Text(1), strings.NewReader(a.Text(2)), fileMode))
				}
				return wrote(a, writeFile(vm.Sandbox(), a.Text(1), a.Text(2), os.O_TRUNC))
			},
		},
	},
}

// wrote gives the script true, or nil and what became of a file.
func wrote(a luabind.Args, err error) int {
	if err != nil {
		return ofFile(a, err)
	}
	a.PushTruth(true)
	return 1
}

func appendFile(sandbox *luabind.Sandbox, path, text string) error {
	return writeFile(sandbox, path, text, os.O_APPEND)
}

// writeFile writes a text by one write, or as few as the system makes of it.
func writeFile(sandbox *luabind.Sandbox, path, text string, flag int) error {
	// Not to wait for the reader of a pipe.
	file, err := sandbox.Open(path, os.O_WRONLY|os.O_CREATE|syscall.O_NONBLOCK|flag, fileMode)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, text)
	return errors.Join(err, file.Close())
}

// openRegular opens a file to read it.
func openRegular(sandbox *luabind.Sandbox, path string) (*os.File, fs.FileInfo, error) {
	file, err := sandbox.Open(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

func readFile(sandbox *luabind.Sandbox, path string, most int64) (string, error) {
	file, info, err := openRegular(sandbox, path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	var text strings.Builder
	text.Grow(int(min(info.Size(), most) + 1))
	n, err := io.Copy(&text, io.LimitReader(file, most+1)) // it may grow, or be of /proc
	if err == nil && n > most {
		err = fmt.Errorf("%s has over %d bytes, the most that max_size allows", path, most)
	}
	return text.String(), err
}

func namesIn(sandbox *luabind.Sandbox, path string) ([]string, error) {
	folder, err := sandbox.Open(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(maxListed + 1)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case len(names) > maxListed:
		return nil, fmt.Errorf("%s holds over %d files", path, maxListed)
	}
	slices.Sort(names)
	return names, nil
}

func fsCopy(vm *luabind.VM, a luabind.Args) int {
	from, to := a.Text(1), a.Text(2)
	file, _, err := openRegular(vm.Sandbox(), from)
	if err != nil {
		return ofFile(a, err)
	}
	defer file.Close()
	ctx := vm.Waiting(a.L)
	err = vm.Sandbox().Replace(to, ending{ctx, file}, fileMode)
	if err != nil && ctx.Err() != nil {
		return failed(ctx, a, err)
	}
	return wrote(a, err)
}

// ending is a reader that ends with a context.
type ending struct {
	ctx context.Context
	io.Reader
}

// Read reads, unless the context has ended.
func (e ending) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.Reader.Read(p)
}

var statType = luabind.Type{
	Name: "stat",
	Doc:  "What fs.stat knows of a file or folder.",
	Members: []luabind.Field{
		{Name: "kind", Type: `"file"|"folder"|"other"`, Doc: "What it is."},
		{Name: "size", Type: "integer", Doc: "Its bytes."},
		{Name: "time", Type: "number", Doc: "When it last changed, in seconds since 1970."},
	},
}
