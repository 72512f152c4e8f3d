package std

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"goagi/luabind"
	"goagi/test/servers"
)

// over makes a handler of one that speaks WebSocket. ctx ends with the call.
func overWebSocket(handle func(ctx context.Context, s *served, conn *websocket.Conn, r *http.Request)) func(*served, http.ResponseWriter, *http.Request) {
	return func(s *served, w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"v2"}})
		if err != nil {
			return
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() {
			select {
			case <-s.over:
				cancel()
			case <-ctx.Done():
			}
		}()
		handle(ctx, s, conn, r)
		_ = conn.CloseNow()
	}
}

// chat answers what it is told, as it is told to.
func chat(ctx context.Context, s *served, conn *websocket.Conn, r *http.Request) {
	conn.SetReadLimit(-1)
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			return
		}
		switch word, rest, _ := strings.Cut(string(message), " "); word {
		case "close":
			_ = conn.Close(websocket.StatusCode(4321), rest)
			return
		case "drop":
			return
		case "silent":
		case "late":
			time.AfterFunc(3*time.Second, func() { _ = conn.Write(ctx, kind, []byte("late")) })
		case "many":
			for i := range 1000 {
				_ = conn.Write(ctx, kind, fmt.Appendf(nil, "%d", i))
			}
		case "long":
			_ = conn.Write(ctx, kind, make([]byte, 1001))
		case "hangup":
			time.AfterFunc(time.Second, s.hangUp)
		case "request":
			_ = conn.Write(ctx, kind, []byte(r.URL.RequestURI()+" "+r.Header.Get("Authorization")+" "+r.Header.Get("X-A")+" "+r.UserAgent()))
		default:
			_ = conn.Write(ctx, kind, append([]byte("echo "), message...))
		}
	}
}

// A script sends and receives, waits for as long as it likes without losing
// anything, and is told how it ended.
func TestWebSocket(t *testing.T) {
	e := ask(t, caller{}, overWebSocket(chat), `local websocket = require "websocket"
		local ws = assert(websocket.connect("ws://a.example/x?y=1", {subprotocols = {"v1", "v2"}, query = {z = "&"},
			headers = {["X-A"] = "b"}, auth = {user = "u", password = "p"}}))
		assert(ws:subprotocol() == "v2")
		assert(ws:send("request"))
		agi.var.REQUEST = ws:receive(1)
		assert(ws:send("hi"))
		local message, kind = ws:receive()
		assert(message == "echo hi" and kind == "text", message)
		assert(ws:send("\0\255", {binary = true}))
		local message, kind = ws:receive(1)
		assert(message == "echo \0\255" and kind == "binary")
		assert(ws:send("\255"))
		assert(ws:receive(1) == "echo \239\191\189")

		local message, why, code = ws:receive(0)
		assert(message == nil and why == "timeout" and code == nil)
		assert(ws:send("late"))
		for i = 1, 2 do
			local message, why = ws:receive(1)
			assert(message == nil and why == "timeout", why)
		end
		assert(ws:receive(2) == "late")
		assert(ws:ping() < 1)

		assert(ws:send("many"))
		agi.sleep(1) -- all that fit have come, and the server waits
		for i = 0, 999 do assert(ws:receive(0.1) == tostring(i)) end

		assert(ws:send("last"))
		agi.sleep(0.1)
		assert(ws:send("close see you"))
		assert(ws:receive() == "echo last")
		for i = 1, 2 do
			local message, why, code = ws:receive()
			agi.var.WHY = tostring(message) .. " " .. why .. " " .. code
		end
		agi.var.SEND = select(2, ws:send("x"))
		agi.var.PING = select(2, ws:ping(1))
		assert(ws:close())

		local ws = assert(websocket.connect("ws://a.example"))
		assert(ws:subprotocol() == nil)
		assert(ws:close(3000, "bye"))
		assert(ws:close())
		agi.var.CLOSED = select(2, ws:receive())`)
	e.check(t, map[string]string{"GOAGI_STATUS": "OK", "GOAGI_ERROR": "", "REQUEST": "/x?y=1&z=%26 Basic dTpw b goagi",
		"WHY": "nil closed by the server: 4321 see you 4321", "SEND": "closed by the server: 4321 see you", "PING": "closed by the server: 4321 see you", "CLOSED": "closed"})
	if e.took != 4100*time.Millisecond {
		t.Errorf("it took %v", e.took)
	}
}

// A server learns that the call is over, and that a script closes as it says.
func TestWebSocketLeaves(t *testing.T) {
	for script, want := range map[string]websocket.StatusCode{
		``: websocket.StatusGoingAway, `ws:close()`: websocket.StatusNormalClosure, `ws:close(4000, "x")`: 4000,
		`error("broken")`: websocket.StatusGoingAway, `ws:receive()`: websocket.StatusMessageTooBig,
	} {
		var got websocket.StatusCode
		e := ask(t, caller{}, overWebSocket(func(ctx context.Context, _ *served, conn *websocket.Conn, _ *http.Request) {
			if strings.Contains(script, "receive") {
				_ = conn.Write(ctx, websocket.MessageText, make([]byte, 9))
			}
			_, _, err := conn.Read(context.Background())
			got = websocket.CloseStatus(err)
		}), `local ws = assert(require "websocket".connect("ws://a.example", {max_size = 8})) `+script)
		if got != want || e.took > time.Second {
			t.Errorf("%s: the server got %d after %v, not %d; %v", script, got, e.took, want, e.Err)
		}
	}
}

// Whatever a server does, the script goes on and is told what it was.
func TestWebSocketFaults(t *testing.T) {
	forbidden := func(_ *served, w http.ResponseWriter, _ *http.Request) { http.Error(w, "s3cr3t", http.StatusForbidden) }
	for name, row := range map[string]struct {
		handle       func(*served, http.ResponseWriter, *http.Request)
		script, want string
		took         time.Duration
	}{
		"refuses":         {forbidden, ``, "connect to ws://a.example/p: no WebSocket there: the server answers 403 Forbidden", 0},
		"does not listen": {nil, ``, "connect to ws://a.example/p: timeout: it took longer than 3 s", 3 * time.Second},
		"does not answer": {func(s *served, _ http.ResponseWriter, _ *http.Request) { <-s.over }, ``, "connect to ws://a.example/p: timeout: it took longer than 3 s", 3 * time.Second},
		"drops":           {func(_ *served, w http.ResponseWriter, _ *http.Request) { raw(w, "") }, ``, "connect to ws://a.example/p: the server closed the connection", 0},
		"no WebSocket": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
		}, ``, "WebSocket protocol violation", 0},
		"redirects to no URL": {func(_ *served, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///s3cr3t", http.StatusFound)
		}, ``,
			"connect to ws://a.example/p: redirected to what is no http:// or https:// URL", 0},
		"drops later":      {overWebSocket(chat), `ws:send("drop") return ws:receive()`, "the server closed the connection", 0},
		"a long message":   {overWebSocket(chat), `ws:send("long") return ws:receive()`, "a message is longer than 1000 bytes (option max_size)", 0},
		"answers no ping":  {overWebSocket(func(_ context.Context, s *served, _ *websocket.Conn, _ *http.Request) { <-s.over }), `return ws:ping(2)`, "timeout", 2 * time.Second},
		"does not receive": {overWebSocket(func(_ context.Context, s *served, _ *websocket.Conn, _ *http.Request) { <-s.over }), `return ws:send(("x"):rep(1e6), {timeout = 2})`, "timeout: it took longer than 2 s", 2 * time.Second},
		"does not close": {overWebSocket(func(_ context.Context, s *served, _ *websocket.Conn, _ *http.Request) { <-s.over }), `return ws:close()`,
			"the server did not close the connection in good order", 5 * time.Second},
		"no frames": {func(_ *served, w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, nil)
			if err == nil {
				_ = conn.Write(context.Background(), websocket.MessageText, []byte("hi"))
				_, _, _ = conn.Read(context.Background())
			}
		}, `ws:receive(1) return ws:receive(1)`, "timeout", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			e := ask(t, caller{}, row.handle, `local websocket = require "websocket"
				local ws, why = websocket.connect("ws://u:s3cr3t@a.example/p?token=s3cr3t", {timeout = 3, max_size = 1000, auth = {bearer = "s3cr3t"}})
				if ws then _, why = (function() `+row.script+` end)() end
				agi.var.WHY = why`)
			e.check(t, map[string]string{"WHY": "~" + row.want, "GOAGI_STATUS": "OK"})
			if why := e.vars["WHY"]; strings.Contains(why+e.log, "s3cr3t") || len(why) > 400 {
				t.Errorf("got %q, %q", why, e.log)
			}
			if e.took < row.took || e.took > row.took+300*time.Millisecond {
				t.Errorf("it took %v", e.took)
			}
		})
	}
}

// A caller who hangs up holds no line open. What the connection is still good for
// goes on under the grace time.
func TestWebSocketAndHangup(t *testing.T) {
	deaf := overWebSocket(func(_ context.Context, s *served, _ *websocket.Conn, _ *http.Request) {
		time.AfterFunc(time.Second, s.hangUp)
		<-s.over
	})
	for name, row := range map[string]struct {
		handle      func(*served, http.ResponseWriter, *http.Request)
		wait, after string
	}{
		"connecting":    {nil, `require "websocket".connect("ws://a.example")`, ``},
		"its answer":    {func(s *served, _ http.ResponseWriter, _ *http.Request) { s.hangUp(); <-s.over }, `require "websocket".connect("ws://a.example")`, ``},
		"receiving":     {overWebSocket(chat), `ws:send("hangup") ws:receive()`, `assert(ws:send("on")) LATE = ws:receive(1)`},
		"a while":       {overWebSocket(chat), `ws:send("hangup") ws:receive(60)`, `assert(ws:send("on")) LATE = ws:receive(1) assert(ws:close())`},
		"a ping":        {deaf, `ws:ping(60)`, ``},
		"sending":       {deaf, `ws:send(("x"):rep(1e6))`, `LATE = not ws:send("x") and "echo on"`},
		"its own close": {deaf, `ws:close()`, `LATE = not ws:send("x") and "echo on"`},
	} {
		t.Run(name, func(t *testing.T) {
			who := caller{}
			if row.handle == nil {
				who.hangsUp = 2 * time.Second
			}
			e := ask(t, who, row.handle, `
				local ws, LATE = nil, "echo on"
				local ok, err = pcall(function()
					if not ("`+name+`"):find("connecting") and "`+name+`" ~= "its answer" then ws = assert(require "websocket".connect("ws://a.example")) end
					`+row.wait+`
				end)
				agi.var.KIND = not ok and (err.kind or err)
				`+row.after+`
				agi.var.LATE = LATE`)
			e.check(t, map[string]string{"KIND": "hangup", "LATE": "echo on", "GOAGI_STATUS": "HANGUP"})
			if e.took > 2*time.Second+300*time.Millisecond {
				t.Errorf("it took %v", e.took)
			}
		})
	}
}

// What is wrong in a script is said, and nobody is asked.
func TestWebSocketMisuse(t *testing.T) {
	rows := map[string]string{
		`require "websocket".connect("http://u:s3cr3t@a.example")`:                               "the URL must begin with ws:// or wss://",
		`require "websocket".connect("ws://a.example", {subprotocols = {"a b"}})`:                `option subprotocols: "a b" is no subprotocol's name`,
		`require "websocket".connect("ws://a.example", {subprotocol = {}})`:                      "did you mean subprotocols?",
		`require "websocket".connect("ws://a.example", {headers = {["sec-websocket-key"] = 1}})`: "Sec-Websocket-Key is not for scripts to set",
		`require "websocket".connect("ws://a.example", {timeout = 0})`:                           "option timeout must be more than 0",
	}
	got := asked(t, rows, func(*served, http.ResponseWriter, *http.Request) { t.Error("a request was made") })
	for script, want := range rows {
		if !strings.HasPrefix(got[script], "raised: websocket.") || !strings.Contains(got[script], want) || strings.Contains(got[script], "s3cr3t") {
			t.Errorf("%s: got %q, want %q", script, got[script], want)
		}
	}
	e := ask(t, caller{sandbox: &luabind.Sandbox{Name: "standard", Known: true, Hosts: []string{"a.example"}}}, overWebSocket(chat), `local websocket = require "websocket"
		local ws = assert(websocket.connect("ws://a.example"))
		agi.var.CODE = select(2, pcall(ws.close, ws, 1005)).message
		agi.var.REASON = select(2, pcall(ws.close, ws, 1000, ("x"):rep(124))).message
		agi.var.TIME = select(2, pcall(ws.receive, ws, -1)).message
		agi.var.HOST = select(2, pcall(websocket.connect, "ws://b.example")).message`)
	e.check(t, map[string]string{"CODE": "~must be 1000, 1001 or from 3000", "REASON": "~at most 123 bytes", "TIME": "~seconds", "HOST": "~the sandbox standard forbids it"})
	check(t, CheckConfig("websocket", map[string]any{"proxy": "none", "timeout": 0.5}))
	if err := CheckConfig("websocket", map[string]any{"proxy": "u:s3cr3t@x"}); err == nil || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("a proxy that is no URL: %v", err)
	}
}

// Behind nginx and TLS, as servers mostly are, nothing is different.
func TestWebSocketBehindNginx(t *testing.T) {
	server, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		chat(r.Context(), nil, conn, r)
		_ = conn.CloseNow()
	}, nil)
	web := servers.Nginx(t, `location /ws {
		proxy_pass `+server.URL+`;
		proxy_http_version 1.1;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection upgrade;
	}`)
	e := placed(t, caller{notEAGI: true}, `local websocket = require "websocket"
		local url, ca = "wss`+strings.TrimPrefix(web.TLSURL, "https")+`", "`+web.CA+`"
		local ws = assert(websocket.connect(url .. "/ws", {ca = ca}))
		assert(ws:send(("x"):rep(1e6)))
		assert(#ws:receive(5) == 1e6 + 5)
		assert(ws:ping())
		assert(ws:close())
		agi.var.NONE = select(2, websocket.connect(url .. "/none", {ca = ca}))
		agi.var.TLS = select(2, websocket.connect(url .. "/ws"))
		left = assert(websocket.connect(url .. "/ws", {ca = ca}))`)
	e.check(t, map[string]string{"GOAGI_STATUS": "OK", "GOAGI_ERROR": "", "NONE": "~the server answers 404 Not Found", "TLS": "~certificate"})
}

// websocketSurroundings is what the websocket module's example asks.
func websocketSurroundings(t *testing.T, who *caller) {
	server, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		if _, _, err := conn.Read(context.Background()); err == nil && r.Host == "queue.example.com" {
			_ = conn.Write(context.Background(), websocket.MessageText, []byte("PJSIP/100"))
			_, _, _ = conn.Read(context.Background())
		}
	}, nil)
	who.config = map[string]map[string]any{"websocket": {"proxy": server.URL}}
}
