package sim

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// callOf parts NAME(args) into its name and arguments.
func callOf(expr string) (name, args string) {
	name, args, _ = strings.Cut(expr, "(")
	return name, strings.TrimSuffix(args, ")")
}

// function reads a dialplan function. ok is false where there is none of the
// name, or it refuses.
func (s *session) function(expr string) (value string, ok bool) {
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
		return base64.StdEncoding.EncodeToString([]byte(args)), true
	case "BASE64_DECODE":
		text, _ := base64.StdEncoding.DecodeString(args)
		value, _, _ = strings.Cut(string(text), "\x00")
		return value, true
	case "URIENCODE":
		return strings.ReplaceAll(url.QueryEscape(args), "+", "%20"), true
	case "URIDECODE":
		text, _ := url.PathUnescape(args)
		return text, true
	case "CALLERID":
		return s.callerID(args), true
	case "CHANNEL":
		return s.channel(args)
	case "DB":
		return s.c.DB[args], true
	case "DB_EXISTS":
		if _, ok := s.c.DB[args]; ok {
			return "1", true
		}
		return "0", true
	case "DB_DELETE":
		value = s.c.DB[args]
		delete(s.c.DB, args)
		return value, true
	}
	return "", false
}

// setFunction writes a dialplan function; those that cannot be written, or
// are not there, only make Asterisk log.
func (s *session) setFunction(expr, value string) {
	name, args := callOf(expr)
	c := s.c
	switch name {
	case "CALLERID":
		switch args {
		case "num", "number":
			c.CallerID = known(value)
		case "name":
			c.CallerName = known(value)
		case "all":
			s.setCaller(value)
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
	}
}

// callerID is func_callerid.c for what a caller can have here.
func (s *session) callerID(part string) string {
	plain := func(text string) string {
		if text == "unknown" {
			return ""
		}
		return text
	}
	num, name := plain(s.c.CallerID), plain(s.c.CallerName)
	switch part {
	case "num", "number", "ani", "ani-num":
		return num
	case "name":
		return name
	case "dnid", "dnid-num":
		return plain(s.c.DNID)
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
func (s *session) channel(item string) (string, bool) {
	c := s.c
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
