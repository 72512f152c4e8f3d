package std

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// echo answers with what it was asked: the request line, the headers that are of
// interest, and the body.
func echo(_ *served, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s", r.Method, r.URL.RequestURI())
	for _, name := range []string{"Authorization", "Content-Type", "X-Test", "Accept"} {
		if value := strings.Join(r.Header.Values(name), "|"); value != "" {
			fmt.Fprintf(w, " %s=%s", name, value)
		}
	}
	fmt.Fprintf(w, " [%s]", body)
}

// A server gets what the script says, and nothing that a caller said becomes
// anything else.
func TestHTTPRequests(t *testing.T) {
	rows := map[string]string{
		`http.get("http://a.example")`:       "GET / []",
		`http.get("http://a.example/x?y#z")`: "GET /x?y []",
		`http.get("http://a.example/x?a=1", {query = {b = "2&c=3", a = {"x y", true, 7}}})`:                 "GET /x?a=1&a=x+y&a=true&a=7&b=2%26c%3D3 []",
		`http.head("http://a.example/x").text .. "HEAD"`:                                                    "HEAD",
		`http.delete("http://a.example/x")`:                                                                 "DELETE /x []",
		`http.patch("http://a.example/x", {body = "p"})`:                                                    "PATCH /x Content-Type=text/plain; charset=utf-8 [p]",
		`http.put("http://a.example/x", {body = 42, headers = {["content-type"] = "text/csv"}})`:            "PUT /x Content-Type=text/csv [42]",
		`http.post("http://a.example/x", {json = {digits = "0042", list = {}}})`:                            `POST /x Content-Type=application/json [{"digits":"0042","list":{}}]`,
		`http.post("http://a.example/x", {json = false})`:                                                   "POST /x Content-Type=application/json [false]",
		`http.post("http://a.example/x", {form = {b = "1&c=2", a = "ä\r\n"}})`:                              "POST /x Content-Type=application/x-www-form-urlencoded [a=%C3%A4%0D%0A&b=1%26c%3D2]",
		`http.post("http://a.example/x", {body = ""})`:                                                      "POST /x Content-Type=text/plain; charset=utf-8 []",
		`http.request("propfind", "http://a.example/x", {headers = {Accept = "a/b", ["X-TEST"] = {1, 2}}})`: "PROPFIND /x X-Test=1|2 Accept=a/b []",
		`http.get("http://a.example", {auth = {user = "u", password = "p:q"}})`:                             "GET / Authorization=Basic dTpwOnE= []",
		`http.get("http://a.example", {auth = {bearer = "t"}})`:                                             "GET / Authorization=Bearer t []",
		`http.get("http://u:p@a.example")`:                                                                  "GET / Authorization=Basic dTpw []",
	}
	got := asked(t, rows, echo)
	for script, want := range rows {
		if got[script] != want {
			t.Errorf("%s: got %q, want %q", script, got[script], want)
		}
	}
}

// asked runs expressions in one call, and gives what each came to: the text of a
// response, a string, or what was raised.
func asked(t *testing.T, rows map[string]string, handle func(*served, http.ResponseWriter, *http.Request)) map[string]string {
	t.Helper()
	script, names := `local http = require "http"
		local function got(ok, r, why)
			if not ok then return "raised: " .. r.message end
			return type(r) == "userdata" and r.text or r or why
		end
	`, make(map[string]string)
	for row := range rows {
		names[row] = fmt.Sprintf("GOT%d", len(names))
		script += fmt.Sprintf("agi.var.%s = got(pcall(function() return %s end))\n", names[row], row)
	}
	e := ask(t, caller{}, handle, script)
	e.check(t, map[string]string{"GOAGI_STATUS": "OK"})
	got := make(map[string]string)
	for row, name := range names {
		got[row] = e.vars[name]
	}
	return got
}

// Parts come as a browser's would: texts first, then files with their names, whatever
// quotes and line ends these hold.
func TestHTTPMultipart(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "call.json"), []byte(`{"a":1}`), 0o600))
	check(t, os.WriteFile(filepath.Join(dir, "x.bin"), []byte("\x00\xff"), 0o600))
	got := ""
	e := ask(t, caller{speaks: from(0, 500*ms)}, func(_ *served, w http.ResponseWriter, r *http.Request) {
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			t.Error(err)
		}
		if r.ContentLength <= 0 {
			t.Errorf("the length is %d: many servers refuse that", r.ContentLength)
		}
		for reader := multipart.NewReader(r.Body, params["boundary"]); ; {
			part, err := reader.NextPart()
			if err != nil {
				return
			}
			text, _ := io.ReadAll(part)
			got += fmt.Sprintf("%s|%s|%s|%q\n", part.FormName(), part.FileName(), part.Header.Get("Content-Type"), text)
		}
	}, `local http = require "http"
		local r = assert(http.post("http://a.example", {multipart = {
			z = "text", n = 42, list = {"one", "two"},
			['a"b'] = {file = "`+dir+`/call.json"},
			f = {file = "`+dir+`/x.bin", name = 'q".bin', type = "x/y"},
			t = {text = "<a>", type = "text/html", name = "t.html"},
		}}))
		agi.var.GOT = r.status`)
	e.check(t, map[string]string{"GOT": "200"})
	want := `list||text/plain; charset=utf-8|"one"
list||text/plain; charset=utf-8|"two"
n||text/plain; charset=utf-8|"42"
z||text/plain; charset=utf-8|"text"
a"b|call.json|application/json|"{\"a\":1}"
f|q".bin|x/y|"\x00\xff"
t|t.html|text/html|"<a>"
`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// What a caller said is sent as a WAV file.
func TestHTTPUtterance(t *testing.T) {
	wavs := 0
	e := ask(t, caller{speaks: from(500*ms, 1120*ms)}, func(_ *served, _ http.ResponseWriter, r *http.Request) {
		text, name, kind := []byte(nil), "", r.Header.Get("Content-Type")
		file, head, err := r.FormFile("voice")
		if err == nil {
			text, err = io.ReadAll(file)
			name, kind = head.Filename, head.Header.Get("Content-Type")
		} else {
			text, err = io.ReadAll(r.Body)
		}
		if err != nil || !strings.HasPrefix(string(text), "RIFF") || len(text) < 8000 || name+" "+kind != r.URL.Query().Get("want") {
			t.Errorf("got %.10q, %q, %q, %v", text, name, kind, err)
		}
		wavs++
	}, `local http = require "http"
		local u = assert(audio.listen())
		agi.var.A = http.post("http://a.example", {multipart = {voice = u}, query = {want = "utterance.wav audio/wav"}}).status
		agi.var.B = http.put("http://a.example", {body = {utterance = u, type = "audio/x-wav"}, query = {want = " audio/x-wav"}}).status
		agi.var.C = http.put("http://a.example", {body = u, query = {want = " audio/wav"}}).status`)
	e.check(t, map[string]string{"A": "200", "B": "200", "C": "200"})
	if wavs != 3 {
		t.Errorf("%d WAV files came; %v", wavs, e.Err)
	}
}

// A script finds in a response what it needs, however the server writes it.
func TestHTTPResponses(t *testing.T) {
	e := ask(t, caller{}, func(_ *served, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			w.Header()["X-Two"] = []string{"a", "b"}
			w.Header()["Set-Cookie"] = []string{"a=1; Expires=Thu, 01 Jan", "b=2"}
			io.WriteString(w, `{"name": "Ada", "id": 9007199254740993}`)
		case "/moved":
			http.Redirect(w, r, "/json?x=1", http.StatusFound)
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		default:
			http.NotFound(w, r)
		}
	}, `local http, json = require "http", require "json"
		local r = assert(http.get("http://u:p@a.example/moved"))
		assert(r.ok == true and r.status == 200)
		assert(r.url == "http://a.example/json?x=1", r.url)
		assert(r.headers["content-type"] == "application/json" and r.headers["Content-Type"] == "application/json")
		assert(r.headers["x-two"] == "a, b" and r.headers["set-cookie"] == "a=1; Expires=Thu, 01 Jan\nb=2")
		assert(r.headers["X-None"] == nil and r.headers[1] == nil)
		assert(r:json().name == "Ada" and tostring(r:json().id) == "9007199254740993")
		assert(r.file == nil and tostring(r) == "response")
		agi.var.FIELD = select(2, pcall(function() return r.staus end)).message
		local r = assert(http.get("http://a.example/none"))
		assert(r.ok and r.status == 204 and r.text == "")
		local r = assert(http.get("http://a.example/lost"))
		assert(not r.ok and r.status == 404)
		local value, why = r:json()
		assert(value == nil)
		agi.var.WHY = why
		local r = assert(http.get("http://a.example/moved", {redirects = 0}))
		agi.var.MOVED = r.status .. " " .. r.headers.Location`)
	e.check(t, map[string]string{"GOAGI_STATUS": "OK", "GOAGI_ERROR": "", "WHY": "~line 1, column 5", "FIELD": "~did you mean status?", "MOVED": "302 /json?x=1"})
}

// What is wrong in a script is said, without the secrets that stand in it, and
// nothing is sent.
func TestHTTPMisuse(t *testing.T) {
	rows := map[string]string{
		`http.get("ftp://u:s3cr3t@a.example")`:                                                        "http.get: the URL must begin with http:// or https://",
		`http.get("http://u:s3cr3t@")`:                                                                "the URL must begin with",
		`http.get("http://a.example:s3cr3t/")`:                                                        "the URL must begin with",
		`http.get("http://a.example/\n")`:                                                             "the URL must begin with",
		`http.get("http://a.example", {querry = {}})`:                                                 "did you mean query?",
		`http.get("http://a.example", {query = {{}}})`:                                                "option query holds a value without a name",
		`http.get("http://a.example", {query = {a = print}})`:                                         `option query: the value of "a" must be a text`,
		`http.get("http://a.example", {headers = {["X-A"] = "s3cr3t\r\nX-B: 1"}})`:                    "option headers: the value of X-A holds what no header may",
		`http.get("http://a.example", {headers = {["X A"] = "1"}})`:                                   `option headers: "X A" is no header's name`,
		`http.get("http://a.example", {headers = {host = "b.example"}})`:                              "option headers: Host is not for scripts to set",
		`http.get("http://a.example", {headers = {["Content-length"] = 1}})`:                          "Content-Length is not for scripts",
		`http.get("http://a.example", {auth = {user = "u:s3cr3t"}})`:                                  "option auth: no user can have a colon",
		`http.get("http://a.example", {auth = {password = "s3cr3t"}})`:                                "option auth must have user and password, or bearer",
		`http.get("http://a.example", {auth = {token = "s3cr3t"}})`:                                   "option auth has user and password, or bearer",
		`http.get("http://a.example", {auth = {bearer = "s3cr3t\n"}})`:                                "option auth: bearer must be a text without line ends",
		`http.get("http://a.example", {auth = {bearer = "s3cr3t"}, headers = {authorization = "x"}})`: "both have an Authorization",
		`http.post("http://a.example", {json = {print}})`:                                             "option json: value[1]: JSON cannot hold a function",
		`http.post("http://a.example", {json = {}, form = {}})`:                                       "the options form and json cannot both be sent",
		`http.post("http://a.example", {body = print})`:                                               "option body cannot send a function",
		`http.post("http://a.example", {body = {file = "/x", text = "y"}})`:                           "what is sent is one of file, utterance and text",
		`http.post("http://a.example", {multipart = {a = {file = "/x", nme = "y"}}})`:                 `option multipart: "nme" is none of file`,
		`http.post("http://a.example", {multipart = {"x"}})`:                                          "option multipart holds a part without a name",
		`http.get("http://a.example", {timeout = 0})`:                                                 "option timeout must be more than 0",
		`http.get("http://a.example", {retries = 11})`:                                                "option retries must be from 0 to 10",
		`http.get("http://a.example", {max_size = 0})`:                                                "option max_size must be from 1",
		`http.get("http://a.example", {proxy = "u:s3cr3t@b"})`:                                        "option proxy must be a URL that begins with http://",
		`http.get("http://a.example", {key = "http_test.go"})`:                                        "the option key needs the option cert",
		`http.request("GE T", "http://a.example")`:                                                    `must be the name of a method`,
		`http.request("CONNECT", "http://a.example")`:                                                 `must be the name of a method`,
	}
	got := asked(t, rows, func(*served, http.ResponseWriter, *http.Request) { t.Error("a request was made") })
	for script, want := range rows {
		if !strings.HasPrefix(got[script], "raised: http.") || !strings.Contains(got[script], want) || strings.Contains(got[script], "s3cr3t") {
			t.Errorf("%s: got %q, want %q", script, got[script], want)
		}
	}
}

// The settings file may say what holds where a call says nothing, and what is
// wrong in it is found at once.
func TestHTTPSettings(t *testing.T) {
	e := ask(t, caller{config: map[string]map[string]any{"http": {"max_size": int64(3), "retries": int64(0), "user_agent": "pbx"}}},
		func(s *served, w http.ResponseWriter, r *http.Request) {
			if s.count == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			io.WriteString(w, r.UserAgent())
		}, `local http = require "http"
		agi.var.STATUS = http.get("http://a.example").status
		agi.var.AGENT = http.get("http://a.example").text
		agi.var.OWN = select(2, http.get("http://a.example", {headers = {["User-Agent"] = "long"}}))`)
	e.check(t, map[string]string{"STATUS": "503", "AGENT": "pbx", "OWN": "~the answer is longer than 3 bytes"})
	for _, table := range []map[string]any{
		{"timeout": 0.0}, {"retries": int64(11)}, {"redirects": -1.0}, {"max_size": int64(0)}, {"proxy": "u:s3cr3t@x"}, {"timeouts": int64(1)}, {"ca": int64(1)},
	} {
		err := CheckConfig("http", table)
		if err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%v: %v", table, err)
		}
	}
	check(t, CheckConfig("http", map[string]any{"proxy": "socks5://u:p@x:1080", "timeout": int64(3)}))
}
