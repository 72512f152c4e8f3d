package spec

import (
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// placeOptions are those of place.
var placeOptions = []luabind.Option{
	{Name: "accountcode", Type: "string", Doc: "What `agi.env.accountcode` says."},
	{Name: "answered", Type: "boolean", Doc: "Whether the dialplan has answered the call before (false)."},
	{Name: "args", Type: "(string|number)[]", Doc: "The script's arguments: arg[1] and on."},
	{Name: "callerid", Type: "string", Doc: "The caller's number (1001)."},
	{Name: "calleridname", Type: "string", Doc: "The caller's name (unknown)."},
	{Name: "channel", Type: "string", Doc: "The channel's name."},
	{Name: "context", Type: "string", Doc: "The dialplan's context (default)."},
	{Name: "db", Type: "{[string]: string|number}", Doc: "What is in Asterisk's database: {[\"family/key\"] = value}."},
	{Name: "dead", Type: "boolean", Doc: "Runs it as from the h extension, with no channel from the start (false)."},
	{Name: "dnid", Type: "string", Doc: "The number that was dialled (100)."},
	{Name: "env", Type: "table", Doc: "Any line of the environment that Asterisk sends, without agi_: {rdnis = \"5550000\"}."},
	{Name: "extension", Type: "string", Doc: "The dialplan's extension (100)."},
	{Name: "language", Type: "string", Doc: "The channel's language (en)."},
	{Name: "missing", Type: "string[]", Doc: "Prompts whose files are not there."},
	{Name: "prompts", Type: "{[string]: number}", Doc: "How long prompts are, in seconds: {[\"vm-intro\"] = 5}; others last one second."},
	{Name: "query", Type: "{[string]: string|number}", Doc: "`agi.query`, for a call by FastAGI."},
	{Name: "transport", Type: `"process"|"fastagi"|"eagi"`, Doc: "How Asterisk runs it: \"process\" (as usual), \"fastagi\", or \"eagi\", where the script hears the caller."},
	{Name: "uniqueid", Type: "string", Doc: "The call's unique id."},
	{Name: "var", Type: "{[string]: string|number}", Doc: "Channel variables that the dialplan has set: {NAME = value}."},
}

// order is a call as a test asks for it.
type order struct {
	script, kind, callerID, callerName, dnid, extension string
	accountCode, channel, context, language, uniqueID   string
	args, missing                                       []string
	answered, dead                                      bool
	vars, db, env, query                                map[string]string
	lengths                                             map[string]time.Duration
}

// readOrder reads what place was given.
func readOrder(a luabind.Args) *order {
	o := a.Options(2)
	return &order{
		script: a.Text(1), kind: o.OneOf("transport", "process", "process", "fastagi", "eagi"),
		callerID: o.Text("callerid", "1001"), callerName: o.Text("calleridname", ""), dnid: o.Text("dnid", "100"),
		extension: o.Text("extension", ""), context: o.Text("context", ""),
		accountCode: o.Text("accountcode", ""), channel: o.Text("channel", ""), language: o.Text("language", ""), uniqueID: o.Text("uniqueid", ""),
		args: o.Texts("args"), missing: o.Texts("missing"), answered: o.Truth("answered", false), dead: o.Truth("dead", false),
		vars: texts(o, "var"), db: databaseOf(o), env: environmentOf(o), query: texts(o, "query"), lengths: numbers(o, "prompts"),
	}
}

// databaseOf reads what is in Asterisk's database.
func databaseOf(o luabind.Options) map[string]string {
	all := texts(o, "db")
	for name := range all {
		if family, key, ok := strings.Cut(name, "/"); !ok || family == "" || key == "" {
			o.Refuse("db", "a table such as {[\"family/key\"] = \"value\"}")
		}
	}
	return all
}

// environmentOf reads lines of the environment.
func environmentOf(o luabind.Options) map[string]string {
	all := texts(o, "env")
	for name, value := range all {
		if name == "" || strings.HasPrefix(name, "agi_") || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || strings.ContainsAny(value, "\r\n") {
			o.Refuse("env", "a table of single lines by their names, without agi_")
		}
	}
	return all
}

// texts reads an option that is a table of texts by names.
func texts(o luabind.Options, name string) map[string]string {
	all := make(map[string]string)
	table := o.Table(name)
	if table == nil {
		return all
	}
	what := "a table of texts by names"
	if name == "db" {
		what = "a table such as {[\"family/key\"] = \"value\"}"
	}
	table.ForEach(func(key, value lua.LValue) {
		if value.Type() != lua.LTString && value.Type() != lua.LTNumber || key.Type() != lua.LTString {
			o.Refuse(name, what)
		}
		all[key.String()] = value.String()
	})
	return all
}

// numbers reads an option that is a table of seconds by names.
func numbers(o luabind.Options, name string) map[string]time.Duration {
	all := make(map[string]time.Duration)
	table := o.Table(name)
	if table == nil {
		return all
	}
	table.ForEach(func(key, value lua.LValue) {
		seconds, ok := value.(lua.LNumber)
		if !ok || key.Type() != lua.LTString || seconds < 0 {
			o.Refuse(name, "a table of seconds by names")
		}
		all[key.String()] = time.Duration(float64(seconds) * float64(time.Second))
	})
	return all
}
