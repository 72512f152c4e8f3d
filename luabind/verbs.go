package luabind

import "goagi/agi"

// verbs are the AGI commands as Lua functions, sorted by name: their
// parameters in the order and units of Asterisk's own reference.
var verbs = [...]Func{
	{
		Name: "answer",
		Doc:  "Answers the call. On one that is up already it does nothing.",
		Call: func(vm *VM, a Args) int { a.Check(vm.host.Session.Answer()); return 0 },
	},
	{
		Name: "asyncagi_break",
		Doc:  "Ends Async AGI; elsewhere it does nothing.",
		Call: func(vm *VM, a Args) int { a.Check(vm.host.Session.AsyncAGIBreak()); return 0 },
	},
	{
		Name:    "channel_status",
		Params:  "channel?: string",
		Returns: "state: integer",
		Doc: "Gives the state of a channel, this one's where left out: 0 down, 1 reserved, 2 off hook, 3 dialling, 4 ringing, " +
			"5 ringing at the far end, 6 up, 7 busy.",
		Call: func(vm *VM, a Args) int {
			state, err := vm.host.Session.ChannelStatus(a.OptText(1))
			a.Check(err)
			a.PushNumber(state)
			return 1
		},
	},
	{
		Name: "control_stream_file",
		Params: "file: string, escape_digits?: string, skip_ms?: integer, forward_key?: string, rewind_key?: string, " +
			"pause_key?: string, offset_ms?: integer",
		Returns: "key: string?, endpos: integer",
		Doc: "Plays a sound file that the caller winds with keys (# on, * back, 3 s a step where nothing else is said). " +
			"Gives the key of escape_digits that ended it, and the millisecond it stopped at, -1 for the file's end.",
		Call: func(vm *VM, a Args) int {
			return a.keyAt(vm.host.Session.ControlStreamFile(a.Text(1), a.OptText(2), agi.Controls{
				Skip: a.Milliseconds(3), Forward: a.OptText(4), Rewind: a.OptText(5), Pause: a.OptText(6), Offset: a.Milliseconds(7),
			}))
		},
	},
	{
		Name:    "database_del",
		Params:  "family: string, key: string",
		Returns: "deleted: boolean",
		Doc:     "Removes a key from Asterisk's database. True where it is gone, also where there was none.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.DatabaseDel(a.Text(1), a.Text(2))) },
	},
	{
		Name:    "database_deltree",
		Params:  "family: string, key_tree?: string",
		Returns: "deleted: boolean",
		Doc:     "Removes a family, or the keys below key_tree in it, from Asterisk's database. True where something was removed.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.DatabaseDelTree(a.Text(1), a.OptText(2))) },
	},
	{
		Name:    "database_get",
		Params:  "family: string, key: string",
		Returns: "value: string?",
		Doc:     "Gives a value of Asterisk's database, or nil.",
		Call:    func(vm *VM, a Args) int { return a.textOr(vm.host.Session.DatabaseGet(a.Text(1), a.Text(2))) },
	},
	{
		Name:    "database_put",
		Params:  "family: string, key: string, value: string|number",
		Returns: "stored: boolean",
		Doc:     "Stores a value in Asterisk's database, where it outlives the call and Asterisk.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.DatabasePut(a.Text(1), a.Text(2), a.Text(3))) },
	},
	{
		Name:    "exec",
		Params:  "application: string, options?: string",
		Returns: "result: integer",
		Doc: "Runs a dialplan application, its options as one text. Gives the number it returned; raises only for an unknown " +
			"application and for a hangup. agi.app.NAME(...) does the same and joins its arguments.",
		Call: func(vm *VM, a Args) int {
			result, err := vm.host.Session.Exec(a.Text(1), a.OptText(2))
			a.Check(err)
			a.PushNumber(result)
			return 1
		},
	},
	{
		Name:    "get_data",
		Params:  "file: string, timeout_ms?: integer, max_digits?: integer",
		Returns: "digits: string?, why: \"timeout\"?",
		Doc: "Plays a file and collects digits until #, which is not among them, max_digits, or timeout_ms between two of them " +
			"(6 s for the first and 2 s for each further where left out). Gives the digits as text; the digits and \"timeout\" " +
			"where time ended them; \"\" for # alone; nil, \"timeout\" for silence.",
		Call: func(vm *VM, a Args) int {
			max := a.OptInteger(3, agi.MaxDigits)
			if max < 1 || max > agi.MaxDigits {
				a.Fail(3, "from 1 to 1023")
			}
			digits, timedOut, err := vm.host.Session.GetData(a.Text(1), a.Milliseconds(2), max)
			a.Check(err)
			a.PushTextOr(digits, digits != "" || !timedOut)
			if !timedOut {
				return 1
			}
			a.PushText("timeout")
			return 2
		},
	},
	{
		Name:    "get_full_variable",
		Params:  "expression: string, channel?: string",
		Returns: "value: string?",
		Doc: "Has Asterisk evaluate an expression such as \"${CALLERID(num)}\" on a channel, this one where left out; nil where " +
			"there is no such channel. Never build the expression from what a caller sent: functions named in it run.",
		Call: func(vm *VM, a Args) int { return a.textOr(vm.host.Session.GetFullVariable(a.Text(1), a.OptText(2))) },
	},
	{
		Name:    "get_option",
		Params:  "file: string, escape_digits?: string, timeout_ms?: integer",
		Returns: "key: string?, endpos: integer",
		Doc: "Plays a file, then waits for a key of escape_digits until timeout_ms (5 s where left out). Gives that key, and " +
			"the sample the file stopped at.",
		Call: func(vm *VM, a Args) int {
			return a.keyAt(vm.host.Session.GetOption(a.Text(1), a.OptText(2), a.Milliseconds(3)))
		},
	},
	{
		Name:    "get_variable",
		Params:  "name: string",
		Returns: "value: string?",
		Doc:     "Gives a channel variable as a string, whole, or nil where it is not set; of a function such as CALLERID(num) at most 1,023 bytes (agi.get_full_variable gives more). agi.var.NAME does the same. Never take the name from what a caller sent: SHELL(...) is one, and runs a program.",
		Call:    func(vm *VM, a Args) int { return a.textOr(vm.host.Session.GetVariable(a.Text(1))) },
	},
	{
		Name:   "gosub",
		Params: "context: string, extension: string|integer, priority: string|integer, argument?: string",
		Doc:    "Runs a dialplan subroutine until its Return.",
		Call: func(vm *VM, a Args) int {
			a.Check(vm.host.Session.GoSub(a.Text(1), a.Text(2), a.Text(3), a.OptText(4)))
			return 0
		},
	},
	{
		Name:   "hangup",
		Params: "channel?: string",
		Doc:    "Hangs up a channel, this one where left out. After this one, the script goes on as after any hangup.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.Hangup(a.OptText(1))); return 0 },
	},
	{
		Name:   "noop",
		Params: "text?: string",
		Doc:    "Does nothing, on Asterisk's side too.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.NoOp(a.OptText(1))); return 0 },
	},
	{
		Name:    "receive_char",
		Params:  "timeout_ms?: integer",
		Returns: "char: string?",
		Doc:     "Waits for a character on a channel that carries text, for timeout_ms; 0, or left out, does not wait. nil where none came.",
		Call: func(vm *VM, a Args) int {
			char, err := vm.host.Session.ReceiveChar(a.Milliseconds(1))
			a.Check(err)
			a.PushTextOr(char, char != "")
			return 1
		},
	},
	{
		Name:    "receive_text",
		Params:  "timeout_ms?: integer",
		Returns: "text: string?",
		Doc:     "Waits for a text message on the channel, for timeout_ms; 0, or left out, does not wait. nil where none came.",
		Call:    func(vm *VM, a Args) int { return a.textOr(vm.host.Session.ReceiveText(a.Milliseconds(1))) },
	},
	{
		Name: "record_file",
		Params: "file: string, format: string, escape_digits?: string, timeout_ms?: integer, offset_samples?: integer, " +
			"beep?: boolean, silence_s?: integer",
		Returns: "reason: \"dtmf\"|\"timeout\"|\"hangup\"|\"randomerror\", endpos: integer, key: string?",
		Doc: "Records the caller into a file of a format (\"wav\", \"gsm\") until a key of escape_digits, timeout_ms (no limit " +
			"where -1 or left out) or silence_s seconds of silence. Gives why it ended: \"dtmf\" with the key, \"timeout\" " +
			"(silence too), \"hangup\" or \"randomerror\" (a key during the beep; nothing was recorded); and its length in samples.",
		Call: func(vm *VM, a Args) int {
			limit := a.Milliseconds(4)
			if !a.Has(4) {
				limit = -1
			}
			silence := a.OptInteger(7, 0)
			if silence < 0 {
				a.Fail(7, "0 or more")
			}
			rec, err := vm.host.Session.RecordFile(a.Text(1), a.Text(2), agi.Recording{
				Escape: a.OptText(3), Max: limit, Offset: a.OptInteger(5, 0), Beep: a.Truth(6), Silence: wholeSeconds(silence),
			})
			a.Check(err)
			a.PushText(rec.Reason)
			a.PushNumber(rec.Endpos)
			a.PushTextOr(rec.Key, rec.Key != "")
			return 3
		},
	},
	{
		Name:    "say_alpha",
		Params:  "text: string, escape_digits?: string",
		Returns: "key: string?",
		Doc:     "Spells letters, digits and signs. Gives the key of escape_digits that ended it.",
		Call:    func(vm *VM, a Args) int { return a.key(vm.host.Session.SayAlpha(a.Text(1), a.OptText(2))) },
	},
	{
		Name:    "say_date",
		Params:  "time?: integer, escape_digits?: string",
		Returns: "key: string?",
		Doc:     "Says the day of a time in seconds since 1970, now where nil. Gives the key of escape_digits that ended it.",
		Call:    func(vm *VM, a Args) int { return a.key(vm.host.Session.SayDate(a.Time(1), a.OptText(2))) },
	},
	{
		Name:    "say_datetime",
		Params:  "time?: integer, escape_digits?: string, format?: string, timezone?: string",
		Returns: "key: string?",
		Doc: "Says a time in seconds since 1970, now where nil, by a format as in voicemail.conf (\"ABdY 'digits/at' IMp\" " +
			"where left out), in a zone such as \"Europe/Paris\". Gives the key of escape_digits that ended it.",
		Call: func(vm *VM, a Args) int {
			return a.key(vm.host.Session.SayDateTime(a.Time(1), a.OptText(2), a.OptText(3), a.OptText(4)))
		},
	},
	{
		Name:    "say_digits",
		Params:  "digits: string, escape_digits?: string",
		Returns: "key: string?",
		Doc:     "Says digits one by one. Give them as text, or leading zeros are lost; for a text that begins with * or # use say_alpha. Gives the key of escape_digits that ended it.",
		Call:    func(vm *VM, a Args) int { return a.key(vm.host.Session.SayDigits(a.Text(1), a.OptText(2))) },
	},
	{
		Name:    "say_number",
		Params:  "number: integer, escape_digits?: string, gender?: \"f\"|\"m\"|\"n\"|\"c\"|\"p\"",
		Returns: "key: string?",
		Doc: "Says a whole number. gender is \"f\", \"m\", \"n\", \"c\" or \"p\" where the language needs it. Gives the key of " +
			"escape_digits that ended it.",
		Call: func(vm *VM, a Args) int {
			return a.key(vm.host.Session.SayNumber(a.Integer(1), a.OptText(2), a.OptText(3)))
		},
	},
	{
		Name:    "say_phonetic",
		Params:  "text: string, escape_digits?: string",
		Returns: "key: string?",
		Doc:     "Spells text by the telephone alphabet. Gives the key of escape_digits that ended it.",
		Call:    func(vm *VM, a Args) int { return a.key(vm.host.Session.SayPhonetic(a.Text(1), a.OptText(2))) },
	},
	{
		Name:    "say_time",
		Params:  "time?: integer, escape_digits?: string",
		Returns: "key: string?",
		Doc:     "Says the time of day of a time in seconds since 1970, now where nil. Gives the key of escape_digits that ended it.",
		Call:    func(vm *VM, a Args) int { return a.key(vm.host.Session.SayTime(a.Time(1), a.OptText(2))) },
	},
	{
		Name:   "send_image",
		Params: "image: string",
		Doc:    "Sends an image, named without its extension, to a channel that carries images; on others it does nothing.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SendImage(a.Text(1))); return 0 },
	},
	{
		Name:   "send_text",
		Params: "text: string",
		Doc:    "Sends a text to a channel that carries text; on others it does nothing.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SendText(a.Text(1))); return 0 },
	},
	{
		Name:   "set_autohangup",
		Params: "seconds: number",
		Doc:    "Hangs the channel up after so many seconds; 0 takes that back.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SetAutohangup(a.Seconds(1))); return 0 },
	},
	{
		Name:   "set_callerid",
		Params: "callerid: string",
		Doc:    "Sets the caller's number, or \"Name\" <number>.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SetCallerID(a.Text(1))); return 0 },
	},
	{
		Name:   "set_context",
		Params: "context: string",
		Doc:    "Names the context that the dialplan goes on in after the script. Nothing checks that it exists.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SetContext(a.Text(1))); return 0 },
	},
	{
		Name:   "set_extension",
		Params: "extension: string|integer",
		Doc:    "Names the extension that the dialplan goes on at after the script. Nothing checks that it exists.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SetExtension(a.Text(1))); return 0 },
	},
	{
		Name:   "set_music",
		Params: "on: boolean|\"on\"|\"off\", class?: string",
		Doc:    "Turns music on hold on or off, of a class, the channel's own where left out.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SetMusic(a.onOff(1), a.OptText(2))); return 0 },
	},
	{
		Name:   "set_priority",
		Params: "priority: string|integer",
		Doc:    "Names the priority, or its label, that the dialplan goes on at after the script.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SetPriority(a.Text(1))); return 0 },
	},
	{
		Name:   "set_variable",
		Params: "name: string, value: string|number",
		Doc:    "Sets a channel variable, or writes to a function. agi.var.NAME = value does the same.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.SetVariable(a.Text(1), a.Text(2))); return 0 },
	},
	{
		Name:    "speech_activate_grammar",
		Params:  "name: string",
		Returns: "done: boolean",
		Doc:     "Has a loaded grammar listened for.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.SpeechActivateGrammar(a.Text(1))) },
	},
	{
		Name:    "speech_create",
		Params:  "engine?: string",
		Returns: "done: boolean",
		Doc:     "Makes the channel's speech object, with the engine of that name. False where there is no such engine.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.SpeechCreate(a.OptText(1))) },
	},
	{
		Name:    "speech_deactivate_grammar",
		Params:  "name: string",
		Returns: "done: boolean",
		Doc:     "Has a grammar no longer listened for.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.SpeechDeactivateGrammar(a.Text(1))) },
	},
	{
		Name:    "speech_destroy",
		Returns: "done: boolean",
		Doc:     "Removes the channel's speech object.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.SpeechDestroy()) },
	},
	{
		Name:    "speech_load_grammar",
		Params:  "name: string, path: string",
		Returns: "done: boolean",
		Doc:     "Loads a grammar from a path under a name.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.SpeechLoadGrammar(a.Text(1), a.Text(2))) },
	},
	{
		Name:    "speech_recognize",
		Params:  "prompt: string, timeout_ms?: integer, offset?: integer",
		Returns: "heard: recognition?",
		Doc:     "Plays a prompt and listens. Gives what was heard, nil where there is no speech object.",
		Call:    speechRecognize,
	},
	{
		Name:    "speech_set",
		Params:  "name: string, value: string",
		Returns: "done: boolean",
		Doc:     "Sets one of the engine's own settings.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.SpeechSet(a.Text(1), a.Text(2))) },
	},
	{
		Name:    "speech_unload_grammar",
		Params:  "name: string",
		Returns: "done: boolean",
		Doc:     "Forgets a grammar.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.SpeechUnloadGrammar(a.Text(1))) },
	},
	{
		Name:    "stream_file",
		Params:  "file: string, escape_digits?: string, sample_offset?: integer",
		Returns: "key: string?, endpos: integer",
		Doc: "Plays a sound file, named without its extension. A key of escape_digits ends it. Gives that key, and the sample " +
			"it stopped at. Raises \"failed\" where the file is missing.",
		Call: func(vm *VM, a Args) int {
			return a.keyAt(vm.host.Session.StreamFile(a.Text(1), a.OptText(2), a.OptInteger(3, 0)))
		},
	},
	{
		Name:    "tdd_mode",
		Params:  "mode: \"on\"|\"off\"|\"mate\"|\"tdd\"",
		Returns: "done: boolean",
		Doc:     "Sets the mode of a telephone for the deaf: \"on\", \"off\", \"mate\" or \"tdd\". False where the channel has none.",
		Call:    func(vm *VM, a Args) int { return a.yes(vm.host.Session.TDDMode(a.Text(1))) },
	},
	{
		Name:   "verbose",
		Params: "message: string, level?: integer",
		Doc:    "Prints a line on Asterisk's consoles of at least that verbosity, 1 to 4; 1 where left out.",
		Call:   func(vm *VM, a Args) int { a.Check(vm.host.Session.Verbose(a.Text(1), a.OptInteger(2, 1))); return 0 },
	},
	{
		Name:    "wait_for_digit",
		Params:  "timeout_ms?: integer",
		Returns: "key: string?",
		Doc:     "Waits for any key; without end where timeout_ms is -1 or left out. nil where none came.",
		Call: func(vm *VM, a Args) int {
			timeout := a.Milliseconds(1)
			if !a.Has(1) {
				timeout = -1
			}
			return a.key(vm.host.Session.WaitForDigit(timeout))
		},
	},
}
