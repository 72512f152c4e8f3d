package luabind

// AGI describes the agi module, which every VM has: for the reference, the help and
// the editor. It is made anew each time, so that no call pays for its texts.
func AGI() *Module {
	return &Module{
		Name: "agi",
		Doc: "The call. `agi` is there in every script, and `require \"agi\"` gives it too. It has one function for each AGI command, named as the command, and a " +
			"few more: command, hungup, log, on_hangup and sleep.\n\n" +
			"A `?` marks a parameter that may be left out and a result that may be nil. Parameters whose names end in `_ms` are milliseconds, as in Asterisk's own " +
			"reference; everything else takes seconds. Keys are one-character strings, digits are text. What goes wrong is raised as an object, see " +
			"error below, and \"Hangup and errors\" in the README.",
		Example: `
agi.answer()
local digits, why = agi.get_data("conf-getpin", 5000, 8)
if digits and digits ~= "" then
  agi.var.PIN = digits                     -- for the dialplan
elseif why == "timeout" then
  agi.stream_file("vm-goodbye")            -- nobody pressed a key
end
`,
		Fields: []Field{
			{Name: "app", Type: "{[string]: fun(...: string|number|nil): integer}", Doc: "Any dialplan application, as in agi.app.Dial(\"PJSIP/100\", 20): one " +
				"argument passes as it stands, several are joined by commas, each escaped where the application parts them, and nil is an empty one. Gives the " +
				"application's result; raises only for an unknown application and for a hangup."},
			{Name: "env", Type: "env", Doc: "What Asterisk says of the call, without the agi_ prefix."},
			{Name: "query", Type: "{[string]: string}", Doc: "The query of a FastAGI URL, empty otherwise."},
			{Name: "transport", Type: "\"process\"|\"eagi\"|\"fastagi\"|\"async\"", Doc: "How Asterisk runs the script: by AGI, by EAGI, by a URL, or by AGI(agi:async)."},
			{Name: "var", Type: "{[string]: any}", Doc: "Channel variables and functions, as in agi.var.PIN and agi.var[\"CALLERID(num)\"]: a string, or nil where it is not set. " +
				"A string or a number assigned to it is set, nil empties it. Names with $, { or } are refused."},
		},
		Funcs: Functions(),
		Types: []*Type{
			{
				Name: "env",
				Doc:  "The environment of the call, all texts. What is not known is \"unknown\" or \"\". Arguments are in arg[1] and on.",
				Members: []Field{
					{Name: "accountcode", Type: "string", Doc: "The channel's account."},
					{Name: "callerid", Type: "string", Doc: "The caller's number."},
					{Name: "calleridname", Type: "string", Doc: "The caller's name: what a stranger's telephone sent."},
					{Name: "callingani2", Type: "string", Doc: "The kind of the caller's line."},
					{Name: "callingpres", Type: "string", Doc: "Whether the number may be shown: 0 to 3 where it may."},
					{Name: "callingtns", Type: "string", Doc: "The transit network."},
					{Name: "callington", Type: "string", Doc: "The type of the caller's number."},
					{Name: "channel", Type: "string", Doc: "The channel's name."},
					{Name: "context", Type: "string", Doc: "The dialplan's context."},
					{Name: "dnid", Type: "string", Doc: "The number that was dialled."},
					{Name: "enhanced", Type: "string", Doc: "\"1.0\" under EAGI, else \"0.0\"."},
					{Name: "extension", Type: "string", Doc: "The dialplan's extension."},
					{Name: "language", Type: "string", Doc: "The channel's language."},
					{Name: "network", Type: "string?", Doc: "\"yes\" under FastAGI."},
					{Name: "network_script", Type: "string?", Doc: "Under FastAGI: the path of the URL."},
					{Name: "priority", Type: "string", Doc: "The dialplan's priority."},
					{Name: "rdnis", Type: "string", Doc: "The number that the call was redirected from."},
					{Name: "request", Type: "string", Doc: "What the dialplan runs: the program, or the URL."},
					{Name: "threadid", Type: "string", Doc: "The number of Asterisk's thread."},
					{Name: "type", Type: "string", Doc: "The kind of the channel, such as \"PJSIP\"."},
					{Name: "uniqueid", Type: "string", Doc: "The call's unique id."},
					{Name: "version", Type: "string", Doc: "Asterisk's version."},
				},
			},
			{
				Name: "error",
				Doc: "What is raised where a command does not do what it should: `local ok, err = pcall(agi.stream_file, \"menu\")`. tostring makes it a message with its " +
					"place.",
				Members: []Field{
					{Name: "code", Type: "integer?", Doc: "Asterisk's code, such as 510 or 511; 0 where there was no answer."},
					{Name: "command", Type: "string?", Doc: "The command or function."},
					{Name: "kind", Type: "\"hangup\"|\"dead\"|\"failed\"|\"unknown\"|\"usage\"|\"protocol\"|\"\"", Doc: "What happened: the channel is gone; there was none from the start; " +
						"Asterisk could not do it; it has no such command; the arguments are wrong; what came made no sense. \"\" is none of these."},
					{Name: "message", Type: "string", Doc: "What went wrong, in a line."},
					{Name: "where", Type: "string?", Doc: "The script's line, as in \"menu.lua:7:\"."},
				},
			},
			{
				Name: "recognition",
				Doc:  "What agi.speech_recognize heard.",
				Members: []Field{
					{Name: "endpos", Type: "integer", Doc: "The sample that the prompt stopped at."},
					{Name: "key", Type: "string?", Doc: "The key that was pressed."},
					{Name: "reason", Type: "\"speech\"|\"digit\"|\"timeout\"|\"hangup\"", Doc: "What ended the listening."},
					{Name: "results", Type: "{text: string; score: integer; grammar: string}[]", Doc: "What was understood, best first."},
				},
			},
			{
				Name: "reply",
				Doc:  "Asterisk's answer to agi.command.",
				Members: []Field{
					{Name: "code", Type: "integer", Doc: "200 where it did the command."},
					{Name: "endpos", Type: "integer", Doc: "The sample that a prompt stopped at, 0 where there was none."},
					{Name: "result", Type: "string", Doc: "What stands behind result=."},
					{Name: "text", Type: "string", Doc: "All behind the code, as it came."},
					{Name: "value", Type: "string?", Doc: "What stood in parentheses, nil where nothing did."},
				},
			},
		},
	}
}
