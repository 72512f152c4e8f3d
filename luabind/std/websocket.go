package std

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/coder/websocket"
	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// websocketModule is require "websocket".
var websocketModule = luabind.Module{
	Name: "websocket",
	Doc: "Speaks WebSocket with a server. Messages that come are held until the script receives them, up to 64 of them and twice max_size in all; the " +
		"server has to wait while there are more, and pings are not answered then. Messages name the URL without user, password and query.",
	Example: `
local websocket = require "websocket"

local ws = assert(websocket.connect("ws://queue.example.com/agents", {auth = {bearer = "s3cr3t"}, timeout = 3}))
assert(ws:send('{"want": "agent"}'))
local message, why = ws:receive(5)
if message then
  agi.var.AGENT = message
elseif why ~= "timeout" then
  agi.log("error", why) -- closed by the server: 1001 going away
end
ws:close()
`,
	Ending: "Waits end at once and raise the hangup. The connection stays, and may be used under the grace time, unless it was in the middle of " +
		"sending or connecting; it ends with the call.",
	Settings: []luabind.Option{
		{Name: "ca", Type: "string", Doc: "file of the certificates to trust, in PEM, instead of the system's"},
		{Name: "cert", Type: "string", Doc: "file of the certificate to show, in PEM"},
		{Name: "key", Type: "string", Doc: "file of its key, in PEM; the certificate's own file where not set"},
		{Name: "max_size", Type: "number", Doc: "bytes that a message may have (16777216)"},
		{Name: "proxy", Type: "string", Doc: "URL of a proxy (http, https, socks5), \"none\" for none; else HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment say"},
		{Name: "timeout", Type: "number", Doc: "seconds that connecting may take (10)"},
		{Name: "user_agent", Type: "string", Doc: "what servers are told that goagi is (\"goagi\")"},
	},
	Check: checkHTTP,
	Funcs: []luabind.Func{{
		Name: "connect", Params: "url: string, options?: table", Returns: "websocket: websocket?, message: string?",
		Options: []luabind.Option{
			{Name: "auth", Type: "{user?: string; password?: string; bearer?: string}", Doc: "{user = ..., password = ...} for basic authentication, or {bearer = ...} for a token"},
			{Name: "ca", Type: "string", Doc: "file of the certificates to trust, in PEM, instead of the system's"},
			{Name: "cert", Type: "string", Doc: "file of the certificate to show, in PEM"},
			{Name: "headers", Type: "{[string]: any}", Doc: "names and values of headers"},
			{Name: "key", Type: "string", Doc: "file of the certificate's key, in PEM; the certificate's own file where not set"},
			{Name: "max_size", Type: "number", Doc: "bytes that a message may have; a longer one ends the connection (16777216)"},
			{Name: "proxy", Type: "string", Doc: "URL of a proxy (http, https, socks5), \"none\" for none; else HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment say"},
			{Name: "query", Type: "{[string]: any}", Doc: "names and values that are added to the URL: texts, numbers, true, false, or lists of them"},
			{Name: "subprotocols", Type: "string[]", Doc: "what to offer, the preferred first"},
			{Name: "timeout", Type: "number", Doc: "seconds that it may take (10)"},
		},
		Doc: "Connects to a server, by a URL that begins with ws:// or wss://, and follows redirects as the http module does. Gives nil and why " +
			"where that does not succeed.",
		Call: connectWebSocket,
	}},
	Types: []*luabind.Type{&websocketType},
}

// websocketType is what websocket.connect gives.
var websocketType = luabind.Type{
	Name: "websocket",
	Doc:  "A connection. It ends by itself with the call.",
	Methods: []luabind.Func{
		{
			Name: "close", Params: "code?: integer, reason?: string", Returns: "closed: boolean?, message: string?",
			Doc: "Closes it in good order, with a code (1000 where left out) and a reason of up to 123 bytes, and waits up to 5 seconds for the server " +
				"to do the same. Gives nil and why where it did not; it is closed all the same. Messages that came can still be received.",
			Call: closeWebSocket,
		},
		{
			Name: "ping", Params: "timeout?: number", Returns: "seconds: number?, why: string?",
			Doc:  "Sends a ping and gives how long the answer took; nil and \"timeout\" where none came in time (5 seconds where left out).",
			Call: pingWebSocket,
		},
		{
			Name: "receive", Params: "timeout?: number", Returns: "message: string?, why: \"text\"|\"binary\"|\"timeout\"|string, code: integer?",
			Doc: "Waits for a message, for so many seconds (0: only one that is there; for ever where left out), and gives it, and \"text\" or \"binary\". " +
				"Gives nil and \"timeout\" where none came in time, after which the connection goes on; nil, why and the server's code once it is closed " +
				"and all that came was received.",
			Call: receiveWebSocket,
		},
		{
			Name: "send", Params: "message: string, options?: table", Returns: "sent: boolean?, why: string?",
			Options: []luabind.Option{
				{Name: "binary", Type: "boolean", Doc: "send it as binary instead of text, whose bytes that are no UTF-8 are replaced by U+FFFD (false)"},
				{Name: "timeout", Type: "number", Doc: "seconds that the server may take to take it, after which the connection is closed (10)"},
			},
			Doc:  "Sends a message. Gives nil and why where that does not succeed.",
			Call: sendWebSocket,
		},
		{
			Name: "subprotocol", Returns: "name: string?",
			Doc: "Gives the subprotocol that the server chose, nil for none.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				name := a.Self.(*socket).conn.Subprotocol()
				a.PushTextOr(name, name != "")
				return 1
			},
		},
	},
}

func connectWebSocket(vm *luabind.VM, a luabind.Args) int {
	given := a.Options(2)
	o := given.Over(vm.Host().Config["websocket"])
	at := webURL(a, 1, o, "ws", "wss")
	header := webHeader(a, o, o.Text("user_agent", "goagi"))
	protocols := o.Texts("subprotocols")
	for _, name := range protocols {
		if name == "" || strings.ContainsFunc(name, notToken) {
			a.Misuse("option subprotocols: %+q is no subprotocol's name", name)
		}
	}
	timeout := o.Seconds("timeout", httpTimeout)
	if timeout == 0 {
		o.Refuse("timeout", "more than 0")
	}
	most := int(webLimit(a, o, "max_size", httpMaxSize, 1, 1<<40))
	a.Check(vm.Sandbox().Reach(at.Hostname(), webPort(at)))
	standIn(vm, a, "websocket") // which there is none of
	transport, err := webTransportFor(vm, a, given, o)
	if err != nil {
		return refused(a, err)
	}
	waiting := vm.Waiting(a.L)
	ctx, cancel := context.WithTimeoutCause(waiting, timeout, errWebTimeout)
	defer cancel()
	var raw net.Conn // beneath the last server's connection
	tracing := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { raw = got.Conn }})
	conn, response, err := websocket.Dial(tracing, at.String(), &websocket.DialOptions{
		HTTPClient: webClient(transport, vm.Sandbox(), httpRedirects), HTTPHeader: header, Subprotocols: protocols,
	})
	if err != nil {
		raiseForbidden(a, err)
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			err = fmt.Errorf("no WebSocket there: the server answers %d %s", response.StatusCode, http.StatusText(response.StatusCode))
		}
		return failed(waiting, a, fmt.Errorf("connect to %s: %w", shownURL(at), webError(ctx, timeout, err)))
	}
	s := openSocket(conn, raw, most)
	vm.OnClose(func() { s.leave(vm.Host().Context()) })
	a.L.Push(vm.Object(&websocketType, s))
	return 1
}

func receiveWebSocket(vm *luabind.VM, a luabind.Args) int {
	s := a.Self.(*socket)
	var late <-chan time.Time
	if a.Has(1) {
		timer := time.NewTimer(a.Seconds(1))
		defer timer.Stop()
		late = timer.C
	}
	ctx := vm.Waiting(a.L)
	for {
		if m, ok := s.take(); ok {
			a.PushText(m.text)
			a.PushText(m.kind)
			return 2
		}
		select {
		case <-s.gone:
			if s.some() { // which came before the end
				continue
			}
			refused(a, s.why)
			if s.code > 0 {
				a.PushNumber(s.code)
				return 3
			}
			return 2
		default:
		}
		select {
		case <-s.came:
		case <-s.gone:
		case <-late:
			if !s.some() {
				return refused(a, errWebTimeout)
			}
		case <-ctx.Done():
			return failed(ctx, a, ctx.Err())
		}
	}
}

func sendWebSocket(vm *luabind.VM, a luabind.Args) int {
	s, text, o := a.Self.(*socket), a.Text(1), a.Options(2)
	kind := websocket.MessageText
	if o.Truth("binary", false) {
		kind = websocket.MessageBinary
	} else {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	timeout := o.Seconds("timeout", httpTimeout)
	waiting := vm.Waiting(a.L)
	ctx, cancel := context.WithTimeoutCause(waiting, timeout, errWebTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = s.raw.Close() })() // what was sent in part cannot be taken up again
	if err := s.conn.Write(ctx, kind, []byte(text)); err != nil {
		return failed(waiting, a, s.because(ctx, timeout, err))
	}
	a.PushTruth(true)
	return 1
}

func pingWebSocket(vm *luabind.VM, a luabind.Args) int {
	s, timeout := a.Self.(*socket), 5*time.Second
	if a.Has(1) {
		if timeout = a.Seconds(1); timeout == 0 {
			a.Fail(1, "more than 0")
		}
	}
	waiting := vm.Waiting(a.L)
	ctx, cancel := context.WithTimeoutCause(waiting, timeout, errWebTimeout)
	defer cancel()
	begin := time.Now()
	if err := s.conn.Ping(ctx); err != nil {
		if context.Cause(ctx) == errWebTimeout {
			return failed(waiting, a, errWebTimeout)
		}
		return failed(waiting, a, s.because(ctx, timeout, err))
	}
	a.L.Push(lua.LNumber(time.Since(begin).Seconds()))
	return 1
}

func closeWebSocket(vm *luabind.VM, a luabind.Args) int {
	s, code, reason := a.Self.(*socket), a.OptInteger(1, int(websocket.StatusNormalClosure)), a.OptText(2)
	if code != 1000 && code != 1001 && (code < 3000 || code > 4999) {
		a.Fail(1, "1000, 1001 or from 3000 to 4999")
	}
	if len(reason) > 123 {
		a.Fail(2, "at most 123 bytes")
	}
	waiting := vm.Waiting(a.L)
	if err := s.close(waiting, websocket.StatusCode(code), strings.ToValidUTF8(reason, "")); err != nil {
		return failed(waiting, a, err)
	}
	a.PushTruth(true)
	return 1
}
