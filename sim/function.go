package sim

import (
	"encoding/base64"
	"strings"
)

// callOf parts NAME(args) into its name and arguments.
func callOf(expr string) (name, args string) {
	name, args, _ = strings.Cut(expr, "(")
	if end := strings.LastIndexByte(args, ')'); end >= 0 {
		args = args[:end]
	}
	return name, args
}

// smallRoom is what the functions of the channel driver's kind have in GET FULL
// VARIABLE, where the others have all they want.
const smallRoom = 255

// function reads a dialplan function for GET VARIABLE, or in full for GET FULL
// VARIABLE. ok is false where there is none of the name, or it refuses. Each
// cuts its value to the buffer in its own way.
func (c *Call) function(expr string, full bool) (value string, ok bool) {
	value, ok = c.call(expr)
	name, _ := callOf(expr)
	switch {
	case full && (name == "CALLERID" || name == "CHANNEL"):
		return clip(value, smallRoom), ok
	case full || len(value) <= valueRoom:
		return value, ok
	case name == "QUOTE":
		return clip(value, valueRoom-2) + `"`, ok
	case name == "BASE64_ENCODE":
		return clip(value, valueRoom/4*4), ok
	case name == "DB":
		return clip(value, valueRoom-1), ok
	}
	return clip(value, valueRoom), ok
}

// FunctionUse is one use of a dialplan function, such as CALLERID(num): it is
// read, or written.
type FunctionUse struct {
	Name, Args string
	Write      bool
	Value      string // that is written
	Known      bool   // this package has a function of the name
}

// call is function without the cutting.
func (c *Call) call(expr string) (value string, ok bool) {
	name, args := callOf(expr)
	read := reader(name)
	if c.Function != nil {
		if value, ok, took := c.Function(FunctionUse{Name: name, Args: args, Known: read != nil}); took {
			return value, ok
		}
	}
	if read == nil {
		return "", false
	}
	return read(c, args)
}

// reader gives the function of a name, or nil.
func reader(name string) func(c *Call, args string) (string, bool) {
	switch name {
	case "LEN":
		return func(_ *Call, args string) (string, bool) { return itoa(len(args)), true }
	case "QUOTE":
		return func(_ *Call, args string) (string, bool) {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(args) + `"`, true
		}
	case "TOUPPER":
		return func(_ *Call, args string) (string, bool) { return strings.ToUpper(args), true }
	case "TOLOWER":
		return func(_ *Call, args string) (string, bool) { return strings.ToLower(args), true }
	case "BASE64_ENCODE":
		return func(_ *Call, args string) (string, bool) {
			return base64.StdEncoding.EncodeToString([]byte(args)), args != ""
		}
	case "BASE64_DECODE":
		return func(_ *Call, args string) (string, bool) {
			text, _ := base64.StdEncoding.DecodeString(args)
			value, _, _ := strings.Cut(string(text), "\x00")
			return value, true
		}
	case "URIENCODE":
		return func(_ *Call, args string) (string, bool) { return uriEncode(args), true }
	case "CALLERID":
		return func(c *Call, args string) (string, bool) { return c.callerID(strings.ToLower(args)), args != "" }
	case "CHANNEL":
		return (*Call).channel
	case "GLOBAL":
		return func(c *Call, args string) (string, bool) {
			value, _ := c.read(c.Globals, args)
			return value, true
		}
	case "DB":
		return func(c *Call, args string) (string, bool) {
			value, _ := c.read(c.DB, args)
			return value, strings.Contains(args, "/")
		}
	case "DB_EXISTS":
		return func(c *Call, args string) (string, bool) {
			_, ok := c.read(c.DB, args)
			return map[bool]string{false: "0", true: "1"}[ok], strings.Contains(args, "/")
		}
	case "DB_DELETE":
		return func(c *Call, args string) (string, bool) {
			c.Share.Lock()
			defer c.Share.Unlock()
			value := c.DB[args]
			delete(c.DB, args)
			return value, strings.Contains(args, "/")
		}
	}
	return nil
}

// setFunction writes a dialplan function; those that cannot be written, or
// are not there, only make Asterisk log.
func (c *Call) setFunction(expr, value string) {
	name, args := callOf(expr)
	if c.Function != nil {
		if _, _, took := c.Function(FunctionUse{Name: name, Args: args, Write: true, Value: value, Known: reader(name) != nil}); took {
			return
		}
	}
	switch name {
	case "CALLERID":
		switch strings.ToLower(args) {
		case "num", "number":
			c.CallerID = known(value)
		case "name":
			c.CallerName = known(value)
		case "all":
			c.setCaller(value)
		case "dnid", "dnid-num":
			c.DNID = known(value)
		}
	case "CHANNEL":
		switch args {
		case "language":
			c.Language = value
		case "accountcode":
			c.AccountCode = value
		}
	case "DB":
		c.write(c.DB, args, value)
	case "GLOBAL":
		c.write(c.Globals, args, value)
	}
}

// callerID is func_callerid.c for what a caller can have here.
func (c *Call) callerID(part string) string {
	plain := func(text string) string {
		if text == "unknown" {
			return ""
		}
		return text
	}
	num, name := plain(c.CallerID), plain(c.CallerName)
	switch part {
	case "num-valid", "name-valid":
		if part == "num-valid" && num == "" || part == "name-valid" && name == "" {
			return "0"
		}
		return "1"
	case "num", "number":
		return num
	case "name":
		return name
	case "dnid", "dnid-num":
		return plain(c.DNID)
	case "all":
		switch {
		case name != "" && num != "":
			return `"` + name + `" <` + num + `>`
		case name != "":
			return `"` + name + `" <>`
		}
		return `"" <` + num + `>`
	}
	return ""
}

// channel is func_channel.c for what this channel has.
func (c *Call) channel(item string) (string, bool) {
	switch item {
	case "name":
		return c.Channel, true
	case "channeltype":
		kind, _, _ := strings.Cut(c.Channel, "/")
		return kind, true
	case "state":
		if c.Answered {
			return "Up", true
		}
		return "Ring", true
	case "language":
		return c.Language, true
	case "uniqueid", "linkedid":
		return c.UniqueID, true
	case "accountcode":
		return c.AccountCode, true
	case "context":
		return c.Context, true
	case "exten":
		return c.Extension, true
	case "musicclass":
		return "default", true
	}
	return "", false
}

// uriEncode is utils.c: ast_uri_encode.
func uriEncode(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', strings.IndexByte("-_.!~*'()", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}
