package asr

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// first gives a server that answers its first messages of speech, and then does
// something else.
func first(answers []string, then func(context.Context, *websocket.Conn) error) func(context.Context, *websocket.Conn) error {
	return func(ctx context.Context, conn *websocket.Conn) error {
		if _, _, err := conn.Read(ctx); err != nil { // the configuration
			return err
		}
		for _, answer := range answers {
			if _, _, err := conn.Read(ctx); err != nil {
				return err
			}
			if err := conn.Write(ctx, websocket.MessageText, []byte(answer)); err != nil {
				return err
			}
		}
		return then(ctx, conn)
	}
}

func hang(ctx context.Context, _ *websocket.Conn) error { <-ctx.Done(); return nil }

func drop(context.Context, *websocket.Conn) error { return nil } // the connection, without a word

func send(message string) func(context.Context, *websocket.Conn) error {
	return func(ctx context.Context, conn *websocket.Conn) error {
		_ = conn.Write(ctx, websocket.MessageText, []byte(message))
		return hang(ctx, conn)
	}
}

// Whatever a server does in the middle of an utterance, what it had understood
// is not lost, and the error says what happened.
func TestVoskBreaksInTheMiddle(t *testing.T) {
	understood := []string{result("hello there"), `{"partial": "how are"}`}
	for name, test := range map[string]struct {
		then  func(context.Context, *websocket.Conn) error
		kind  error
		want  string
		takes time.Duration // from the end of the speech
	}{
		"closes": {func(_ context.Context, conn *websocket.Conn) error {
			return conn.Close(websocket.StatusInternalError, "out of\nmemory")
		}, ErrAnswer, `the server closed the stream before its end: StatusInternalError "out of memory"`, 0},
		"closes in good order": {func(_ context.Context, conn *websocket.Conn) error {
			return conn.Close(websocket.StatusNormalClosure, "")
		}, ErrAnswer, "the server closed the stream before its end: StatusNormalClosure", 0},
		"drops":          {drop, ErrAnswer, "the connection broke before the end: the connection was closed", 0},
		"talks nonsense": {send("oops"), ErrAnswer, `it is not JSON (invalid character 'o' looking for beginning of value): "oops"`, 0},
		"says nothing":   {send("{}"), ErrAnswer, `it has neither text nor partial: "{}"`, 0},
		"never stops":    {send(strings.Repeat(" ", maxAnswer+1)), ErrAnswer, "the answer is longer than 1024 KiB", 0},
		"hangs":          {hang, ErrTimeout, "the engine took too long", 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			withVosk(t, nil, first(understood, test.then), func(t *testing.T, v *vosk) {
				stream := begin(t, t.Context(), v)
				defer stream.Close()
				for range understood {
					if err := stream.Write(make([]int16, 1600)); err != nil {
						t.Error(err)
					}
					synctest.Wait()
				}
				began := time.Now()
				got, err := stream.End(t.Context())
				if !errors.Is(err, test.kind) || !strings.HasPrefix(err.Error(), "asr: vosk: ") || !strings.HasSuffix(err.Error(), ": "+test.want) {
					t.Error(err)
				}
				if got.Text != "hello there how are" || len(got.Words) != 2 || time.Since(began) != test.takes {
					t.Errorf("%+v after %v", got, time.Since(began))
				}
				if again := stream.Write(make([]int16, 1600)); !errors.Is(again, test.kind) {
					t.Errorf("writing after it: %v", again)
				}
			})
		})
	}
}

// An answer that is no UTF-8 is no reason to lose what it says.
func TestVoskInvalidUTF8(t *testing.T) {
	r := &recogniser{final: "{\"text\": \"caf\xe9\\u0000 \\ud800\"}"}
	withVosk(t, nil, r.serve, func(t *testing.T, v *vosk) {
		if got, err := v.Transcribe(t.Context(), hello()); err != nil || got.Text != "caf\uFFFD \uFFFD" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// A server that reads nothing keeps no caller waiting: half a minute of speech
// is held for it, and what comes then is counted.
func TestVoskServerDoesNotRead(t *testing.T) {
	withVosk(t, nil, first(nil, hang), func(t *testing.T, v *vosk) {
		stream := begin(t, t.Context(), v)
		defer stream.Close()
		began := time.Now()
		tell(t, stream, 40*time.Second)
		if time.Since(began) != 0 {
			t.Errorf("writing took %v", time.Since(began))
		}
		got, err := stream.End(t.Context())
		if !errors.Is(err, ErrTimeout) || got.Dropped < 9*time.Second || got.Dropped > 10*time.Second {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// A hangup ends a stream at once, with what was understood, whichever context
// it ends: that of the stream or that of its end.
func TestVoskEndsWithTheCall(t *testing.T) {
	hungup := errors.New("the caller hung up")
	for _, name := range []string{"stream", "end", "close"} {
		t.Run(name, func(t *testing.T) {
			withVosk(t, nil, first([]string{`{"partial": "hello"}`}, hang), func(t *testing.T, v *vosk) {
				whole, hangup := context.WithCancelCause(t.Context())
				defer hangup(nil)
				end, hangupEnd := context.WithCancelCause(t.Context())
				defer hangupEnd(nil)
				stream := begin(t, whole, v)
				defer stream.Close()
				tell(t, stream, 300*time.Millisecond)
				time.AfterFunc(time.Second, func() {
					switch name {
					case "stream":
						hangup(hungup)
					case "end":
						hangupEnd(hungup)
					default:
						stream.Close()
					}
				})
				began := time.Now()
				got, err := stream.End(end)
				if got.Text != "hello" || time.Since(began) != time.Second {
					t.Errorf("%+v after %v", got, time.Since(began))
				}
				if want := map[string]error{"stream": hungup, "end": hungup, "close": errClosed}[name]; !errors.Is(err, want) {
					t.Error(err)
				}
			})
		})
	}
}

// A server that answers well and then does not close its end keeps nobody
// waiting for longer than a moment, and one that does not answer every message
// is understood when it closes.
func TestVoskFarewells(t *testing.T) {
	toEnd := func(ctx context.Context, conn *websocket.Conn, then func()) error {
		for {
			if kind, _, err := conn.Read(ctx); err != nil || kind == websocket.MessageText {
				then()
				return err
			}
		}
	}
	for name, test := range map[string]struct {
		server func(context.Context, *websocket.Conn) error
		takes  time.Duration
	}{
		"does not close": {first([]string{`{"partial": "h"}`, `{"partial": "h"}`, `{"partial": "h"}`}, func(ctx context.Context, conn *websocket.Conn) error {
			return toEnd(ctx, conn, func() { _ = send(result("hello"))(ctx, conn) })
		}), farewell},
		"answers once": {first(nil, func(ctx context.Context, conn *websocket.Conn) error {
			return toEnd(ctx, conn, func() {
				_ = conn.Write(ctx, websocket.MessageText, []byte(result("hello")))
				_ = conn.Close(websocket.StatusNormalClosure, "")
			})
		}), 0},
	} {
		t.Run(name, func(t *testing.T) {
			withVosk(t, nil, test.server, func(t *testing.T, v *vosk) {
				began := time.Now()
				got, err := v.Transcribe(t.Context(), hello())
				if err != nil || got.Text != "hello" || time.Since(began) != test.takes {
					t.Errorf("%+v, %v after %v", got, err, time.Since(began))
				}
			})
		})
	}
}
