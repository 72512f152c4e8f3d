package std

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A caller who hangs up holds no line open, whatever the script waits for, and
// what the script does about it goes on under the grace time.
func TestHTTPAndHangup(t *testing.T) {
	dir := t.TempDir()
	for name, row := range map[string]struct {
		handle func(*served, http.ResponseWriter, *http.Request)
		call   string
	}{
		"connecting": {nil, `get("http://a.example")`},
		"the head": {func(s *served, _ http.ResponseWriter, r *http.Request) {
			s.hangUp()
			<-s.over
		}, `get("http://a.example")`},
		"the text": {func(s *served, w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "x")
			_ = http.NewResponseController(w).Flush()
			s.hangUp()
			<-s.over
		}, `get("http://a.example")`},
		"the text of a file": {func(s *served, w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(make([]byte, 10_000))
			_ = http.NewResponseController(w).Flush()
			s.hangUp()
			<-s.over
		}, `get("http://a.example", {to = "` + dir + `/x"})`},
		"the pause before another try": {func(s *served, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(http.StatusServiceUnavailable)
			s.hangUp()
		}, `get("http://a.example")`},
		"sending": {func(s *served, _ http.ResponseWriter, _ *http.Request) {
			s.hangUp()
			<-s.over
		}, `post("http://a.example", {body = ("x"):rep(1e7)})`},
	} {
		t.Run(name, func(t *testing.T) {
			who := caller{}
			handle := func(s *served, w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/late" {
					_, _ = io.WriteString(w, "late")
					return
				}
				row.handle(s, w, r)
			}
			late := `agi.var.LATE = assert(http.get("http://a.example/late")).text`
			if row.handle == nil {
				who.hangsUp, handle = 2*time.Second, nil
				late = `agi.var.LATE = select(2, http.get("http://a.example/late", {timeout = 0.1})) and "late"`
			}
			e := ask(t, who, handle, `local http = require "http"
				local ok, err = pcall(function() return http.`+row.call+` end)
				agi.var.KIND = not ok and err.kind
				`+late)
			e.check(t, map[string]string{"KIND": "hangup", "LATE": "late", "GOAGI_STATUS": "HANGUP"})
			if e.took > who.hangsUp+200*time.Millisecond {
				t.Errorf("it took %v", e.took)
			}
		})
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v in %s", left, filepath.Base(dir))
	}
}

// A request that begins after the hangup ends with the grace time.
func TestHTTPAndGrace(t *testing.T) {
	e := ask(t, caller{hangsUp: time.Second}, func(s *served, _ http.ResponseWriter, _ *http.Request) { <-s.over }, `local http = require "http"
		agi.on_hangup(function() agi.log("info", "over") end)
		pcall(agi.sleep, 9)
		http.get("http://a.example", {timeout = 60})`)
	e.check(t, map[string]string{"GOAGI_STATUS": "HANGUP"})
	if e.took < 10*time.Second || e.took > 12*time.Second {
		t.Errorf("it took %v", e.took)
	}
}
