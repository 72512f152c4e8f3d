package std

import "testing"

// What a service sends comes back to it as it was, whatever a script did not
// touch.
func TestJSONRoundTrip(t *testing.T) {
	for _, row := range []struct{ in, out string }{
		{`{}`, `{}`},
		{`[]`, `[]`},
		{`null`, `null`},
		{`[null,true,false,0,-1.5,1e3,"a"]`, `[null,true,false,0,-1.5,1000,"a"]`},
		{`{"a":[],"b":{},"c":[[]]}`, `{"a":[],"b":{},"c":[[]]}`},
		{`[12345678901234567890,9007199254740993,9007199254740992]`, `[12345678901234567890,9007199254740993,9007199254740992]`},
		{`[1e300,0.1]`, `[1e+300,0.1]`},
		{`"\u00e4\ud83d\ude00\n<&>"`, `"ä😀\n<&>"`},
		{` { "z" : 1 , "a" : 2 } `, `{"a":2,"z":1}`},
		{`{"1":"x"}`, `{"1":"x"}`},
		{`{"":1}`, `{"":1}`},
	} {
		e := place(t, caller{notEAGI: true}, `local json = require "json" agi.var.GOT = json.encode(assert(json.decode([==[`+row.in+`]==])))`)
		e.check(t, map[string]string{"GOT": row.out, "GOAGI_STATUS": "OK"})
	}
}

// What is wrong in a text is found by its line and column.
func TestJSONMistakes(t *testing.T) {
	for text, want := range map[string]string{
		``:                     "line 1, column 1: the text ends too early",
		`{"a": 1,}`:            "line 1, column 9: ",
		`{"a": 1`:              "line 1, column 8: the text ends too early",
		"{\n  \"a\": x\n}":     "line 2, column 8: invalid character 'x'",
		`1 2`:                  "line 1, column 3: invalid character '2' after top-level value",
		`[1e999]`:              "the number 1e999 is out of range",
		`nil`:                  "line 1, column 2: ",
		`<html>`:               "line 1, column 1: invalid character '<'",
		`{'a': 1}`:             "line 1, column 2: invalid character",
		"[\"\xc3\xa4\", tru ]": "line 1, column 10: ",
	} {
		e := place(t, caller{notEAGI: true}, `local v, why = require "json".decode([==[`+"\n"+text+`]==]) assert(v == nil) agi.var.GOT = why`)
		e.check(t, map[string]string{"GOT": "~" + want, "GOAGI_STATUS": "OK"})
	}
	for lua, want := range map[string]string{
		`json.encode{a = {b = print}}`:                          "value.a.b: JSON cannot hold a function",
		`json.encode{0/0}`:                                      "value[1]: JSON cannot hold the number NaN",
		`json.encode{1, 2, x = 3}`:                              `both the key "x" and numbers`,
		`json.encode{1, nil, 3}`:                                "an array has no value at 2 of 2",
		`json.encode{[true] = 1}`:                               "a key of an object must be a string",
		`local t = {} t.t = t json.encode(t)`:                   "does one hold itself?",
		`json.encode(json.array{x = 1})`:                        `an array has the key "x"`,
		`json.encode({}, {indnt = 2})`:                          "did you mean indent?",
		`json.decode(("["):rep(1e4))`:                           "",
		`assert(json.decode(("["):rep(1e3) .. ("]"):rep(1e3)))`: "nested deeper than 500",
		`local t = json.decode("[[],[]]") json.object(t[1]) assert(json.encode(t) == "[{},[]]")`: "",
		`json.array(1)`:           "must be a table",
		`local x = json.null.foo`: "there is no null.foo",
		`assert(json.encode(json.object{"a"}) == '{"1":"a"}')`:                              "",
		`assert(json.encode({a = {1}}, {indent = 1}) == '{\n "a": [\n  1\n ]\n}')`:          "",
		`assert("id " .. json.decode("12345678901234567890") == "id 12345678901234567890")`: "",
		`assert(json.decode("[null]")[1] == json.null and json.null ~= nil)`:                "",
		`assert(json.encode("\255") == '"\239\191\189"')`:                                   "",
	} {
		e := place(t, caller{notEAGI: true}, `local json = require "json" `+lua)
		if want == "" && e.Err == nil {
			continue
		}
		e.check(t, map[string]string{"GOAGI_ERROR": "~" + want})
	}
}
