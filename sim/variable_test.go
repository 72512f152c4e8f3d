package sim_test

import (
	"maps"
	"testing"
	"time"

	"goagi/sim"
)

func TestVariables(t *testing.T) {
	call := &sim.Call{
		CallerID: "5550100", CallerName: "Ann",
		Vars: map[string]string{"X": "abcdef", "N": "X", "EMPTY": ""},
		DB:   map[string]string{"shop/open": "yes (8)"},
	}
	place(t, call, func(p *program) {
		for _, tt := range [][2]string{
			{"GET VARIABLE X", "200 result=1 (abcdef)"},
			{"GET VARIABLE EMPTY", "200 result=1 ()"},
			{"GET VARIABLE NONE", "200 result=0"},
			{"GET VARIABLE CALLERID(num)", "200 result=1 (5550100)"},
			{"GET VARIABLE NOSUCH(x)", "200 result=0"},
			{"GET VARIABLE EXTEN", "200 result=1 (100)"},
			{"GET FULL VARIABLE plain", "200 result=1 (plain)"},
			{"GET FULL VARIABLE ${X}", "200 result=1 (abcdef)"},
			{"GET FULL VARIABLE ${X:2}", "200 result=1 (cdef)"},
			{"GET FULL VARIABLE ${X:2:3}", "200 result=1 (cde)"},
			{"GET FULL VARIABLE ${X:-2}", "200 result=1 (ef)"},
			{"GET FULL VARIABLE ${X:1:-2}", "200 result=1 (bcd)"},
			{"GET FULL VARIABLE ${X:9:1}", "200 result=1 ()"},
			{"GET FULL VARIABLE ${${N}}-${LEN(${X})}", "200 result=1 (abcdef-6)"},
			{"GET FULL VARIABLE ${NONE}", "200 result=1 ()"},
			{"GET FULL VARIABLE ${NOSUCH(${X})}", "200 result=1 ()"},
			{"GET FULL VARIABLE ${CALLERID(all)}", `200 result=1 ("Ann" <5550100>)`},
			{"GET FULL VARIABLE ${BASE64_ENCODE(${X})}", "200 result=1 (YWJjZGVm)"},
			{"GET FULL VARIABLE ${DB(shop/open)}", "200 result=1 (yes (8))"},
			{`GET FULL VARIABLE "a ${CHANNEL(state)} b"`, "200 result=1 (a Ring b)"},
			{"GET FULL VARIABLE ${SHELL(id)}", "200 result=1 ()"},
			{`GET FULL VARIABLE "x$[1 + 2 * 3]y"`, "200 result=1 (x7y)"},
			{`GET FULL VARIABLE "$[(1 + 2) * -3]"`, "200 result=1 (-9)"},
			{`GET FULL VARIABLE "$[\"${X}\" = \"abcdef\"]"`, "200 result=1 (1)"},
			{`GET FULL VARIABLE "$[10 > 9 & a < b]"`, "200 result=1 (1)"},
			{`GET FULL VARIABLE "$[0 | !1]"`, "200 result=1 (0)"},
			{`GET FULL VARIABLE "$[${NONE} = 1]"`, "200 result=1 ()"},
			{`GET FULL VARIABLE "$[1 / 0] a$b{c} $["`, "200 result=1 (2147483647 a$b{c} )"},
			{"GET FULL VARIABLE x PJSIP/9-9", "200 result=0"},
			{"SET VARIABLE CALLERID(num) 77", "200 result=1"},
			{"GET VARIABLE CALLERID(num)", "200 result=1 (77)"},
			{"SET VARIABLE __Y 1", "200 result=1"},
			{"GET VARIABLE Y", "200 result=1 (1)"},
			{`SET CALLERID "\"Bob B\" <88>"`, "200 result=1"},
			{"GET VARIABLE CALLERID(name)", "200 result=1 (Bob B)"},
			{`EXEC Set "X=a\\,b"`, "200 result=0"},
			{"GET VARIABLE X", `200 result=1 (a\,b)`},
			{`EXEC Set "X=${EXTEN}"`, "200 result=0"},
			{"GET VARIABLE X", "200 result=1 (${EXTEN})"},
			{`SET VARIABLE AGIEXECFULL yes`, "200 result=1"},
			{`EXEC Set "X=${EXTEN}"`, "200 result=0"},
			{"GET VARIABLE X", "200 result=1 (100)"},
		} {
			p.ask(tt[0], tt[1])
		}
	})
}

func TestDatabase(t *testing.T) {
	call := &sim.Call{}
	place(t, call, func(p *program) {
		for _, tt := range [][2]string{
			{"DATABASE GET shop open", "200 result=0"},
			{`DATABASE PUT shop open "8 to 5"`, "200 result=1"},
			{"DATABASE GET shop open", "200 result=1 (8 to 5)"},
			{"DATABASE PUT shop tel/one 1", "200 result=1"},
			{"DATABASE PUT shop tel/two 2", "200 result=1"},
			{"DATABASE PUT shopping x 3", "200 result=1"},
			{"DATABASE DEL shop open", "200 result=1"},
			{"DATABASE DEL shop open", "200 result=1"}, // it was not there
			{"DATABASE DELTREE shop tel", "200 result=0"},
			{"DATABASE DELTREE shop", "200 result=1"},
		} {
			p.ask(tt[0], tt[1])
		}
	})
	if want := map[string]string{"shopping/x": "3"}; !maps.Equal(call.DB, want) {
		t.Errorf("left: %v", call.DB)
	}
}

func TestApplications(t *testing.T) {
	call := &sim.Call{App: func(name, args string) (int, bool) {
		return 2, name == "Fake"
	}}
	place(t, call, func(p *program) {
		for _, tt := range []struct {
			command, reply string
			took           time.Duration
		}{
			{`EXEC NoOp "a b"`, "200 result=0", 0},
			{"EXEC NoSuch x", "200 result=-2", 0},
			{"EXEC busy 1", "200 result=-1", time.Second},
			{`EXEC Playback "one&two,noanswer"`, "200 result=0", 2 * time.Second},
			{"EXEC Dial PJSIP/100,20", "200 result=0", 20 * time.Second},
			{`EXEC MSet "A=1,B=2"`, "200 result=0", 0},
			{"EXEC Goto ivr,200,3", "200 result=0", 0},
			{"EXEC Gosub sub,s,1(x)", "200 result=-1", 0},
			{"EXEC System id", "200 result=-1", 0},
			{"EXEC Read D,menu,4,,,1", "200 result=0", 2 * time.Second},
			{`EXEC Log "ERROR,a, b"`, "200 result=0", 0},
			{"EXEC Fake x", "200 result=2", 0},
		} {
			p.begin = time.Now()
			p.ask(tt.command, tt.reply)
			p.took(tt.took)
		}
		if got := p.finish(); got != "FAILURE" { // Fake's 2 is RESULT_FAILURE
			t.Errorf("AGISTATUS %s", got)
		}
	})
	want := map[string]string{
		"A": "1", "B": "2", "DIALSTATUS": "NOANSWER", "D": "", "READSTATUS": "TIMEOUT", "PLAYBACKSTATUS": "SUCCESS",
		"SYSTEMSTATUS": "FAILURE", "AGISTATUS": "FAILURE",
	}
	if !maps.Equal(call.Vars, want) {
		t.Errorf("variables %v", call.Vars)
	}
	if call.Context != "ivr" || call.Extension != "200" || call.Priority != "3" {
		t.Errorf("at %s,%s,%s", call.Context, call.Extension, call.Priority)
	}
}

func TestRecording(t *testing.T) {
	call := &sim.Call{}
	place(t, call, func(p *program) {
		p.ask("RECORD FILE note wav # 5000 beep s=2", "200 result=3000 (timeout) endpos=16000")
		p.took(3 * time.Second)
		time.AfterFunc(time.Second, func() { call.Speak(time.Second) })
		p.ask("RECORD FILE note wav # -1 s=2", "200 result=0 (timeout) endpos=32000")
		p.took(4 * time.Second)
		call.Press("5#")
		p.ask("RECORD FILE note wav # 5000", "200 result=35 (dtmf) endpos=2400")
		call.Press("#")
		p.ask("RECORD FILE note wav # 5000 beep", "200 result=35 (randomerror) endpos=0")
		time.AfterFunc(time.Second, call.Hangup)
		p.ask("RECORD FILE note wav # 5000", "200 result=-1 (hangup) endpos=8000")
	})
}
