package luabind

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
	"golang.org/x/sys/unix"
)

// maxScript is the longest script that is read, in bytes. The compiler calls
// itself for each nested bracket, and a Go stack that overflows ends the process:
// what fits in here fits its stack, too.
const maxScript = 512 << 10

// Chunk is a compiled script. It does not change, so many calls may run it at
// the same time.
type Chunk struct {
	name    string
	proto   *lua.FunctionProto
	needs   library  // as a whole
	members []member // of libraries that are needed in parts
	gives   bool     // it ends with a return of something, as modules do
}

// Load reads and compiles a script. The path, as given, is the name that
// errors show. The error is one of the file's (errors.Is with fs.ErrNotExist
// works), or a [*ScriptError] with line and source.
func Load(path string) (*Chunk, error) {
	source, err := readScript(path)
	if err != nil {
		return nil, err
	}
	return Compile(source, path)
}

// readScript reads a whole file with plain system calls: os.Open would start
// the runtime's poller, which each call would pay for.
func readScript(path string) ([]byte, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	var info unix.Stat_t
	switch err := unix.Fstat(fd, &info); {
	case err != nil:
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	case info.Mode&unix.S_IFMT == unix.S_IFDIR:
		return nil, fmt.Errorf("%s is a folder, not a script", path)
	case info.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, fmt.Errorf("%s is no regular file", path)
	case info.Size > maxScript:
		return nil, fmt.Errorf("%s has %d bytes, a script may have %d", path, info.Size, maxScript)
	}
	source := make([]byte, info.Size+1)
	for n := 0; n < len(source); {
		got, err := unix.Read(fd, source[n:])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		case got == 0:
			return source[:n], nil
		}
		n += max(got, 0)
	}
	return nil, fmt.Errorf("%s grew while it was read", path)
}

// Compile compiles Lua source. A byte order mark and a first line that begins
// with # are passed over.
func Compile(source []byte, name string) (*Chunk, error) { return compile(source, name, nil) }

// compile compiles source whose tree may be changed first.
func compile(source []byte, name string, change func([]ast.Stmt) []ast.Stmt) (*Chunk, error) {
	body := bytes.TrimPrefix(source, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(body, []byte("\x1bLua")) {
		return nil, &ScriptError{File: name, Message: "this is compiled Lua; goagi runs source"}
	}
	if bytes.HasPrefix(body, []byte("#")) {
		// Blank, so that the lines keep their numbers.
		end := bytes.IndexAny(body, "\r\n")
		if end < 0 {
			end = len(body)
		}
		body = body[end:]
	}
	statements, err := parse.Parse(bytes.NewReader(body), name)
	if err == nil {
		decimalLiterals(body, statements)
		if change != nil {
			statements = change(statements)
		}
		gives := returns(statements)
		statements, gotos := forGotos(body, statements)
		var proto *lua.FunctionProto
		if proto, err = lua.Compile(statements, name); err == nil {
			if gotos {
				mendGotos(proto)
			}
			chunk := &Chunk{name: name, proto: proto, gives: gives}
			chunk.look(proto)
			return chunk, nil
		}
	}
	return nil, syntaxError(err, name, source, body)
}

// returns reports whether a chunk ends with a return of something.
func returns(statements []ast.Stmt) bool {
	if len(statements) == 0 {
		return false
	}
	last, ok := statements[len(statements)-1].(*ast.ReturnStmt)
	return ok && len(last.Exprs) > 0
}

// library is a set of Lua's own libraries and basic globals.
type library uint64

const (
	libString library = 1 << iota
	libTable
	libMath
	libOS
	libIO
	libCoroutine
	libDebug
	libPackage
	libArg   // the global arg
	libBasic // the first of basics, and so on
	libAll   = ^library(0)
)

// look finds what code can reach of the libraries and basic globals, by the names
// among its constants. Opening all would be paid for by every call.
func (c *Chunk) look(proto *lua.FunctionProto) {
	for i, constant := range proto.Constants {
		name, ok := constant.(lua.LString)
		if !ok {
			continue
		}
		set := libraryOf(string(name))
		if set != 0 && set&^libParted == 0 {
			if list, ok := named(proto, set, i); ok {
				for _, m := range list {
					if !slices.Contains(c.members, m) {
						c.members = append(c.members, m)
					}
				}
				continue
			}
		}
		c.needs |= set
	}
	for _, inner := range proto.FunctionPrototypes {
		c.look(inner)
	}
}

func libraryOf(name string) library {
	switch name {
	case "string": // as methods of a string, they are opened by its metatable
		return libString
	case "table":
		return libTable
	case "math":
		return libMath
	case "os":
		return libOS
	case "io":
		return libIO
	case "coroutine":
		return libCoroutine
	case "debug":
		return libDebug | libString // it leads to the strings' metatable, which is all VMs' without that library
	case "arg":
		return libArg
	case "package":
		return libPackage
	case "require", "module":
		return libPackage | basicOf(name)
	case "_G", "loaded", "getfenv", "setfenv", "load", "loadstring", "loadfile", "dofile", "getmetatable":
		return libAll
	}
	return basicOf(name)
}

// syntaxError makes the parser's or the compiler's error one of ours. body is the
// source as they took it.
func syntaxError(err error, name string, source, body []byte) error {
	e := &ScriptError{File: name, Message: err.Error()}
	if p, ok := errors.AsType[*parse.Error](err); ok {
		e.Line, e.Message = p.Pos.Line, strings.TrimSpace(p.Message)
		switch {
		case strings.HasPrefix(e.Message, "unterminated string"):
			if e.Line--; p.Pos.Line == parse.EOF { // the parser has read the end of the line
				e.Line = lastLine(string(source))
			}
			e.Message += ": its closing quote is missing"
		case p.Pos.Line == parse.EOF && strings.Contains(e.Message, " multiline "):
			_, begin := scan(string(body))
			e.Line, e.Column = begin.line, begin.column
			e.Message += ": its closing " + begin.text + " is missing"
		case e.Message == "syntax error" || e.Message == "parse error" || e.Message == "Invalid token":
			near := p.Token
			if p.Pos.Line == parse.EOF {
				near = ""
			}
			e.stumbled(string(body), near, p.Pos.Line, p.Pos.Column)
		case p.Pos.Line == parse.EOF:
			e.Line = lastLine(string(source))
			e.Message += " at the end of the file"
		case p.Token != "":
			e.Message += " near " + quoted(p.Token)
		}
	} else if c, ok := errors.AsType[*lua.CompileError](err); ok {
		e.Line, e.Message = c.Line, c.Message
		if strings.HasPrefix(e.Message, "label ") || strings.Contains(e.Message, " jumps into the scope ") {
			e.Line-- // gopher-lua adds one
		} else if text, line, ok := strings.Cut(e.Message, " at line "); ok { // a goto without a label: its line stands in the message only
			if n, err := strconv.Atoi(line); err == nil {
				e.Line, e.Message = n, text
			}
		}
	}
	e.Source = sourceLine(source, e.Line)
	return e
}

// stumbled adds to the parser's message what it stumbled over, "" for the end, and what
// may have been meant, and moves the place to where that is.
func (e *ScriptError) stumbled(source, near string, line, column int) {
	s := stopAt(source, line, column)
	switch r := s.foreign(); {
	case r > 0 && near != "" && unicode.IsPrint(r):
		e.Message += " near '" + string(r) + "'"
	case r > 0 && near != "":
		e.Message += fmt.Sprintf(" near %U", r)
	case near != "":
		e.Message += " near " + quoted(near)
	}
	mend, where := s.mend()
	e.Line = lastLine(source)
	if s.at < len(s.tokens) {
		e.Line, e.Column = s.tokens[s.at].line, s.tokens[s.at].column
	} else if where.line == 0 {
		e.Message += " at the end of the file"
	}
	if where.line > 0 {
		if where.line != e.Line { // what the parser stumbled over is elsewhere
			e.Message, _, _ = strings.Cut(e.Message, " near ")
		}
		e.Line, e.Column = where.line, where.column
	}
	if mend != "" {
		e.Message += ": " + mend
	}
}

// sourceLine gives the nth line of a source, "" where there is none.
func sourceLine(source []byte, n int) string {
	begin, line := 0, 1
	for i := 0; i < len(source); {
		breaks := lineBreak(string(source[i:min(i+2, len(source))]))
		if breaks > 0 {
			if line == n {
				return string(source[begin:i])
			}
			begin, line = i+breaks, line+1
		}
		i += max(breaks, 1)
	}
	if line == n {
		return string(source[begin:])
	}
	return ""
}

// lastLine gives the number of a source's last line, which is behind its last break.
func lastLine(source string) int {
	line := 1
	for i := 0; i < len(source); {
		n := lineBreak(source[i:])
		line += min(n, 1)
		i += max(n, 1)
	}
	return line
}

// Gives reports whether the chunk ends with a return of something, as modules do.
func (c *Chunk) Gives() bool { return c.gives }
