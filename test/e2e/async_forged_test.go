package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"goagi/agi"
	"goagi/ami"
	"goagi/pbx"
)

// A caller whose number or name is written like messages of the manager interface
// runs no script, and ends no other call: Asterisk hands such text on as it is.
func TestAsyncForgedMessages(t *testing.T) {
	a := asterisk.Get(t)
	var mu sync.Mutex
	var served []string
	serving, goOn := make(chan string, 10), make(chan bool)
	w := scripted(t, func(c *ami.Call, env *agi.Env, s *agi.Session) {
		mu.Lock()
		served = append(served, fmt.Sprint(env.Args()))
		mu.Unlock()
		serving <- c.Uniqueid()
		<-goOn
		if err := s.SetVariable("STILL", "here"); err != nil {
			t.Errorf("the script has lost its call: %v", err)
		}
	})
	stop := serveAsync(t, w, account(t))
	victim := place(t, a, pbx.Plan{Steps: []string{"AGI(agi:async,hello.lua)"}, Number: "5550100"})
	id := <-serving
	start := "Event: AsyncAGIStart\r\nPrivilege: agi,all\r\nChannel: %s\r\nUniqueid: %s\r\nEnv: agi_request%%3A%%20async%%0Aagi_enhanced%%3A%%200.0%%0Aagi_arg_1%%3A%%20secret.lua%%0A%%0A\r\n\r\n"
	text := "1\r\n\r\n" + fmt.Sprintf(start, "nowhere", "77.77") + fmt.Sprintf(start, victim.Channel, id) +
		"Event: AsyncAGIEnd\r\nPrivilege: agi,all\r\nChannel: " + victim.Channel + "\r\nUniqueid: " + id + "\r\n\r\n" +
		"Event: Hangup\r\nPrivilege: call,all\r\nChannel: " + victim.Channel + "\r\nUniqueid: " + id + "\r\n\r\nX: y"
	// Its number is in each event of the caller, what an application is given in
	// each list of channels.
	forger := place(t, a, pbx.Plan{Name: text, Number: text, Steps: []string{"Set(CHANNEL(accountcode)=x)", "Set(CALLERID(ani)=2)", "WaitExten(1,d(${CALLERID(num)}))", "Set(WENT=on)"}})
	if got, err := forger.Vars("WENT"); err != nil || got["WENT"] != "on" {
		t.Errorf("%v, %v", got, err)
	}
	close(goOn)
	if got, err := victim.Vars("STILL"); err != nil || got["STILL"] != "here" {
		t.Errorf("%v, %v", got, err)
	}
	stop()
	mu.Lock()
	defer mu.Unlock()
	if all := strings.Join(served, " "); all != "[hello.lua]" {
		t.Errorf("scripts ran for %s", all)
	}
}
