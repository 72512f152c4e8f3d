package spec

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// web stands in for all web servers.
type web struct {
	tree *tree
	rows []*webRow
}

// webRow is one request, and what is answered.
type webRow struct {
	what    string // "GET https://host/path"; an asterisk at the end is anything
	answers []webAnswer
}

// webAnswer is an answer, or a function of the test that gives one.
type webAnswer struct {
	status  int
	headers http.Header
	body    string
	fails   string // why there is no answer; "" where there is one
	fn      *lua.LFunction
}

// fakeHTTP reads what is to be answered.
func (t *tree) fakeHTTP(a luabind.Args) int {
	what := a.Text(1)
	method, url, ok := strings.Cut(what, " ")
	if !ok || method != strings.ToUpper(method) || !strings.Contains(url, "://") {
		a.Fail(1, `a request such as "GET https://api.example.com/customers"`)
	}
	var answer webAnswer
	switch value := a.L.Get(2).(type) {
	case *lua.LFunction:
		answer.fn = value
	case *lua.LTable:
		var err error
		if answer, err = readAnswer(a.L, value); err != nil {
			a.Misuse("%s", err)
		}
	default:
		a.Fail(2, "a table such as {status = 200, json = {}}, or a function that gives one")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.give("http", what, what)
	for _, row := range t.web.rows {
		if row.what == what {
			row.answers = append(row.answers, answer)
			return 0
		}
	}
	t.web.rows = append(t.web.rows, &webRow{what, []webAnswer{answer}})
	return 0
}

// readAnswer reads an answer's table.
func readAnswer(L *lua.LState, table *lua.LTable) (answer webAnswer, err error) {
	answer.status, answer.headers = http.StatusOK, make(http.Header)
	table.ForEach(func(key, value lua.LValue) {
		if err != nil {
			return
		}
		switch name := key.String(); name {
		case "status":
			if n, ok := value.(lua.LNumber); ok && n >= 100 && n < 600 {
				answer.status = int(n)
				return
			}
			err = errors.New("status must be a number from 100 to 599")
		case "body":
			answer.body = value.String()
		case "error":
			answer.fails = value.String()
		case "headers":
			headers, ok := value.(*lua.LTable)
			if !ok {
				err = errors.New("headers must be a table of texts by names")
				return
			}
			headers.ForEach(func(name, text lua.LValue) { answer.headers.Set(name.String(), text.String()) })
		case "json":
			answer.headers.Set("Content-Type", "application/json")
			answer.body, err = encoded(L, value)
		default:
			err = fmt.Errorf("an answer has no %s: it takes status, headers, body, json and error", name)
		}
	})
	return answer, err
}

// encoded is json.encode.
func encoded(L *lua.LState, value lua.LValue) (string, error) {
	if err := L.CallByParam(lua.P{Fn: L.GetGlobal("require"), NRet: 1, Protect: true}, lua.LString("json")); err != nil {
		return "", err
	}
	encode := L.GetField(L.Get(-1), "encode")
	L.Pop(1)
	if err := L.CallByParam(lua.P{Fn: encode, NRet: 1, Protect: true}, value); err != nil {
		return "", err
	}
	defer L.Pop(1)
	return L.Get(-1).String(), nil
}

// callWeb is web for one call, whose ladder shows its requests.
type callWeb struct {
	*web
	p     *placed
	where string // the script asks
}

// ownWeb is web for the test itself.
type ownWeb struct {
	t     *tree
	where string
}

// RoundTrip answers as the test says.
func (w *ownWeb) RoundTrip(request *http.Request) (*http.Response, error) {
	defer w.t.pause()()
	return w.t.web.roundTrip(request, w.where)
}

// RoundTrip answers as the test says.
func (w *callWeb) RoundTrip(request *http.Request) (*http.Response, error) {
	address := *request.URL
	address.User = nil
	shown := w.p.goesOut("http " + request.Method + " " + address.String())
	response, err := w.web.roundTrip(request, w.where)
	if err != nil {
		shown(err.Error())
	} else {
		shown(strconv.Itoa(response.StatusCode))
	}
	return response, err
}

func (w *web) roundTrip(request *http.Request, where string) (*http.Response, error) {
	address := *request.URL
	address.User = nil
	whole := request.Method + " " + address.String()
	address.RawQuery = ""
	short := request.Method + " " + address.String()
	answer, ok := w.answer(whole, short)
	body := ""
	if request.Body != nil {
		text, err := io.ReadAll(request.Body)
		request.Body.Close()
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	if !ok {
		return nil, w.tree.blameAt(where, fmt.Errorf("the spec has no fake for %s: fake.http(%q, {status = 200})%s", whole, short, w.alike(request)))
	}
	if answer.fn != nil {
		var err error
		if answer, err = w.ask(answer.fn, request, body); err != nil {
			return nil, err
		}
	}
	if answer.fails != "" {
		return nil, errors.New(answer.fails)
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status)), StatusCode: answer.status, Header: answer.headers.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: request,
		Body: io.NopCloser(strings.NewReader(answer.body)), ContentLength: int64(len(answer.body)),
	}, nil
}

// answer finds what is to be answered, by the row that names most of the request:
// each answer once, the last for good.
func (w *web) answer(whole, short string) (webAnswer, bool) {
	w.tree.mu.Lock()
	defer w.tree.mu.Unlock()
	var best *webRow
	fit := -1 // how much of the request the best one names
	for _, row := range w.rows {
		names := -1
		begin, open := strings.CutSuffix(row.what, "*")
		switch {
		case row.what == whole:
			names = 2 * len(whole)
		case row.what == short:
			names = len(whole) + 1
		case open && strings.HasPrefix(whole, begin):
			names = len(begin)
		}
		if names > fit {
			best, fit = row, names
		}
	}
	if best == nil {
		return webAnswer{}, false
	}
	delete(w.tree.unused, fakeName{"http", best.what})
	answer := best.answers[0]
	if len(best.answers) > 1 {
		best.answers = best.answers[1:]
	}
	return answer, true
}

// alike names the fakes that a request nearly has.
func (w *web) alike(request *http.Request) string {
	w.tree.mu.Lock()
	defer w.tree.mu.Unlock()
	var names []string
	for _, row := range w.rows {
		if _, address, _ := strings.Cut(row.what, " "); strings.HasPrefix(address, request.URL.Scheme+"://"+request.URL.Host) {
			names = append(names, row.what)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; there is one for " + strings.Join(names[:min(len(names), 5)], ", ")
}

// ask has a function of the test give an answer, as long as the request's time is
// not over.
func (w *web) ask(fn *lua.LFunction, request *http.Request, body string) (webAnswer, error) {
	type given struct {
		answer webAnswer
		err    error
	}
	got := make(chan given, 1)
	go func() {
		g := given{err: errors.New("the test is over")}
		w.tree.askDo(func(L *lua.LState) error {
			if g.err = request.Context().Err(); g.err != nil {
				return nil // nobody waits for it any more
			}
			g.answer, g.err = answerOf(L, fn, request, body)
			return g.err
		})
		got <- g
	}()
	select {
	case g := <-got:
		return g.answer, g.err
	case <-request.Context().Done():
		return webAnswer{}, request.Context().Err()
	}
}

// answerOf calls the function.
func answerOf(L *lua.LState, fn *lua.LFunction, request *http.Request, body string) (webAnswer, error) {
	asked, headers := L.NewTable(), L.NewTable()
	asked.RawSetString("method", lua.LString(request.Method))
	asked.RawSetString("url", lua.LString(request.URL.String()))
	asked.RawSetString("body", lua.LString(body))
	for name := range request.Header {
		headers.RawSetString(strings.ToLower(name), lua.LString(request.Header.Get(name)))
	}
	asked.RawSetString("headers", headers)
	if err := L.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}, asked); err != nil {
		return webAnswer{}, err
	}
	defer L.Pop(1)
	table, ok := L.Get(-1).(*lua.LTable)
	if !ok {
		return webAnswer{}, errors.New("the function of fake.http gave no table such as {status = 200}")
	}
	return readAnswer(L, table)
}

var answerType = luabind.Type{
	Name: "answer",
	Doc:  "What a faked server answers.",
	Members: []luabind.Field{
		{Name: "body", Type: "string?", Doc: "The text (none)."},
		{Name: "error", Type: "string?", Doc: "Why there is no answer."},
		{Name: "headers", Type: "{[string]: string}?", Doc: "Texts by names."},
		{Name: "json", Type: "any?", Doc: "A value that is sent as JSON."},
		{Name: "status", Type: "integer?", Doc: "The status (200)."},
	},
}

var requestType = luabind.Type{
	Name: "request",
	Doc:  "What a faked server was asked.",
	Members: []luabind.Field{
		{Name: "body", Type: "string", Doc: "The text, \"\" where there is none."},
		{Name: "headers", Type: "{[string]: string}", Doc: "Texts by names, which are in lower case."},
		{Name: "method", Type: "string", Doc: "Such as \"GET\"."},
		{Name: "url", Type: "string", Doc: "The whole URL."},
	},
}
