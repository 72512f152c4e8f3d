package docs_test

// symptom is a way to meet what a heading of troubleshooting.md is about.
type symptom struct {
	lua    string   // menu.lua of the scripts folder; none where empty
	file   string   // door, a file of agi-bin itself; none where empty
	closed bool     // nobody may execute door
	steps  []string // the dialplan, AGI(goagi,menu.lua) where there are none; SERVER is goagi serve's URL
	atEnd  []string // the dialplan of extension h
	serve  []string // flags of a goagi serve with the same script; none is started where nil
	async  []string // flags of a goagi async that is started in the place of a call
}

// symptoms are by the headings of the page.
var symptoms = map[string][]symptom{
	"The script fails":            {{lua: "agi.answer()\nlocal db\ndb.calls = 1"}},
	"The script does not compile": {{lua: "agi.answer()\nlocal = 1"}},
	"A name is misspelt": {
		{lua: `agi.answer() agi.strem_file("beep")`},
		{lua: `agi.answer() require "http".get("http://127.0.0.1:9/", {timeut = 1})`},
	},
	"The script is not found":          {{steps: []string{"AGI(goagi,nosuch.lua)"}}},
	"A module is not found":            {{lua: `agi.answer() require "socket"`}},
	"A prompt is missing":              {{lua: `agi.answer() agi.stream_file("custom/welcome")`}},
	"Asterisk has no such application": {{lua: `agi.answer() agi.app.Festival("hello")`}},
	"A value cannot be sent": {
		{lua: `agi.answer() agi.var.NOTE = "one\ntwo"`},
		{lua: `agi.answer() agi.var.NOTE = ("x"):rep(9000)`},
	},
	"A flag or a setting is wrong": {
		{lua: "agi.answer()", steps: []string{"AGI(goagi,--grace=never,menu.lua)"}},
		{lua: "agi.answer()", steps: []string{"AGI(goagi,--config=/etc/asterisk/asterisk.conf,menu.lua)"}},
		{lua: `agi.answer() require "config".secret("crm")`},
	},
	"goagi itself is not found": {{steps: []string{"AGI(goagi2,menu.lua)"}}},
	"AGISTATUS is FAILURE, and nothing is in the log": {
		{file: "#!/bin/sh\n", closed: true, steps: []string{"AGI(door)"}},
		{file: "#!/usr/bin/goagi\r\n", steps: []string{"AGI(door)"}},
	},
	"No audio on this call":  {{lua: `agi.answer() agi.log("warn", select(2, require "audio".listen()))`}},
	"No live channel":        {{lua: `agi.stream_file("beep")`, steps: []string{"NoOp()"}, atEnd: []string{"AGI(goagi,menu.lua)"}}},
	"The time limit is over": {{lua: `agi.answer() agi.sleep(20)`, steps: []string{"AGI(goagi,--max-call-time=1,menu.lua)"}}},
	"The grace time is over": {{lua: `agi.answer() agi.on_hangup(function() while true do agi.sleep(0.1) end end) agi.hangup()`, steps: []string{"AGI(goagi,--grace=0.5,menu.lua)"}}},
	"Out of memory":          {{lua: `agi.answer() local all = {} while true do all[#all + 1] = {} end`, serve: []string{"--memory=100M"}, steps: []string{"AGI(SERVER/menu.lua)"}}},
	"A server cannot be reached": {
		{lua: `agi.answer() local answer, why = require "http".get("http://127.0.0.1:9/", {timeout = 1}) assert(answer, why)`},
		{lua: `agi.answer() assert(require "sql".open("postgres://ivr:x@127.0.0.1:9/calls"):query("SELECT 1"))`},
	},
	"The sandbox forbids it":               {{lua: `agi.answer() os.execute("date")`, serve: []string{}, steps: []string{"AGI(SERVER/menu.lua)"}}},
	"The data folder is not there":         {{lua: "agi.answer()", serve: []string{"--data=/nowhere"}, steps: []string{"AGI(SERVER/menu.lua)"}}},
	"goagi serve cannot be reached":        {{steps: []string{"AGI(agi://127.0.0.1:9/menu.lua)"}}},
	"goagi serve does not find the script": {{serve: []string{}, steps: []string{"AGI(SERVER/nosuch.lua)"}}},
	"goagi serve refuses Asterisk":         {{lua: "agi.answer()", serve: []string{"--allow=10.0.0.0/8"}, steps: []string{"AGI(SERVER/menu.lua)"}}},
	"goagi serve is full":                  {{lua: `agi.answer() agi.exec("AGI", "SERVER/menu.lua")`, serve: []string{"--max-calls=1"}, steps: []string{"AGI(SERVER/menu.lua)"}}},
	"goagi async cannot log in":            {{async: []string{"--ami=worker@MANAGER"}}},
}
