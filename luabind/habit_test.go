package luabind

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// messageOf gives "line: message" of a source that does not compile.
func messageOf(t *testing.T, source string) string {
	t.Helper()
	_, err := Compile([]byte(source), "t.lua")
	e, ok := errors.AsType[*ScriptError](err)
	if !ok {
		t.Errorf("%q: %v", source, err)
		return ""
	}
	return strconv.Itoa(e.Line) + ": " + e.Message
}

// Who comes from PHP or JavaScript is told the line that he is to change, and what Lua
// wants there, wherever the error is shown: GOAGI_ERROR, Asterisk's log, try, test.
func TestHabits(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{"local x\nif x = 1 then\nend", "2: syntax error near '=': equal is =="},
		{"if agi.hungup():\n  done = true\nend", "1: syntax error: a condition ends with then"},
		{"while more():\n  n = n + 1", "1: syntax error: a condition ends with do"},
		{"local x\nif agi.env.callerid:match(\"^1\"):\n  agi.var.X = 1\nend", "2: syntax error: a condition ends with then"},
		{"for i in range(1, 3):\n  f.x = i\nend", "1: syntax error: a condition ends with do"},
		{"for _, v in ipairs{\n  'a', 'b',\n}\n  f(v)\nend", "3: syntax error: `do` is missing"},
		{"switch (key) {\n  case \"1\":\n    agi.app.Dial(\"a\");\n}", "1: syntax error: there is no switch"},
		{"foreach (list as item) {\n}", "1: syntax error near 'as': a loop is for _, item"},
		{"try {\n  f()\n} catch (Exception e) {\n}", "3: syntax error near 'e': local ok, err = pcall"},
		{"list.forEach(x => f(x))", "1: syntax error near '=': function(x) return"},
		{"local f = array(\"a\" => 1)", "1: syntax error near '=': a key is"},
		{"if x =~ 1 then end", "1: syntax error near '=': unequal is ~="},
		{"if x =< 1 then end", "1: syntax error near '=': less or equal is <="},
		{"if x => 1 then end", "1: syntax error near '=': greater or equal is >="},
		{"local a\n?>", "2: Invalid token near '?': this is PHP"},
		{"local a = b?.c", "1: Invalid token near '?': a?.b is a and a.b"},
		{"do\n::again::\n::again::\nend", "3: label 'again' already defined on line 2"},
		{"do\n  goto done\n  local a = 1\n  ::done::\n  f(a)\nend", "4: <goto done>"},
		{"while (x = 1) do\nend", "1: syntax error near '=': equal is =="},
		{"repeat\n  f()\nuntil x = 1", "3: syntax error near '=': equal is =="},
		{"if x === 1 then end", "1: syntax error near '=': equal is =="},
		{"if x <> 1 then end", "1: syntax error near '>': unequal is ~="},
		{"if x !== 1 then end", "1: Invalid token near '!': unequal is ~="},
		{"agi->answer()", "1: parse error near '-': a function of a module is reached by a dot"},
		{"local a = agi->env", "1: syntax error near '>': a function of a module is reached by a dot"},
		{"local t = [1,2]", "1: syntax error near '[': a list is {1, 2}"},
		{"f([1,2])", "1: syntax error near '[': a list is"},
		{"local t = {[1,2],[3,4]}", "1: syntax error near ',': a list is"},
		{`local t = {"a" => 1}`, "1: syntax error near '=': a key is"},
		{`local t = ["a" => 1]`, "1: syntax error near '[': a list is"},
		{`local t = {"a": 1}`, "1: syntax error near ':': a key is"},
		{"local t = {a: 1}", "1: syntax error near '1': a key is"},
		{"if x == 1\n  y = 2\nend", "1: syntax error: `then` is missing"},
		{"if x == 1 y = 2 end", "1: syntax error near 'y': `then` is missing"},
		{"if x do y = 2 end", "1: syntax error near 'do': `then` is missing"},
		{"if x\n  and y\n\n  z()\nend", "2: syntax error: `then` is missing for the `if` in line 1"},
		{"if x then\nelseif y\n  z()\nend", "2: syntax error: `then` is missing"},
		{"while (x < 3)\n\n  x = x + 1\nend", "1: syntax error: `do` is missing"},
		{"for i = 1, 3\n  f(i)\nend", "1: syntax error: `do` is missing"},
		{"for k, v in pairs(t)\n  f(k)\nend", "1: syntax error: `do` is missing"},
		{"for i of t\nend", "1: syntax error near 'of'"},
		{"for i in range(1, 3):\n  f(i)\nend", "1: syntax error: a condition ends with do"},
		{"for i in range(1, 3):\n  f(i)\n  g(i)", "1: syntax error: a condition ends with do"},
		{"if x then\n  f()\nelseif y:\n  x = 1\nend", "3: syntax error: a condition ends with then "},
		{"if call:\n  press(1) = 2 then\nend", "2: syntax error near '=': equal is =="},
		{"if f(function() if x then y() end end)\n  z()\nend", "1: syntax error: `then` is missing"},
		{"for (i = 0; i < 3; i++) {\n}", "1: syntax error near '(': a loop is for i = 1, 3 do"},
		{"if a then\n  b()\nelse if c then\n  d()\nend\n", "3: syntax error: elseif is one word"},
		{"it('x', function()\n  if a then\n    b()\n  else if c then\n    d()\n  end\nend)", "4: syntax error: elseif is one word"},
		{"if a then\nelif b then\nend", "2: parse error near 'b': elseif is the word"},
		{"if (x == 1) { y = 2 }\n\nf(y)", "1: syntax error: a block is"},
		{"if (x == 1) { y = 2 }", "1: syntax error: a block is"},
		{"if (x == 1) {\n  f(1)\n  f(2)\n}", "1: syntax error: a block is"},
		{"if (x == 1) {\n  if (y) {\n  }\n}", "1: syntax error: a block is"},
		{"for _, v in pairs {\n  a = 1,\n}\n  f(v)\nend", "3: syntax error: `do` is missing"},
		{"if matches(x) {\n  a = 1\n} == 3 the\n  f()\nend", "3: syntax error near 'the': `then` is missing"},
		{"for _, k in ipairs{", "1: syntax error: is the `}`"},
		{"for x in list {\n  f(x)\n  g(x)\n}\n", "1: syntax error: a block is"},
		{"for k, x in pairs(t) {\n  f(x)\n}\ng()", "1: syntax error: a block is"},
		{"if f(a) {\n  x(1, 2)\n  local a, b = 1, 2\n}", "1: syntax error: a block is"},
		{"function f()\n  g()\n}", "3: syntax error near '}': a block is"},
		{"if x then y() end\nelse {\n}", "2: syntax error near 'else'"},
		{"for i = 1, 3 do\n  if i == 2 then\n    continue\n  end\nend", "3: parse error: there is no continue"},
		{"for i = 1, 3 do\n  continue\n  f(i)\nend", "2: parse error: there is no continue"},
		{"while true do\n  continue;\nend", "2: parse error near ';': there is no continue"},
		{"continue", "1: parse error: there is no continue"},
		{"for i = 1, 3 do\n  continue\n", "2: parse error: there is no continue"},
		{"it('x', function()\n  local call = place('ivr.lua'\nend)", "2: syntax error: is the `)` of the `(` missing?"},
		{"local call = place('ivr.lua'\ncall:hears('x')", "1: syntax error: is the `)` of the `(` missing?"},
		{"if agi.hungup( then end", "1: syntax error near 'then': is the `)` of the `(` missing?"},
		{"f({\n  a = 1\n}\nlocal x", "3: syntax error: is the `)` of the `(` in line 1 missing?"},
		{"local t = {\n  a = 1,\n  b = 2\n", "3: syntax error: is the `}` of the `{` in line 1 missing?"},
		{"local t = {\n  a = 1\n  b = 2\n}", "2: syntax error: is a comma missing?"},
		{`agi.verbose("a" x)`, "1: syntax error near 'x': is a comma missing, or the .. that joins texts?"},
		{`agi.verbose "a")`, "1: syntax error near ')': is a `(` missing before it?"},
		{"switch (x) {\n  case 1:\n}", "1: syntax error: there is no switch"},
		{"switch (key) {\n  case '1':\n    agi.app.Dial('PJSIP/1');\n    break;\n}", "1: syntax error: there is no switch"},
		{"switch (key) {\n  case '1':\n    f();\n    break;\n  case '2':\n", "1: syntax error: there is no switch"},
		{"switch(x) {\n  ['1'] = function() f( end\n}", "2: syntax error near 'end': is the `)`"},
		{"foreach (map as key => value) {\n}", "1: syntax error near 'as': a loop is"},
		{"try {\n  f();\n} catch (Exception e) {\n  g();\n}", "3: syntax error near 'e': local ok, err = pcall"},
		{"try {\n  f()\n  g()\n} catch (e) {\n}", "1: syntax error: local ok, err = pcall"},
		{"try {\n  f();\n} catch (e) {\n  local x\n  g()\n}", "3: syntax error: local ok, err = pcall"},
		{"try {\n  function() f() end\n  catch { g }\n}", "2: syntax error: is a comma missing?"},
		{"list.forEach((x) => {\n  f(x)\n})", "1: syntax error near '=': function(x) return"},
		{"on('x', (e, i) => {\n  f()\n})", "1: syntax error near ',': function(x) return"},
		{"on('x', e => f(e))", "1: syntax error near '=': function(x) return"},
		{"on('x', () => f())", "1: syntax error near ')': function(x) return"},
		{"local f = (a, b) => a + b", "1: syntax error near ',': function(x) return"},
		{"local f = () => 1", "1: syntax error near ')': function(x) return"},
		{"local t = array('a' => 1)", "1: syntax error near '=': a key is"},
		{"local t = array(k, k => 1)", "1: syntax error near '=': a key is"},
		{"f(a, => b)", "1: syntax error near '='"},
		{"local t = {} catch (x y)", "1: syntax error near 'y': is a comma missing?"},
		{"table.foreach(t, function(k v) end)", "1: syntax error near 'v': is a comma missing?"},
		{"if (x => 3) then end", "1: syntax error near '=': greater or equal is"},
		{"f('a', () x)", "1: syntax error near ')'"},
		{"if x =! 1 then\nend", "1: syntax error near '=': unequal is ~="},
		{"while (x => 1) do\nend", "1: syntax error near '=': greater or equal is >="},
		{"before_each(function(\n  call = place('a')\nend)", "2: syntax error near '='"},
		{"agi.say_digits(agi.)", "1: syntax error near ')'"},
		{"f(agi., 2)", "1: syntax error near ','"},
		{"local t = {agi.}", "1: syntax error near '}'"},
		{"agi. = 1", "1: syntax error near '='"},
		{"local x = a ? b : c", "1: Invalid token near '?': a ? b : c"},
		{"if x then f() end--\n)", "2: syntax error near ')': is a `(` missing"},
		{"i--\nf(i)", "1: parse error: x-- is x = x - 1"},
		{"x ..= 'a'", "1: parse error near '..': x ..= y is x = x .. y"},
		{"f()\n# a comment", "2: syntax error near '#': -- begins a comment"},
		{"<?php\n", "1: syntax error near '<': this is PHP"},
		{"def f(x)", "1: parse error near 'f': local function f(a, b)"},
		{"local function f(a, b = 5) end", "1: syntax error near '=': a parameter has no default"},
		{"t.f = function(a = 5) end", "1: syntax error near '=': a parameter has no default"},
		{"f(a = 5)", "1: syntax error near '='"},
		{"let x = 1", "1: parse error near 'x': local x = 1"},
		{"local x = 'a' . y", "1: syntax error: text is joined by .."},
		{"local x = y . 'a'", "1: syntax error near 'a': text is joined by .."},
		{"local x = 1\r\nif x == 1\r\n  f()\r\nend\r\n", "2: syntax error: `then` is missing"},
		{"\xef\xbb\xbfif x = 1 then end", "1: syntax error near '=': equal is =="},
		{"#!/usr/bin/goagi\nif x = 1 then end", "2: syntax error near '=': equal is =="},
		// What is said of right code in the line, or in texts and comments, would mislead.
		{"local x = = 1", "1: syntax error near '='"},
		{"f('!=', x == ) -- != && continue else if", "1: syntax error near ')'"},
		{"local s = 'a . b' local x = )", "1: syntax error near ')'"},
		{"local continue = 1\nlocal x = continue +\nend", "3: syntax error near 'end'"},
		{"local t = {a = }", "1: syntax error near '}'"},
		{"f()\n--[[ a\ncomment\n\n", "2: invalid multiline comment: its closing ]] is missing"},
		{"local s = [==[ a\n]]\nf()\n", "1: unterminated multiline string: its closing ]==] is missing"},
		{"::again::\nf()\n::again::\ng()", "3: label 'again' already defined on line 1"},
		{"do\n  goto a\n  local x\n  ::a::\n  f(x)\nend", "4: <goto a> at line 2 jumps into the scope of local 'x'"},
		{"f()\ngoto a\ng()", "2: no visible label 'a' for <goto>"},
		// Lines end where they do for the compiler.
		{"local x = 1\rif x = 1 then\rend\r", "2: syntax error near '=': equal is =="},
		{"local x = 1\r\r\nif x = 1 then\r\r\nend", "3: syntax error near '=': equal is =="},
		{"local s = 'a \\\r\n (b'\r\nlocal y = = 2", "3: syntax error near '='"},
		{"local s = 'a \\\r\n (b'\r\nif x = 2 then end", "3: syntax error near '=': equal is =="},
		{"f()\f\ng()", "1: Invalid token near U+000C"},
		// Of word processors.
		{"agi.stream_file(“hello”)", "1: Invalid token near '“': “ is no quote in Lua"},
		{"f(‘a’)", "1: Invalid token near '‘': ‘ is no quote in Lua"},
		{"f(`a`)", "1: Invalid token near '`': ` is no quote in Lua"},
		{"local x\u00a0= 1", "1: Invalid token near U+00A0: a no-break space is no blank in Lua"},
		{"local x = 2 – 1", "1: Invalid token near '–': – is no - in Lua"},
		{"local x = 1\u200b", "1: Invalid token near U+200B: this character is not seen"},
		{"local größe = 1", "1: Invalid token near 'ö'"},
		{"local x = \xff", "1: Invalid token near '\ufffd'"},
	} {
		got := messageOf(t, row.source)
		if !strings.HasPrefix(got, row.want) {
			t.Errorf("%q:\n\t%s\nnot\t%s", row.source, got, row.want)
		}
		if !strings.Contains(row.want, ": ") || strings.Count(row.want, ": ") == 1 && strings.Contains(row.want, " near ") {
			if got != row.want {
				t.Errorf("%q: %s says more than is known", row.source, got)
			}
		}
	}
}

// Who has left out one word of a right script is not told of another language, and
// finds the then or do that he forgot in the line that is named.
func TestHabitsOfOneMissingWord(t *testing.T) {
	files, err := filepath.Glob("../scripts/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		source := string(b)
		for _, token := range tokens(source) {
			if token.kind != isMark && !isReserved(token.text) {
				continue
			}
			without := source[:token.at] + " " + source[token.end:]
			_, err := Compile([]byte(without), path)
			if err == nil {
				continue
			}
			for _, h := range habits {
				if strings.Contains(err.Error(), h.mend) {
					t.Errorf("without the %s of line %d: %v", token.text, token.line, err)
				}
			}
			e, _ := errors.AsType[*ScriptError](err)
			if (token.text == "then" || token.text == "do") && (e.Line != token.line || !strings.Contains(e.Message, "`"+token.text+"` is missing")) {
				t.Errorf("without the %s of line %d: %v", token.text, token.line, err)
			}
		}
	}
}
