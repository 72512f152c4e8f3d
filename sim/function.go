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

// call is function without the cutting.
func (c *Call) call(expr string) (value string, ok bool) {
	name, args := callOf(expr)
	switch name {
	case "LEN":
		return itoa(len(args)), true
	case "QUOTE":
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(args) + `"`, true
	case "TOUPPER":
		return strings.ToUpper(args), true
	case "TOLOWER":
		return strings.ToLower(args), true
	case "BASE64_ENCODE":
		return base64.StdEncoding.EncodeToString([]byte(args)), args != ""
	case "BASE64_DECODE":
		text, _ := base64.StdEncoding.DecodeString(args)
		value, _, _ = strings.Cut(string(text), "\x00")
		return value, true
	case "URIENCODE":
		return uriEncode(args), true
	case "CALLERID":
		return c.callerID(strings.ToLower(args)), args != ""
	case "CHANNEL":
		return c.channel(args)
	case "GLOBAL":
		return c.Vars[global(args)], true
	case "DB":
		return c.DB[args], strings.Contains(args, "/")
	case "DB_EXISTS":
		value = "0"
		if _, ok := c.DB[args]; ok {
			value = "1"
		}
		return value, strings.Contains(args, "/")
	case "DB_DELETE":
		value = c.DB[args]
		delete(c.DB, args)
		return value, strings.Contains(args, "/")
	}
	return "", false
}

// setFunction writes a dialplan function; those that cannot be written, or
// are not there, only make Asterisk log.
func (c *Call) setFunction(expr, value string) {
	name, args := callOf(expr)
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
		c.DB[args] = value
	case "GLOBAL":
		c.Vars[global(args)] = value
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
