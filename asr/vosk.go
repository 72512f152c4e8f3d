package asr

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

var voskOptions = [...]Option{
	{Name: "url", Kind: "string", Default: "ws://127.0.0.1:2700", Doc: "where the server is"},
	{Name: "phrases", Kind: "list", Doc: "the phrases to listen for, and \"[unk]\" for what is none of them; not every model can"},
	{Name: "words", Kind: "boolean", Default: true, Doc: "ask for the times of words"},
	{Name: "connect_timeout", Kind: "seconds", Default: 5.0, Min: 0.001, Max: 3600, Doc: "how long it may take to reach the server"},
	{Name: "end_timeout", Kind: "seconds", Default: 10.0, Min: 0.001, Max: 3600, Doc: "how long the server may take to answer after the end of a stream"},
	{Name: "timeout", Kind: "seconds", Default: 30.0, Min: 0.001, Max: 3600, Doc: "how long a transcription may take that is no stream, with connecting"},
}

// vosk is a vosk-server.
type vosk struct {
	url, shown      string
	phrases         []string
	words           bool
	connect, finish time.Duration
	timeout         time.Duration
	client          *http.Client
	idle            *http.Transport
	testOnlyDial    func(context.Context, string, string) (net.Conn, error) // nil outside tests
}

func openVosk(s settings) (Recognizer, error) {
	at, err := webURL("url", s.text("url"), "ws", "wss")
	if err != nil {
		return nil, err
	}
	v := &vosk{
		url: at.String(), shown: at.Scheme + "://" + at.Host + at.Path, phrases: s.list("phrases"), words: s.flag("words"),
		connect: s.seconds("connect_timeout"), finish: s.seconds("end_timeout"), timeout: s.seconds("timeout"),
	}
	v.idle = webTransport(func(ctx context.Context, network, address string) (net.Conn, error) {
		if v.testOnlyDial != nil {
			return v.testOnlyDial(ctx, network, address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	})
	v.client = &http.Client{Transport: v.idle}
	return v, nil
}

func (v *vosk) Close() error {
	v.idle.CloseIdleConnections()
	return nil
}

// Transcribe sends all of the speech through a stream of its own.
func (v *vosk) Transcribe(ctx context.Context, speech Speech) (Transcript, error) {
	if done, err := trivial("vosk", speech); done {
		return Transcript{Engine: "vosk"}, err
	}
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, v.timeout, ErrTimeout)
	defer cancel()
	stream, err := v.open(ctx, speech.Rate)
	if err != nil {
		return Transcript{Engine: "vosk"}, err
	}
	defer stream.Close()
	stream.add(speech.Samples, len(speech.Samples))
	t, err := stream.end(ctx)
	t.Took = time.Since(begin)
	return t, err
}

// Stream connects and sends the configuration.
func (v *vosk) Stream(ctx context.Context, rate int) (Stream, error) {
	if _, err := trivial("vosk", Speech{Rate: rate}); err != nil {
		return nil, err
	}
	stream, err := v.open(ctx, rate)
	if err != nil {
		return nil, err
	}
	return stream, nil
}

func (v *vosk) open(ctx context.Context, rate int) (*voskStream, error) {
	doing := "connect to " + v.shown
	config, err := v.config(rate)
	if err != nil {
		return nil, &Error{Kind: ErrOption, Engine: "vosk", Doing: doing, Message: err.Error(), cause: err}
	}
	dialling, cancel := context.WithTimeoutCause(ctx, v.connect, ErrTimeout)
	defer cancel()
	var raw net.Conn
	tracing := httptrace.WithClientTrace(dialling, &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) { raw = got.Conn },
	})
	conn, response, err := websocket.Dial(tracing, v.url, &websocket.DialOptions{HTTPClient: v.client})
	switch {
	case err != nil && response != nil && response.StatusCode != http.StatusSwitchingProtocols:
		answer, _ := io.ReadAll(response.Body) // at most 1 KiB, which Dial has read
		e := &Error{Kind: ErrRefused, Engine: "vosk", Doing: doing, Code: response.StatusCode, cause: err}
		if e.Code == http.StatusTooManyRequests || e.Code >= 500 {
			e.Kind = ErrUnavailable
		}
		e.Message = "no WebSocket there: " + strconv.Itoa(e.Code) + " " + http.StatusText(e.Code)
		if text := complaint(answer, ""); text != "" {
			e.Message += ": " + text
		}
		return nil, e
	case err != nil:
		return nil, unreachable(dialling, err, "vosk", doing)
	}
	conn.SetReadLimit(-1) // the stream has its own
	if err := conn.Write(dialling, websocket.MessageText, config); err != nil {
		_ = conn.CloseNow()
		return nil, unreachable(dialling, err, "vosk", doing)
	}
	return newVoskStream(ctx, conn, raw, rate, v.finish), nil
}

// config is the first message of a stream.
func (v *vosk) config(rate int) ([]byte, error) {
	type config struct {
		Rate    int      `json:"sample_rate"`
		Words   int      `json:"words"`
		Phrases []string `json:"phrase_list,omitempty"`
	}
	c := config{Rate: rate, Phrases: v.phrases}
	if v.words {
		c.Words = 1
	}
	return json.Marshal(map[string]config{"config": c})
}
