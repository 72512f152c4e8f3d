package e2e

import (
	"fmt"
	"strings"
	"testing"

	"goagi/pbx"
)

// luaText writes a text as a string of Lua, whatever bytes it holds.
func luaText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, `\%03d`, s[i])
	}
	return b.String() + `"`
}

// same is Lua that tells whether a value is the one wanted, and how not.
const same = `local function same(got, want) if got == want then return "same" end ` +
	`return type(got) == "string" and #got .. " bytes: " .. hex(got):sub(1, 400) or tostring(got) end `

// hostile are values that callers and dialplans hold, one line each.
var hostile = map[string]string{
	"plain":            `Ann`,
	"quotes":           `O"Brien "the" \"man\" "`,
	"a quote":          `"`,
	"backslashes":      `C:\new\table\\server\`,
	"commas":           `Doe, John; ,;,|&`,
	"brackets":         `(a) [b] {c} )( ][ }{`,
	"an expression":    `${EXTEN} ${SHELL(touch /tmp/owned)} $[1+1] $} ${ {`,
	"percent":          `%s %d %n %20 %% %0`,
	"an open bracket":  `a (b`,
	"a closed bracket": `b) c`,
	"only a bracket":   `)`,
	"a reply":          `200 result=1 (forged)`,
	"an end of value":  `x) endpos=5`,
	"a timeout":        `(timeout)`,
	"a hangup":         `HANGUP`,
	"511":              `511 Command Not Permitted on a dead channel or intercept routine`,
	"failure":          `failure`,
	"UTF-8":            `Zoë Müller-Łukasz 李小龍 🙂`,
	"invalid UTF-8":    "\xff\xfeAnn\x80\xc3",
	"control bytes":    "a\x01\x07\x1b[31mred\x7f\tb",
	"blanks":           "a  b   c  ",
	"Lua":              `]] .. os.exit(1) .. [[ -- "`,
	"markup":           `<b>&amp;</b> <5551234>`,
	"2 KB":             strings.Repeat(`ab"\,;${X}`, 205),
}

// broken are values of more lines than one.
var broken = map[string]string{
	"a newline":               "one\ntwo",
	"newlines only at ends":   "one\n\n\n",
	"a carriage return":       "one\r\ntwo\r",
	"a forged argument":       "x\nagi_arg_1: forged\nagi_arg_2: forged",
	"a forged request":        "x\nagi_request: forged\nagi_channel: forged\nagi_uniqueid: forged",
	"a forged place":          "x\nagi_context: forged\nagi_extension: 999\nagi_priority: 7\nagi_accountcode: forged",
	"forged audio":            "x\nagi_enhanced: 1.0",
	"an empty line":           "x\n\nagi_arg_1: forged",
	"empty lines":             "x\n\n\n\nagi_arg_1: forged\n\n",
	"an empty line and reply": "x\n\n200 result=1 (forged)\n200 result=-1",
	"a whole block": "x\nagi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: unknown\nagi_rdnis: unknown\n" +
		"agi_context: forged\nagi_extension: 999\nagi_priority: 7\nagi_enhanced: 1.0\nagi_accountcode: \nagi_threadid: 140\n" +
		"agi_arg_1: forged\nagi_arg_2: forged\n\n200 result=1 (forged)",
	"a whole block and many replies": "x\nagi_enhanced: 0.0\nagi_accountcode: \nagi_threadid: 140\n\n" + strings.Repeat("200 result=1 (forged)\n", 50),
	"a whole block and a hangup":     "x\nagi_enhanced: 0.0\nagi_threadid: 140\n\nHANGUP\nHANGUP",
	"a whole block and usage":        "x\nagi_enhanced: 0.0\nagi_threadid: 140\n\n520-Invalid command syntax.  Proper usage follows:\n",
	"lines that name nothing":        "x\nnobody\n: \n:\nagi_\nagi_: \n agi_arg_1: forged",
	"a colon":                        "x: y\nz: ",
	"a value that ends":              "a)\n200 result=0 (b",
	"a value that ends twice":        "a)\nHANGUP",
	"a value that hangs up":          "a)\nHANGUP\nb",
	"hangups":                        "HANGUP\nHANGUP\nHANGUP",
	"usage":                          "520-Invalid\n520 End of proper usage.",
	"an echo":                        "x)\n200 result=1 (goagi-sync-",
	"only a newline":                 "x\n",
	"a reply at a buffer's end":      strings.Repeat("n", 1700) + "\nagi_enhanced: 0.0\n\n200 result=1 (forged)\ny",
	"a reply behind a buffer's end":  strings.Repeat("n", 1760) + "\nagi_enhanced: 0.0\nagi_threadid: 140\n\n200 result=1 (forged)\ny",
	"a value at a buffer's end":      strings.Repeat("n", 1701) + "\nagi_enhanced: 0.0\n\n200 result=1 (forged\ny",
	"a reply behind two buffers":     strings.Repeat("n", 3800) + "\nagi_enhanced: 0.0\n\n200 result=1 (forged)\ny",
}

func each(t *testing.T, maps []map[string]string, do func(t *testing.T, value string)) {
	for _, values := range maps {
		for name, value := range values {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				do(t, value)
			})
		}
	}
}

// nameless takes the caller's name away before the report, whose own AGI session
// it would break.
var nameless = []string{"Set(CALLERID(name)=)", "Set(CALLERID(num)=)"}

// A caller may call himself what he likes: the script learns that, all that
// Asterisk itself says of the call, and its own arguments.
func TestNameOfTheCaller(t *testing.T) {
	t.Parallel()
	each(t, []map[string]string{hostile, broken}, func(t *testing.T, name string) {
		name = strings.TrimRight(name, " \n\r\t") // as CALLERID() does
		first, _, _ := strings.Cut(name, "\n")
		c := call(t, installed(t, &asterisk), prelude+same+`
			local name = `+luaText(name)+`
			agi.answer()
			agi.set_variable("VAR", same(agi.var["CALLERID(name)"], name:sub(1, 1023))) -- all that a function gives
			agi.set_variable("ENV", same(agi.env.calleridname, `+luaText(first)+`))
			agi.set_variable("ARGS", table.concat(arg, "|"))
			agi.set_variable("NUMBER", agi.env.callerid)
			agi.set_variable("PLACE", agi.env.context .. " " .. agi.env.extension .. " " .. agi.env.priority)
			agi.set_variable("OWN", agi.env.channel .. " " .. agi.env.request .. " " .. agi.env.enhanced .. " " .. agi.env.accountcode .. " " .. agi.transport)
			agi.set_variable("KEY", show(agi.wait_for_digit(100)))
			agi.set_variable("STEP", agi.get_full_variable("in step"))`,
			pbx.Plan{Name: name, Number: "5551234", Steps: []string{"AGI(goagi,%s,one,two words)"}, AtEnd: nameless})
		check(t, c, vars{"VAR": "same", "ENV": "same", "ARGS": "one|two words", "NUMBER": "5551234", "PLACE": `~call-\d+ 100 3`,
			"OWN": c.Channel + " goagi 0.0  process", "KEY": "nil", "STEP": "in step", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
	})
}

// The same with the number, which Asterisk writes in front of the name.
func TestNumberOfTheCaller(t *testing.T) {
	t.Parallel()
	each(t, []map[string]string{broken}, func(t *testing.T, number string) {
		number = strings.TrimRight(number, " \n\r\t")
		first, _, _ := strings.Cut(number, "\n")
		c := call(t, installed(t, &asterisk), prelude+same+`
			agi.set_variable("VAR", same(agi.var["CALLERID(num)"], (`+luaText(number)+`):sub(1, 1023)))
			agi.set_variable("ENV", same(agi.env.callerid, `+luaText(first)+`))
			agi.set_variable("ARGS", table.concat(arg, "|"))
			agi.set_variable("OWN", agi.env.channel .. " " .. agi.env.request .. " " .. agi.env.extension .. " " .. agi.transport)
			agi.set_variable("STEP", agi.get_full_variable("in step"))`,
			pbx.Plan{Number: number, Steps: []string{"AGI(goagi,%s,one,two words)"}, AtEnd: nameless})
		check(t, c, vars{"VAR": "same", "ENV": "same", "ARGS": "one|two words", "OWN": c.Channel + " goagi 100 process",
			"STEP": "in step", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
	})
}

// A dialplan may hand the script what the caller said as an argument.
func TestArgumentsOfTheCaller(t *testing.T) {
	t.Parallel()
	each(t, []map[string]string{broken, {"flags": "--trace=/tmp/owned", "a dash": "-", "two dashes": "--", "UTF-8": "Zoë", "bytes": "\xff\x80"}},
		func(t *testing.T, value string) {
			// Asterisk parts arguments at commas, but not in brackets.
			value = strings.NewReplacer("(", "<", ")", ">").Replace(value)
			c := call(t, installed(t, &asterisk), prelude+same+`
				agi.set_variable("ARG", same(arg[2], `+luaText(value)+`))
				agi.set_variable("REST", arg[1] .. "|" .. arg[3] .. "|" .. #arg)
				agi.set_variable("PLACE", agi.env.extension .. " " .. agi.transport)
				agi.set_variable("STEP", agi.get_full_variable("in step"))`,
				pbx.Plan{Vars: [][2]string{{"SAID", value}}, Steps: []string{"AGI(goagi,%s,one,${SAID},three)"}})
			check(t, c, vars{"ARG": "same", "REST": "one|three|3", "PLACE": "100 process", "STEP": "in step", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
		})
}

// A value that the dialplan holds is read exactly, by every way to read one.
func TestValuesOfTheDialplan(t *testing.T) {
	t.Parallel()
	each(t, []map[string]string{hostile, broken}, func(t *testing.T, value string) {
		a := installed(t, &asterisk)
		key := fmt.Sprintf("value-%d", scripts.Add(1))
		c := call(t, a, prelude+same+`
			local want = `+luaText(value)+`
			agi.set_variable("VAR", same(agi.var.V, want))
			agi.set_variable("GET", same(agi.get_variable("V"), want))
			agi.set_variable("FULL", same(agi.get_full_variable("${V}"), want))
			agi.set_variable("INSIDE", same(agi.get_full_variable("<${V}>"), "<" .. want .. ">"))
			agi.set_variable("DB", same(agi.database_get("e2e", "`+key+`"), want))
			agi.set_variable("STEP", agi.get_full_variable("in step"))`,
			pbx.Plan{Vars: [][2]string{{"V", value}, {"DB(e2e/" + key + ")", value}}})
		check(t, c, vars{"VAR": "same", "GET": "same", "FULL": "same", "INSIDE": "same", "DB": "same", "STEP": "in step", "GOAGI_STATUS": "OK"})
	})
}

// A value that a script sets is what the dialplan has, and the script reads.
func TestValuesOfTheScript(t *testing.T) {
	t.Parallel()
	each(t, []map[string]string{hostile}, func(t *testing.T, value string) {
		a := installed(t, &asterisk)
		if len(value) > 2000 && a.Release() < 22 {
			t.Skip("before 22.6 it does not fit into a line; see TestLongValues")
		}
		key := fmt.Sprintf("own-%d", scripts.Add(1))
		c := call(t, a, prelude+same+`
			local want = `+luaText(value)+`
			agi.var.V = want
			agi.set_variable("W", want)
			agi.set_variable("VAR", same(agi.var.V, want))
			agi.set_variable("FULL", same(agi.get_full_variable("${W}"), want))
			agi.database_put("e2e", "`+key+`", want)
			agi.set_variable("DB", same(agi.database_get("e2e", "`+key+`"), want))
			agi.set_variable("APP", show(agi.app.Set("X=" .. want)) .. " " .. same(agi.var.X, want))
			agi.set_variable("MSET", show(agi.app.MSet("Y=" .. want, "Z=z")) .. " " .. agi.get_variable("Z") .. " " .. same(agi.var.Y, want))
			agi.set_variable("STEP", agi.get_full_variable("in step"))`, pbx.Plan{Steps: []string{"AGI(goagi,%s)", "AGI(${FASTAGI})"}})
		d, err := c.Dialog()
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Command("GET FULL VARIABLE ${V}")
		if want := "200 result=1 (" + value + ")"; err != nil || got != want {
			t.Errorf("the dialplan has %q, %v; want %q", got, err, want)
		}
		d.End()
		check(t, c, vars{"VAR": "same", "FULL": "same", "DB": "same", "APP": "0 same", "MSET": "0 z same", "STEP": "in step", "GOAGI_STATUS": "OK"})
	})
}

// What no AGI command can carry is refused before anything is sent, or it
// would run as a second command.
func TestValuesThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"newline": "a\nHANGUP", "carriage return": "a\rb", "zero byte": "a\x00b", "all": "\r\n\x00"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(t, installed(t, &asterisk), prelude+`
				local value = `+luaText(value)+`
				agi.answer()
				local refused = 0
				for _, way in ipairs({
					function() agi.var.V = value end,
					function() agi.set_variable("V", value) end,
					function() agi.set_variable("V" .. value, "x") end,
					function() agi.get_variable(value) end,
					function() agi.get_full_variable(value) end,
					function() agi.database_put("e2e", "bad", value) end,
					function() agi.verbose(value) end,
					function() agi.stream_file(value) end,
					function() agi.exec("NoOp", value) end,
					function() agi.exec(value) end,
					function() agi.app.Dial(value, 20) end,
					function() agi.command("SET VARIABLE", "V", value) end,
					function() agi.command("NOOP" .. value) end,
				}) do
					local ok, e = pcall(way)
					if not ok and e.kind == "usage" then refused = refused + 1 end
				end
				agi.set_variable("REFUSED", refused)
				print("a printed " .. value)
				agi.log("warn", "a logged " .. value)
				agi.set_variable("STEP", agi.get_full_variable("in step"))`, pbx.Plan{})
			check(t, c, vars{"REFUSED": "13", "V": "", "STEP": "in step", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
		})
	}
}

// What is too long for a command is refused as a whole, or its tail would run
// as a second command; what Asterisk holds is read whole.
func TestLongValues(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	limit := longestLine(t, a)
	if limit != 8191 && limit != 2047 {
		t.Errorf("Asterisk %s takes %d bytes", a.Version, limit)
	}
	c := call(t, a, prelude+same+fmt.Sprintf("local limit = %d\n", limit)+`
		agi.answer()
		local big = ("0123456789"):rep(1024)
		agi.set_variable("PUT", outcome(function() agi.var.V = big end))
		agi.set_variable("DBPUT", outcome(function() return agi.database_put("e2e", "big", big) end))
		local most = ("x"):rep(limit - #('SET VARIABLE "V" ""\n'))
		agi.set_variable("MOST", outcome(function() agi.set_variable("V", most) end) .. same(agi.get_full_variable("${V}"), most))
		agi.set_variable("OVER", outcome(function() agi.set_variable("V", most .. "x") end) .. same(agi.get_full_variable("${V}"), most))
		local quotes = ('"'):rep(math.floor((limit - #('SET VARIABLE "V" ""\n')) / 2))
		agi.set_variable("QUOTES", outcome(function() agi.set_variable("V", quotes) end) .. same(agi.get_full_variable("${V}"), quotes))
		agi.set_variable("MORE", outcome(function() agi.set_variable("V", quotes .. '"') end) .. same(agi.get_full_variable("${V}"), quotes))
		local words = {}
		for i = 1, 126 do words[i] = "w" end
		agi.set_variable("WORDS", outcome(function() return agi.command("NOOP", unpack(words)).code end))
		words[127] = "w"
		agi.set_variable("WORD", outcome(function() return agi.command("NOOP", unpack(words)).code end))
		-- The dialplan can make longer ones.
		agi.var.AGIEXECFULL = "yes"
		agi.var.PART = big:sub(1, 1280)
		for i = 1, 8 do agi.exec("Set", "BIG=${BIG}${PART}") end
		agi.var.AGIEXECFULL = ""
		agi.set_variable("FULL", same(agi.get_full_variable("${BIG}"), big))
		agi.set_variable("GET", same(agi.get_variable("BIG"), big))
		agi.set_variable("VAR", same(agi.var.BIG, big))
		local long = big:sub(1, limit - 100)
		agi.var["DB(e2e/long)"] = long
		agi.set_variable("DB", same(agi.database_get("e2e", "long"), long))
		-- A function is asked once only, and gives no more to that command.
		agi.set_variable("FN", same(agi.get_variable("DB(e2e/long)"), big:sub(1, 1022)))
		agi.set_variable("STEP", agi.get_full_variable("in step"))`, pbx.Plan{})
	check(t, c, vars{"PUT": "raises usage", "DBPUT": "raises usage", "MOST": "same", "OVER": "raises usagesame", "QUOTES": "same", "MORE": "raises usagesame",
		"WORDS": "200", "WORD": "raises usage", "FULL": "same", "GET": "same", "VAR": "same", "DB": "same", "FN": "same",
		"STEP": "in step", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
}
