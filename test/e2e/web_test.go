package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"goagi/pbx"
)

// A caller who hangs up while the script waits for a server, in whatever way, ends
// the wait at once, and the script can tell another server of it.
func TestHangupDuringWebWaits(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/tell":
			return
		case "/text":
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
		case "/busy":
			w.Header().Set("Retry-After", "20")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case "/socket":
			conn, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			_, _, _ = conn.Read(context.Background()) // until it is gone
			_ = conn.CloseNow()
			return
		}
		<-over
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	for i, wait := range []string{
		`http.get(url .. "/head", {timeout = 60})`,
		`http.get(url .. "/text", {timeout = 60})`,
		`http.get(url .. "/busy", {timeout = 60})`,
		`http.post(url .. "/upload", {timeout = 60, body = ("x"):rep(1e7)})`,
		`websocket.connect(ws .. "/head", {timeout = 60})`,
		`assert(websocket.connect(ws .. "/socket")):receive()`,
	} {
		t.Run(wait, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c := call(t, a, fmt.Sprintf(`agi.answer()
				local http, websocket, url, ws = require "http", require "websocket", %q, %q
				agi.var.READY = "yes"
				local ok, e = pcall(function() %s end)
				agi.var.KIND = type(e) == "table" and e.kind or tostring(e)
				agi.var.TOLD = assert(http.post(url .. "/tell", {json = {call = %d}})).status
				error(e)`, server.URL, "ws"+strings.TrimPrefix(server.URL, "http"), wait, i), pbx.Plan{Steps: []string{"AGI(goagi,%s)"}})
			listens(t, c)
			do(t, c, "EXEC Wait 0.3") // well into the wait
			begin := time.Now()
			hangup(t, c)
			check(t, c, vars{"KIND": "hangup", "TOLD": "200", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("the script went on for %v", took)
			}
		})
	}
}
