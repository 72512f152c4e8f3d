package main

import (
	"fmt"
	"strings"
)

// environment is the block of a call from a phone to AGI(goagi,call.lua), as Asterisk 22 sends it.
var environment = []string{
	"agi_request: goagi",
	"agi_channel: PJSIP/100-00000001",
	"agi_language: en",
	"agi_type: PJSIP",
	"agi_uniqueid: 1754460000.1",
	"agi_version: 22.10.1~dfsg",
	"agi_callerid: 100",
	"agi_calleridname: Ada Lovelace",
	"agi_callingpres: 0",
	"agi_callingani2: 0",
	"agi_callington: 0",
	"agi_callingtns: 0",
	"agi_dnid: 200",
	"agi_rdnis: unknown",
	"agi_context: ivr",
	"agi_extension: 200",
	"agi_priority: 2",
	"agi_enhanced: 0.0",
	"agi_accountcode: ",
	"agi_threadid: 140245000000000",
	"agi_arg_1: call.lua",
	"",
}

// dialog is what every program must say, in this order, and what it is told.
var dialog = []struct{ command, reply string }{
	{"ANSWER", "200 result=0"},
	{"SET VARIABLE", "200 result=1"},
	{"GET VARIABLE", "200 result=1 (1)"},
	{"STREAM FILE", "200 result=0 endpos=8000"},
	{"GET DATA", "200 result=1234"},
	{"VERBOSE", "200 result=1"},
}

// answer is the reply to the program's n-th command, counted from 0. Behind the six commands of the dialog a program may
// set variables (goagi leaves GOAGI_STATUS) and nothing else.
func answer(n int, command string) (string, error) {
	want, reply := "SET VARIABLE", "200 result=1"
	if n < len(dialog) {
		want, reply = dialog[n].command, dialog[n].reply
	}
	if command != want && !strings.HasPrefix(command, want+" ") {
		return "", fmt.Errorf("command %d is %q, want %s", n+1, command, want)
	}
	return reply, nil
}
