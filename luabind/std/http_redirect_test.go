package std

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"goagi/luabind"
)

// What a script shows one server, a redirect shows no other, even by a detour; and
// no server leads a script to where it may not go.
func TestHTTPRedirects(t *testing.T) {
	seen := ""
	handle := func(_ *served, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen += fmt.Sprintf("%s %s%s", r.Method, r.Host, r.URL)
		for _, name := range []string{"Authorization", "Cookie", "X-Key", "Referer", "Accept"} {
			if r.Header.Get(name) != "" {
				seen += " " + name
			}
		}
		seen += fmt.Sprintf(" [%s]; ", body)
		if to, status := r.URL.Query().Get("to"), http.StatusFound; to != "" {
			if r.URL.Path != "/" {
				_, _ = fmt.Sscan(r.URL.Path[1:], &status)
			}
			http.Redirect(w, r, to, status)
		}
	}
	const all = `auth = {bearer = "s3cr3t"}, headers = {Cookie = "c", ["X-Key"] = "k", Accept = "a/b"}`
	box := &luabind.Sandbox{Name: "standard", Known: true, Hosts: []string{"*.example", "9.example:81"}}
	for name, row := range map[string]struct{ call, seen, got string }{
		"the same server": {`get("http://a.example/?to=/x", {` + all + `})`,
			"GET a.example/?to=/x Authorization Cookie X-Key Accept []; GET a.example/x Authorization Cookie X-Key Accept []; ", "200"},
		"another host": {`get("http://a.example/?to=http://b.example/x", {` + all + `})`,
			"GET a.example/?to=http://b.example/x Authorization Cookie X-Key Accept []; GET b.example/x Accept []; ", "200"},
		"a host beneath it": {`get("http://a.example/?to=http://b.a.example/x", {` + all + `})`,
			"GET a.example/?to=http://b.a.example/x Authorization Cookie X-Key Accept []; GET b.a.example/x Accept []; ", "200"},
		"another port": {`get("http://a.example/?to=http://a.example:81/x", {` + all + `})`,
			"GET a.example/?to=http://a.example:81/x Authorization Cookie X-Key Accept []; GET a.example:81/x Accept []; ", "200"},
		"the same port, in full": {`get("http://a.example/?to=http://a.example:80/x", {` + all + `})`,
			"GET a.example/?to=http://a.example:80/x Authorization Cookie X-Key Accept []; GET a.example:80/x Authorization Cookie X-Key Accept []; ", "200"},
		"there and back": {`get("http://a.example/?to=http://b.example/%3Fto=http://a.example/x", {` + all + `})`,
			"GET a.example/?to=http://b.example/%3Fto=http://a.example/x Authorization Cookie X-Key Accept []; " +
				"GET b.example/?to=http://a.example/x Accept []; GET a.example/x Accept []; ", "200"},
		"user and password of the URL": {`get("http://u:p@a.example/?to=http://b.example/x")`,
			"GET a.example/?to=http://b.example/x Authorization []; GET b.example/x []; ", "200"},
		"what was sent, after 302": {`post("http://a.example/?to=/x", {body = "b"})`, "POST a.example/?to=/x [b]; GET a.example/x []; ", "200"},
		"what was sent, after 307": {`post("http://a.example/307?to=/x", {body = "b"})`, "POST a.example/307?to=/x [b]; POST a.example/x [b]; ", "200"},
		"what was sent, after 307 to another server": {`post("http://a.example/307?to=http://b.example/x", {body = "b"})`,
			"POST a.example/307?to=http://b.example/x [b]; ", "POST http://a.example/307: redirected to another server, which is not sent"},
		"what was sent, after 302 to another server": {`post("http://a.example/?to=http://b.example/x", {body = "b"})`,
			"POST a.example/?to=http://b.example/x [b]; GET b.example/x []; ", "200"},
		"a host that is not allowed": {`get("http://a.example/?to=http://evil.test/x", {` + all + `})`,
			"GET a.example/?to=http://evil.test/x Authorization Cookie X-Key Accept []; ", `raised the sandbox standard forbids it: "evil.test"`},
		"no such host at first":           {`get("http://evil.test/")`, "", `raised the sandbox standard forbids it: "evil.test"`},
		"a port that is not allowed":      {`get("http://9.example.:82/")`, "", `raised the sandbox standard forbids it: "9.example."`},
		"a proxy that is not allowed":     {`get("http://a.example/", {proxy = "http://u:s3cr3t@evil.test"})`, "", `raised the sandbox standard forbids it: "evil.test"`},
		"another host than it looks like": {`get("http://a.example@evil.test/")`, "", `raised the sandbox standard forbids it: "evil.test"`},
	} {
		t.Run(name, func(t *testing.T) {
			seen = ""
			e := ask(t, caller{sandbox: box}, handle, `local http = require "http"
				local ok, r, why = pcall(function() return http.`+row.call+` end)
				agi.var.GOT = not ok and "raised " .. r.message or r and r.status or why`)
			if got := e.vars["GOT"]; !strings.HasPrefix(got, row.got) || seen != row.seen || strings.Contains(got, "s3cr3t") {
				t.Errorf("got %q\nseen %s\nwant %s", got, seen, row.seen)
			}
		})
	}
}

// A server that sends its callers on to its encrypted port is told the same there.
func TestHTTPSameServer(t *testing.T) {
	for _, row := range []struct {
		first, other string
		same         bool
	}{
		{"http://a.example", "https://A.example:443/x", true},
		{"https://a.example", "http://a.example", false},
		{"http://a.example:8080", "https://a.example", false},
		{"http://a.example", "https://b.example", false},
		{"http://a.example", "http://a.example:80", true},
	} {
		first, err := url.Parse(row.first)
		check(t, err)
		other, err := url.Parse(row.other)
		check(t, err)
		if got := sameServer(first, other); got != row.same {
			t.Errorf("%s and %s: %v", row.first, row.other, got)
		}
	}
}
