package asr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// recogniser is a vosk-server for tests, as alphacep/vosk-server's
// websocket/asr_server.py is: it takes a configuration without a word, answers
// each message of speech, and {"eof" : 1}, to the letter, by its last answer
// and the end of the connection.
type recogniser struct {
	answers []string // one for each message of speech, an empty partial where there are no more
	final   string
	late    time.Duration // how long each answer takes

	config string
	heard  int // bytes of speech
	ended  bool
}

func (r *recogniser) serve(ctx context.Context, conn *websocket.Conn) error {
	for n := 0; ; {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if kind == websocket.MessageText && strings.Contains(string(message), "config") {
			r.config = string(message)
			continue
		}
		time.Sleep(r.late) // virtual time
		answer := `{"partial" : ""}`
		r.ended = string(message) == `{"eof" : 1}`
		switch {
		case r.ended:
			answer = r.final
		case n < len(r.answers):
			answer = r.answers[n]
		}
		n++
		if kind == websocket.MessageBinary {
			r.heard += len(message)
		}
		if err := conn.Write(ctx, websocket.MessageText, []byte(answer)); err != nil {
			return err
		}
		if r.ended {
			return conn.Close(websocket.StatusNormalClosure, "")
		}
	}
}

// withVosk runs a test in a bubble with an engine, and a server that serves
// each connection by a function. The server's errors are the test's to find.
func withVosk(t *testing.T, options map[string]any, server func(context.Context, *websocket.Conn) error, test func(t *testing.T, v *vosk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context()) // that of a request does not end when its server does
		dial, stop := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, nil)
			if err != nil {
				t.Error(err)
				return
			}
			conn.SetReadLimit(1 << 20)
			_ = server(ctx, conn)
			_ = conn.CloseNow()
		}))
		all := map[string]any{"engine": "vosk", "url": "ws://asr.example:2700/?token=hidden"}
		for name, value := range options {
			all[name] = value
		}
		e, err := Open(all)
		if err != nil {
			t.Fatal(err)
		}
		e.(*vosk).testOnlyDial = dial
		test(t, e.(*vosk))
		e.Close()
		cancel()
		stop()
	})
}

// begin opens a stream that the test closes.
func begin(t *testing.T, ctx context.Context, v *vosk) Stream {
	t.Helper()
	stream, err := v.Stream(ctx, 8000)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// tell writes some speech, in frames of 20 ms as a telephone's are.
func tell(t *testing.T, stream Stream, length time.Duration) {
	t.Helper()
	for range length / (20 * time.Millisecond) {
		if err := stream.Write(make([]int16, 160)); err != nil {
			t.Error(err)
			return
		}
	}
}

func result(text string) string {
	words := []string{}
	for i, w := range strings.Fields(text) {
		words = append(words, fmt.Sprintf(`{"conf": 0.5, "word": %q, "start": %d, "end": %d.5}`, w, i, i))
	}
	return fmt.Sprintf(`{"result": [%s], "text": %q}`, strings.Join(words, ","), text)
}

// A whole utterance goes out in messages of 200 ms, with the configuration
// before and the end behind it, and comes back as all its phrases.
func TestVoskTranscribe(t *testing.T) {
	r := &recogniser{answers: []string{`{"partial": "go"}`, result("goodbye"), `{"partial": "thank"}`}, final: result("thank you")}
	withVosk(t, map[string]any{"phrases": []any{"goodbye", "thank you", "[unk]"}}, r.serve, func(t *testing.T, v *vosk) {
		got, err := v.Transcribe(t.Context(), Speech{Rate: 16000, Samples: make([]int16, 8000)})
		want := Transcript{Text: "goodbye thank you", Engine: "vosk", Words: []Word{
			{"goodbye", 0, time.Second / 2, 0.5}, {"thank", 0, time.Second / 2, 0.5}, {"you", time.Second, time.Second * 3 / 2, 0.5},
		}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
	})
	if want := `{"config":{"sample_rate":16000,"words":1,"phrase_list":["goodbye","thank you","[unk]"]}}`; r.config != want || r.heard != 16000 || !r.ended {
		t.Errorf("config %s, %d bytes, ended %v", r.config, r.heard, r.ended)
	}
}

// What is understood can be seen while the caller speaks.
func TestVoskPartial(t *testing.T) {
	r := &recogniser{answers: []string{`{"partial": "good"}`, result("goodbye"), `{"partial": "thank"}`}, final: result("thank you")}
	withVosk(t, nil, r.serve, func(t *testing.T, v *vosk) {
		stream := begin(t, t.Context(), v)
		defer stream.Close()
		for _, want := range []string{"good", "goodbye", "goodbye thank"} {
			tell(t, stream, 200*time.Millisecond)
			synctest.Wait()
			if got := stream.Partial(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		tell(t, stream, 100*time.Millisecond)
		for range 2 { // the second time is the same
			if got, err := stream.End(t.Context()); err != nil || got.Text != "goodbye thank you" || len(got.Words) != 3 {
				t.Errorf("%+v, %v", got, err)
			}
		}
		if err := stream.Write(make([]int16, 160)); err == nil {
			t.Error("speech after the end is taken")
		}
	})
	if r.heard != 11200 {
		t.Errorf("the server heard %d bytes", r.heard)
	}
}

// A server that is behind when the speech ends still has partials and phrases
// to say: none of them is taken for the last word.
func TestVoskServerIsBehind(t *testing.T) {
	r := &recogniser{late: 300 * time.Millisecond, answers: []string{`{"partial": "one"}`, result("one"), `{"partial": "two"}`, result("two")}, final: result("three")}
	withVosk(t, nil, r.serve, func(t *testing.T, v *vosk) {
		stream := begin(t, t.Context(), v)
		defer stream.Close()
		tell(t, stream, time.Second)
		began := time.Now()
		got, err := stream.End(t.Context())
		if err != nil || got.Text != "one two three" || time.Since(began) != 6*r.late {
			t.Errorf("%+v, %v after %v", got, err, time.Since(began))
		}
	})
}

// The server written in C++ takes the configuration for speech, answers it,
// and answers text by binary messages; it closes when it is told to.
func TestVoskServerInC(t *testing.T) {
	withVosk(t, nil, func(ctx context.Context, conn *websocket.Conn) error {
		for n := 0; ; n++ {
			kind, message, err := conn.Read(ctx)
			if err != nil {
				return err
			}
			answer := result(fmt.Sprint("phrase ", n))
			if n == 0 {
				answer = `{"partial": ""}`
			}
			if err := conn.Write(ctx, kind^3, []byte(answer)); err != nil { // text for binary and back
				return err
			}
			_ = message
		}
	}, func(t *testing.T, v *vosk) {
		got, err := v.Transcribe(t.Context(), Speech{Rate: 8000, Samples: make([]int16, 3200)})
		if err != nil || got.Text != "phrase 1 phrase 2 phrase 3" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// A server set to give alternatives gives the likeliest first.
func TestVoskAlternatives(t *testing.T) {
	r := &recogniser{final: `{"alternatives": [{"confidence": 200.5, "text": " yes", "result": [{"word": "yes", "start": 0, "end": 1}]}, {"text": "yeah"}]}`}
	withVosk(t, nil, r.serve, func(t *testing.T, v *vosk) {
		if got, err := v.Transcribe(t.Context(), hello()); err != nil || got.Text != "yes" || len(got.Words) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// Where there is no vosk-server, the error says what there is.
func TestVoskConnect(t *testing.T) {
	const at = "asr: vosk: connect to ws://asr.example:2700/: "
	refused := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	for name, test := range map[string]struct {
		dial   func(context.Context, string, string) (net.Conn, error)
		answer http.HandlerFunc
		kind   error
		want   string
		takes  time.Duration
	}{
		"refused":  {refused, nil, ErrUnavailable, at + "connection refused", 0},
		"web page": {nil, says(200, "<html>\nhello"), ErrRefused, at + "no WebSocket there: 200 OK: <html> hello", 0},
		"no path":  {nil, says(404, ""), ErrRefused, at + "no WebSocket there: 404 Not Found", 0},
		"busy":     {nil, says(503, `{"error": "no more"}`), ErrUnavailable, at + "no WebSocket there: 503 Service Unavailable: no more", 0},
		"silent":   {nil, never, ErrTimeout, at + "the engine took too long", 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial, stop := serve(t, test.answer)
				if test.dial != nil {
					dial = test.dial
				}
				e, err := Open(map[string]any{"engine": "vosk", "url": "ws://user:secret@asr.example:2700/?token=hidden"})
				if err != nil {
					t.Fatal(err)
				}
				e.(*vosk).testOnlyDial = dial
				began := time.Now()
				stream, err := Listen(t.Context(), e, 8000)
				if stream != nil || !errors.Is(err, test.kind) || err.Error() != test.want || time.Since(began) != test.takes {
					t.Errorf("after %v: %v, %v", time.Since(began), stream, err)
				}
				e.Close()
				stop()
			})
		})
	}
}

// The configuration is what the server's own clients send.
func TestVoskConfig(t *testing.T) {
	v := engine(t, map[string]any{"engine": "vosk", "words": false}).(*vosk)
	config, err := v.config(8000)
	if err != nil || string(config) != `{"config":{"sample_rate":8000,"words":0}}` || !json.Valid(config) {
		t.Errorf("%s, %v", config, err)
	}
}

// The same over a real connection, where both sides may close at once.
func TestVoskOverTCP(t *testing.T) {
	r := &recogniser{answers: []string{result("goodbye")}, final: result("")}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		conn, err := websocket.Accept(w, request, nil)
		if err != nil {
			t.Error(err)
			return
		}
		_ = r.serve(request.Context(), conn)
	}))
	defer server.Close()
	v := engine(t, map[string]any{"engine": "vosk", "url": "ws" + strings.TrimPrefix(server.URL, "http")})
	for range 3 {
		if got, err := v.Transcribe(t.Context(), hello()); err != nil || got.Text != "goodbye" || got.Took > farewell {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
