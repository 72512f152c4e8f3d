package asr

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// withServer runs a test in a bubble, with an engine and the server it calls.
func withServer(t *testing.T, options map[string]any, handler http.HandlerFunc, test func(t *testing.T, o *openai)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dial, stop := serve(t, handler)
		all := map[string]any{"engine": "openai", "url": "http://user:secret@asr.example?token=hidden"}
		for name, value := range options {
			all[name] = value
		}
		e, err := Open(all)
		if err != nil {
			t.Fatal(err)
		}
		e.(*openai).testOnlyDial = dial
		test(t, e.(*openai))
		e.Close()
		stop()
	})
}

// answers gives a handler that gives each of some answers in turn, the last of
// them for ever, and counts the requests.
func answers(requests *int, each ...http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n := *requests
		*requests++
		_, _ = io.Copy(io.Discard, r.Body)
		each[min(n, len(each)-1)](w, r)
	}
}

func says(status int, text string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// never answers, until the client has gone.
func never(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cutOff ends the connection in the middle of the answer.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"text": "hel`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// The request is what OpenAI's reference and the servers that follow it ask
// for, over a real connection.
func TestOpenAIRequest(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("sk-123\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
			return
		}
		for name, values := range r.MultipartForm.Value {
			got[name] = strings.Join(values, "|")
		}
		file, header, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		wav, _ := io.ReadAll(file)
		got["wav"], got["name"], got["type"] = string(wav), header.Filename, header.Header.Get("Content-Type")
		got["line"], got["key"] = r.Method+" "+r.URL.Path, r.Header.Get("Authorization")
		says(200, `{"text": "hello"}`)(w, r)
	}))
	defer server.Close()
	e := engine(t, map[string]any{
		"engine": "openai", "url": server.URL, "model": "base.en", "language": "en", "prompt": "Names: Ann.",
		"temperature": 0.2, "words": true, "key_file": key,
	})
	if said, err := e.Transcribe(t.Context(), hello()); err != nil || said.Text != "hello" || said.Engine != "openai" {
		t.Fatalf("%+v, %v", said, err)
	}
	want := map[string]string{
		"line": "POST /v1/audio/transcriptions", "key": "Bearer sk-123", "model": "base.en", "language": "en", "prompt": "Names: Ann.",
		"temperature": "0.2", "response_format": "verbose_json", "timestamp_granularities[]": "word",
		"wav": string(hello().wav()), "name": "speech.wav", "type": "audio/wav",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %.400q\nwant %.400q", got, want)
	}
}

func TestOpenAIURL(t *testing.T) {
	for url, want := range map[string]string{
		"http://h:8080":       "http://h:8080/v1/audio/transcriptions",
		"https://h/":          "https://h/v1/audio/transcriptions",
		"https://h/v1/":       "https://h/v1/audio/transcriptions",
		"http://h/inference":  "http://h/inference",
		"http://u:p@h?k=1#no": "http://u:p@h/v1/audio/transcriptions?k=1#no",
	} {
		o := engine(t, map[string]any{"engine": "openai", "url": url}).(*openai)
		if o.url != want || strings.Contains(o.shown, "u:p") || strings.Contains(o.shown, "k=1") {
			t.Errorf("%s: %s, shown as %s", url, o.url, o.shown)
		}
	}
}

// What goes wrong at the server: what is tried again, after how long, and what
// is said in the end.
func TestOpenAIFaults(t *testing.T) {
	ok := says(200, `{"text": "hello"}`)
	const at = "asr: openai: POST http://asr.example/v1/audio/transcriptions: "
	for name, test := range map[string]struct {
		options   map[string]any
		answers   []http.HandlerFunc
		requests  int
		from, to  time.Duration // how long it takes
		kind      error         // nil where "hello" comes
		wantError string
	}{
		"works":                   {nil, []http.HandlerFunc{ok}, 1, 0, 0, nil, ""},
		"busy for 3 s":            {nil, []http.HandlerFunc{says(429, "", "Retry-After", "3"), ok}, 2, 3 * time.Second, 3 * time.Second, nil, ""},
		"fails once":              {nil, []http.HandlerFunc{says(500, ""), ok}, 2, firstPause / 2, firstPause, nil, ""},
		"fails twice":             {nil, []http.HandlerFunc{says(503, ""), says(502, ""), ok}, 3, firstPause * 3 / 2, firstPause * 3, nil, ""},
		"cut off once":            {nil, []http.HandlerFunc{cutOff, ok}, 2, firstPause / 2, firstPause, nil, ""},
		"cut off":                 {map[string]any{"retries": 0}, []http.HandlerFunc{cutOff}, 1, 0, 0, ErrAnswer, at + "the answer was cut off"},
		"fails for ever":          {nil, []http.HandlerFunc{says(500, `{"error": {"message": "out of\nmemory"}}`)}, 3, firstPause * 3 / 2, firstPause * 3, ErrUnavailable, at + "500 Internal Server Error: out of memory (tried 3 times)"},
		"busy for longer":         {nil, []http.HandlerFunc{says(429, `{"error": "slow down"}`, "Retry-After", "60")}, 1, 0, 0, ErrUnavailable, at + "429 Too Many Requests: slow down"},
		"not implemented":         {nil, []http.HandlerFunc{says(501, "")}, 1, 0, 0, ErrUnavailable, at + "501 Not Implemented"},
		"refuses":                 {nil, []http.HandlerFunc{says(400, `{"detail": "unsupported language"}`)}, 1, 0, 0, ErrRefused, at + "400 Bad Request: unsupported language"},
		"an error page":           {nil, []http.HandlerFunc{says(404, "<html>\r\n<title>Not\x00 Found</title>"+strings.Repeat("x", 500))}, 1, 0, 0, ErrRefused, at + "404 Not Found: <html> <title>Not Found</title>" + strings.Repeat("x", 169) + "..."},
		"a page that is no error": {nil, []http.HandlerFunc{says(200, "<html>")}, 1, 0, 0, ErrAnswer, at + `it is not the JSON of a transcription (invalid character '<' looking for beginning of value): "<html>"`},
		"no text":                 {nil, []http.HandlerFunc{says(200, `{"task": "transcribe"}`)}, 1, 0, 0, ErrAnswer, at + `its JSON has no text: "{\"task\": \"transcribe\"}"`},
		"moved":                   {nil, []http.HandlerFunc{says(307, "", "Location", "http://evil.example/")}, 1, 0, 0, ErrRefused, at + "307 Temporary Redirect: it has moved, set the option url"},
		"a giant answer":          {nil, []http.HandlerFunc{says(200, strings.Repeat(" ", maxAnswer+1))}, 1, 0, 0, ErrAnswer, at + "the answer is longer than 1024 KiB"},
		"never answers":           {nil, []http.HandlerFunc{never}, 1, 30 * time.Second, 30 * time.Second, ErrTimeout, at + "the engine took too long"},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			withServer(t, test.options, answers(&requests, test.answers...), func(t *testing.T, o *openai) {
				begin := time.Now()
				said, err := o.Transcribe(t.Context(), hello())
				if took := time.Since(begin); took < test.from || took > test.to {
					t.Errorf("it took %v", took)
				}
				switch {
				case test.kind == nil && (err != nil || said.Text != "hello"):
					t.Errorf("%+v, %v", said, err)
				case test.kind != nil && (!errors.Is(err, test.kind) || err.Error() != test.wantError):
					t.Errorf("\n got %v\nwant %s", err, test.wantError)
				}
				if requests != test.requests {
					t.Errorf("%d requests", requests)
				}
			})
		})
	}
}

// A hangup ends a request at once, whether it waits for the server or for the
// next try.
func TestOpenAIEndsWithTheCall(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{"waiting": never, "pausing": says(503, "", "Retry-After", "20")} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			withServer(t, nil, answers(&requests, handler), func(t *testing.T, o *openai) {
				hungup := errors.New("the caller hung up")
				ctx, hangup := context.WithCancelCause(t.Context())
				time.AfterFunc(5*time.Second, func() { hangup(hungup) })
				begin := time.Now()
				_, err := o.Transcribe(ctx, hello())
				if !errors.Is(err, hungup) || !errors.Is(err, context.Canceled) || time.Since(begin) != 5*time.Second {
					t.Errorf("%v after %v", err, time.Since(begin))
				}
			})
		})
	}
}

// A server that starts just now is worth another try; one that is not known is
// not.
func TestOpenAIRefusedConnection(t *testing.T) {
	requests := 0
	withServer(t, nil, answers(&requests, says(200, `{"text": "hello"}`)), func(t *testing.T, o *openai) {
		dial, dials := o.testOnlyDial, 0
		o.testOnlyDial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials == 1 {
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
			}
			return dial(ctx, network, address)
		}
		if said, err := o.Transcribe(t.Context(), hello()); err != nil || said.Text != "hello" || dials != 2 {
			t.Errorf("%+v, %v after %d dials", said, err, dials)
		}
		o.Close() // so that it dials again
		o.testOnlyDial = func(context.Context, string, string) (net.Conn, error) {
			dials++
			return nil, &net.DNSError{Err: "no such host", Name: "asr.example"}
		}
		dials = 0
		_, err := o.Transcribe(t.Context(), hello())
		if !errors.Is(err, ErrUnavailable) || dials != 1 || !strings.HasSuffix(err.Error(), ": lookup asr.example: no such host") {
			t.Errorf("%v after %d dials", err, dials)
		}
	})
}

// Neither the key nor what else the URL keeps secret gets into a log.
func TestOpenAIKeepsSecrets(t *testing.T) {
	t.Setenv("ASR_KEY", "sk-topsecret")
	for name, handler := range map[string]http.HandlerFunc{
		"refused": says(401, `{"error": {"message": "wrong key sk-topsecret, for `+strings.Repeat("x", 140)+` sk-topsecret"}}`),
		"garbled": says(200, "sk-topsecret"),
		"cut off": cutOff,
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			withServer(t, map[string]any{"key_env": "ASR_KEY", "retries": 0}, answers(&requests, handler), func(t *testing.T, o *openai) {
				_, err := o.Transcribe(t.Context(), hello())
				if err == nil {
					t.Fatal("no error")
				}
				for _, secret := range []string{"topsecret", "secret", "hidden", "user"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("%q is in: %v", secret, err)
					}
				}
			})
		})
	}
}

// Nor does a part of the key, or the key as a quoted string or JSON writes it:
// who reads the log could use it.
func TestOpenAIKeepsOddKeys(t *testing.T) {
	const inJSON = `sk-a\"b\\c-secret`
	for key, handlers := range map[string]map[string]http.HandlerFunc{
		"sk-topsecret": {
			"across the cut": says(200, strings.Repeat("x", 170)+" Authorization: Bearer sk-topsecret"),
			"at the cut":     says(401, strings.Repeat("x", 192)+"sk-topsecret"),
			"cut off within it": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "100")
				says(401, "no such key: sk-topsec")(w, r)
			},
		},
		`sk-a"b\c-secret`: {
			"as it is":       says(200, `<pre>sk-a"b\c-secret</pre>`),
			"in JSON":        says(200, `{"headers": {"authorization": "Bearer `+inJSON+`"}}`),
			"for the text":   says(200, `{"text": ["`+inJSON+`"]}`),
			"with \\u":       says(200, `{"key": "\u0073k-a\u0022b\u005Cc-secret"}`),
			"refused":        says(401, `{"error": {"message": "wrong key `+inJSON+`"}}`),
			"refused oddly":  says(401, `{"reason": "wrong key `+inJSON+`"}`),
			"JSON in a text": says(401, `{"error": "{\"key\": \"sk-a\\\"b\\\\c-secret\"}"}`),
		},
	} {
		for name, handler := range handlers {
			t.Run(name, func(t *testing.T) {
				t.Setenv("ASR_KEY", key)
				requests := 0
				withServer(t, map[string]any{"key_env": "ASR_KEY", "retries": 0}, answers(&requests, handler), func(t *testing.T, o *openai) {
					_, err := o.Transcribe(t.Context(), hello())
					if err == nil {
						t.Fatal("no error")
					}
					for _, part := range []string{"sk-", "sec", "c-s"} {
						if strings.Contains(err.Error(), part) {
							t.Errorf("%q is in: %v", part, err)
						}
					}
				})
			})
		}
	}
}

// A key that is not there is said before anything is sent.
func TestOpenAIKey(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ASR_KEY", "two lines\nsecret")
	for _, test := range []struct{ option, value, want string }{
		{"key_file", "/no/such/key", "asr: openai: read the key: open /no/such/key: no such file or directory"},
		{"key_file", empty, "asr: openai: read the key: the file " + empty + " holds no key"},
		{"key_env", "ASR_KEY", "asr: openai: read the key: the variable ASR_KEY holds no key"},
		{"key_env", "ASR_NO_KEY", "asr: openai: read the key: the variable ASR_NO_KEY holds no key"},
	} {
		_, err := engine(t, map[string]any{"engine": "openai", test.option: test.value}).Transcribe(t.Context(), hello())
		if !errors.Is(err, ErrOption) || err.Error() != test.want {
			t.Error(err)
		}
	}
}
