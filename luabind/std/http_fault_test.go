package std

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"goagi/luabind"
)

// raw writes bytes that no server of Go would, and ends the connection.
func raw(w http.ResponseWriter, text string) {
	conn, _, _ := w.(http.Hijacker).Hijack()
	_, _ = io.WriteString(conn, text)
	conn.Close()
}

// packed gives zeros, packed.
func packed(n int) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, n))
	_ = w.Close()
	return b.Bytes()
}

// Whatever a server does, the script goes on and is told what it was, without the
// secrets of the request.
func TestHTTPFaults(t *testing.T) {
	for name, row := range map[string]struct {
		handle func(*served, http.ResponseWriter, *http.Request)
		want   string
		took   time.Duration
	}{
		"no answer":       {func(s *served, _ http.ResponseWriter, _ *http.Request) { <-s.over }, "timeout: it took longer than 3 s", 3 * time.Second},
		"does not listen": {nil, "timeout: it took longer than 3 s", 3 * time.Second},
		"stops in the text": {func(s *served, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "x")
			_ = http.NewResponseController(w).Flush()
			<-s.over
		}, "timeout: it took longer than 3 s", 3 * time.Second},
		"drops the connection": {func(_ *served, w http.ResponseWriter, _ *http.Request) { raw(w, "") }, "the server closed the connection", 0},
		"breaks off": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
		}, "the server closed the connection", 0},
		"breaks off in a chunk": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf")
		}, "the server closed the connection", 0},
		"no HTTP": {func(_ *served, w http.ResponseWriter, _ *http.Request) { raw(w, "SSH-2.0-x\r\n\r\n") }, `malformed HTTP`, 0},
		"a huge head": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 11<<20))
		}, "exceeded", 0},
		"a huge answer": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000000000")
		}, "the answer is longer than 1000 bytes (option max_size)", 0},
		"an endless answer": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}, "the answer is longer than 1000 bytes (option max_size)", 0},
		"an answer that is huge unpacked": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed(100_000))
		}, "the answer is longer than 1000 bytes (option max_size)", 0},
		"no gzip": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "plain, not packed")
		}, "gzip", 0},
		"redirects in a circle": {func(_ *served, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/p?token=s3cr3t", http.StatusFound)
		}, "redirected more than 5 times (option redirects)", 0},
		"redirects to no URL": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://x:s3cr3t/")
			w.WriteHeader(http.StatusFound)
		}, "redirected to what is no URL", 0},
		"redirects to another scheme": {func(_ *served, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd?s3cr3t")
			w.WriteHeader(http.StatusFound)
		}, "redirected to what is no http:// or https:// URL", 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := ask(t, caller{}, row.handle, `local http = require "http"
				local r, why = http.get("http://u:s3cr3t@a.example/p?token=s3cr3t", {timeout = 3, retries = 0, max_size = 1000,
					auth = {bearer = "s3cr3t"}, query = {key = "s3cr3t"}})
				assert(r == nil, r and (r.status .. r.text))
				agi.var.WHY = why`)
			e.check(t, map[string]string{"WHY": "~" + row.want, "GOAGI_STATUS": "OK"})
			if why := e.vars["WHY"]; !strings.HasPrefix(why, "GET http://a.example/p: ") || strings.Contains(why+e.log, "s3cr3t") || len(why) > 400 {
				t.Errorf("got %q, %q", why, e.log)
			}
			if row.took > 0 && e.took != row.took || row.took == 0 && e.took > time.Second {
				t.Errorf("it took %v", e.took)
			}
		})
	}
}

// A server that is restarted is asked again, a little later each time, and only
// what may be asked twice.
func TestHTTPRetries(t *testing.T) {
	busy := func(status, times int, header ...string) func(*served, http.ResponseWriter, *http.Request) {
		return func(s *served, w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if s.count > times {
				fmt.Fprintf(w, "%d %s", s.count, body)
				return
			}
			if status == 0 {
				raw(w, "")
				return
			}
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			fmt.Fprint(w, status)
		}
	}
	for name, row := range map[string]struct {
		handle   func(*served, http.ResponseWriter, *http.Request)
		call     string
		want     string
		from, to time.Duration
	}{
		"busy once":              {busy(503, 1), `get("http://a.example")`, "2 ", 200e6, 400e6},
		"busy twice":             {busy(502, 2), `put("http://a.example", {body = "b"})`, "3 b", 600e6, 1200e6},
		"busy for longer":        {busy(504, 9), `delete("http://a.example")`, "504", 600e6, 1200e6},
		"more tries":             {busy(429, 4), `get("http://a.example", {retries = 4})`, "5 ", 3000e6, 6000e6},
		"none":                   {busy(503, 1), `get("http://a.example", {retries = 0})`, "503", 0, 1},
		"drops the connection":   {busy(0, 2), `get("http://a.example")`, "3 ", 600e6, 1200e6},
		"says when":              {busy(503, 1, "Retry-After", "7"), `get("http://a.example")`, "2 ", 7e9, 7e9 + 1},
		"says when, by the hour": {busy(503, 1, "Retry-After", "Sat, 01 Jan 2000 00:00:05 GMT"), `get("http://a.example")`, "2 ", 4e9, 5e9},
		"says too late":          {busy(503, 1, "Retry-After", "11"), `get("http://a.example")`, "503", 0, 1},
		"says much too late":     {busy(503, 1, "Retry-After", "31"), `get("http://a.example", {timeout = 60})`, "503", 0, 1},
		"no time left":           {busy(503, 9), `get("http://a.example", {timeout = 0.15})`, "503", 0, 1},
		"not found":              {busy(404, 1), `get("http://a.example")`, "404", 0, 1},
		"fails":                  {busy(500, 1), `get("http://a.example")`, "500", 0, 1},
		"what changes something": {busy(503, 1), `post("http://a.example", {body = "b"})`, "503", 0, 1},
		"what the server knows to have seen": {busy(503, 1), `post("http://a.example", {body = "b", headers = {["Idempotency-Key"] = "1"}})`, "2 b",
			200e6, 400e6},
		"what changes something, dropped": {busy(0, 1), `post("http://a.example", {body = "b"})`, "POST http://a.example: the server closed the connection", 0, 1},
		"drops it for longer":             {busy(0, 9), `get("http://a.example")`, "GET http://a.example: the server closed the connection (tried 3 times)", 600e6, 1200e6},
	} {
		t.Run(name, func(t *testing.T) {
			e := ask(t, caller{}, row.handle, `local r, why = require "http".`+row.call+`
				agi.var.GOT = r and r.text or why`)
			e.check(t, map[string]string{"GOT": row.want})
			if e.took < row.from || e.took > row.to {
				t.Errorf("it took %v, not from %v to %v", e.took, row.from, row.to)
			}
		})
	}
}

// A file is there whole, or not at all, and only where the sandbox lets it be.
func TestHTTPToFile(t *testing.T) {
	dir := t.TempDir()
	scripts := t.TempDir()
	check(t, os.WriteFile(filepath.Join(scripts, "s.lua"), []byte("script"), 0o600))
	check(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	box := &luabind.Sandbox{Name: "standard", Data: dir, Scripts: []string{scripts}, Inside: true}
	check(t, os.WriteFile(filepath.Join(dir, "old.txt"), []byte("old"), 0o600))
	e := ask(t, caller{sandbox: box}, func(s *served, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/half":
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
		case "/again":
			if s.count%2 == 1 {
				raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nmuch longer than that")
				return
			}
			io.WriteString(w, "second")
		case "/echo":
			_, _ = io.Copy(w, r.Body)
		case "/lost":
			http.Error(w, "no such thing", http.StatusNotFound)
		default:
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(make([]byte, 100_000))
		}
	}, `local http = require "http"
		local r = assert(http.get("http://a.example/big", {to = "new.bin"}))
		assert(r.ok and r.file == "new.bin" and r.text == nil)
		agi.var.JSON = select(2, r:json())
		local r, why = http.get("http://a.example/half", {to = "old.txt", retries = 0})
		agi.var.HALF = why
		local r = assert(http.get("http://a.example/lost", {to = "old.txt"}))
		assert(r.status == 404 and r.file == nil and r.text == "no such thing\n")
		agi.var.LONG = select(2, http.get("http://a.example/big", {to = "old.txt", max_size = 99999}))
		agi.var.FOLDER = select(2, http.get("http://a.example/big", {to = "none/x"}))
		assert(http.get("http://a.example/again", {to = "again.txt"}).ok)
		local ok, err = pcall(http.get, "http://a.example/big", {to = "/etc/x"})
		agi.var.OUTSIDE = not ok and err.message
		local ok, err = pcall(http.post, "http://a.example/big", {body = {file = "/etc/passwd"}})
		agi.var.READ = not ok and err.message
		local ok, err = pcall(http.get, "http://a.example/big", {ca = "/etc/passwd"})
		agi.var.CA = not ok and err.message
		local r = assert(http.post("http://a.example/echo", {body = {file = "`+scripts+`/s.lua"}}))
		assert(r.text == "script", r.text)
		agi.var.PIPE = select(2, http.post("http://a.example/echo", {body = {file = "pipe"}}))
		local ok, err = pcall(http.get, "http://a.example/big", {to = "`+scripts+`/s.lua"})
		agi.var.SCRIPT = not ok and err.message
		agi.var.NONE = select(2, http.post("http://a.example/big", {body = {file = "none.txt"}}))`)
	e.check(t, map[string]string{
		"GOAGI_STATUS": "OK", "JSON": "~it went to a file", "HALF": "GET http://a.example/half: the server closed the connection", "LONG": "~longer than 99999 bytes",
		"FOLDER": "~none/x: no such file", "OUTSIDE": "~the sandbox standard forbids it", "READ": "~the sandbox standard forbids it", "CA": "~the sandbox standard forbids it",
		"NONE": "open none.txt: no such file or directory", "PIPE": "pipe is no regular file", "SCRIPT": "~the sandbox standard forbids it",
	})
	for name, size := range map[string]int{"new.bin": 100_000, "old.txt": 3, "again.txt": 6} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || len(text) != size {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 4 {
		t.Errorf("files are %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".goagi*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
