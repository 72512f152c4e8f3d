package redis

import (
	"slices"
	"strings"
)

// Refusal says why a Pool is not for a command, "" where it is: the command would
// change the connection for those who have it next, or never end.
func Refusal(command []string) string {
	if len(command) == 0 {
		return "it is empty"
	}
	switch strings.ToUpper(command[0]) {
	case "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH":
		return "connections are shared: a pipeline with atomic is a transaction, and eval a script that is one"
	case "AUTH", "HELLO", "SELECT", "QUIT", "RESET":
		return "connections are shared: the URL names user, password and database"
	case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR", "SYNC", "PSYNC":
		return "it would never end"
	case "ASKING", "READONLY", "READWRITE", "REPLCONF":
		return "connections are shared"
	case "SCRIPT":
		if len(command) > 1 && strings.EqualFold(command[1], "DEBUG") {
			return "connections are shared"
		}
	case "CLIENT":
		if len(command) > 1 && slices.Contains([]string{"REPLY", "TRACKING", "CACHING", "NO-EVICT", "NO-TOUCH", "SETNAME", "SETINFO"}, strings.ToUpper(command[1])) {
			return "connections are shared"
		}
	}
	return ""
}

// waits reports whether a command waits by itself, such as for an element of a
// list, as long as it says.
func waits(command []string) bool {
	switch strings.ToUpper(command[0]) {
	case "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "WAIT", "WAITAOF":
		return true
	case "XREAD", "XREADGROUP":
		return slices.ContainsFunc(command, func(word string) bool { return strings.EqualFold(word, "BLOCK") })
	}
	return false
}
