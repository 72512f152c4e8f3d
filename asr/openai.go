package asr

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var openaiOptions = [...]Option{
	{Name: "url", Kind: "string", Default: "http://127.0.0.1:8080", Doc: "where the server is; without a path, or with /v1, what is missing of /v1/audio/transcriptions is added"},
	{Name: "model", Kind: "string", Default: "whisper-1", Doc: "the model to use; a server with only one does not look at it"},
	{Name: "language", Kind: "string", Default: "", Doc: "the language to listen for, as in en; the server finds out where empty"},
	{Name: "prompt", Kind: "string", Default: "", Doc: "text that prepares the model for names and words to come"},
	{Name: "temperature", Kind: "number", Max: 2, Doc: "how freely the model guesses; the server's own where not set"},
	{Name: "words", Kind: "boolean", Default: false, Doc: "ask for the times of words, which some servers and models refuse"},
	{Name: "rate", Kind: "number", Default: 0.0, Max: maxRate, Doc: "the rate that the server wants, to which the speech is resampled; 0 for the rate that the speech has"},
	{Name: "key_file", Kind: "string", File: true, Default: "", Doc: "a file that holds the API key and nothing else, read for each request"},
	{Name: "key_env", Kind: "string", Default: "", Doc: "the environment variable that holds the API key"},
	{Name: "retries", Kind: "number", Default: 2.0, Max: 10, Doc: "how often a request is made again when the server is too busy, failing, or not there"},
	{Name: "timeout", Kind: "seconds", Default: 30.0, Min: 0.001, Max: 3600, Doc: "how long it all may take, pauses and retries too"},
}

// openai is a server with OpenAI's interface for transcriptions.
type openai struct {
	url          string
	shown        string // the URL as errors show it: no user, password or query
	fields       [][2]string
	words        bool
	rate         int
	keyFile      string
	keyEnv       string
	retries      int
	timeout      time.Duration
	client       *http.Client
	idle         *http.Transport
	testOnlyDial func(context.Context, string, string) (net.Conn, error) // nil outside tests
}

func openOpenAI(s settings) (Recognizer, error) {
	at, err := webURL("url", s.text("url"), "http", "https")
	if err != nil {
		return nil, err
	}
	switch strings.TrimSuffix(at.Path, "/") {
	case "", "/v1":
		at.Path = "/v1/audio/transcriptions"
	}
	if rate := s.number("rate"); rate != 0 && rate < minRate {
		return nil, wrong("option \"rate\" must be 0 or a number from %d to %d, not %s", minRate, maxRate, plain(rate))
	}
	if s.text("key_file") != "" && s.text("key_env") != "" {
		return nil, wrong("only one of the options \"key_file\" and \"key_env\" can be set")
	}
	o := &openai{
		url: at.String(), shown: at.Scheme + "://" + at.Host + at.Path, words: s.flag("words"), rate: int(s.number("rate")),
		keyFile: s.text("key_file"), keyEnv: s.text("key_env"), retries: int(s.number("retries")), timeout: s.seconds("timeout"),
	}
	format := "json"
	if o.words {
		format = "verbose_json"
		o.fields = append(o.fields, [2]string{"timestamp_granularities[]", "word"})
	}
	o.fields = append(o.fields, [2]string{"response_format", format})
	for _, name := range []string{"model", "language", "prompt"} {
		if s.text(name) != "" {
			o.fields = append(o.fields, [2]string{name, s.text(name)})
		}
	}
	if s.has("temperature") {
		o.fields = append(o.fields, [2]string{"temperature", plain(s.number("temperature"))})
	}
	o.idle = webTransport(func(ctx context.Context, network, address string) (net.Conn, error) {
		if o.testOnlyDial != nil {
			return o.testOnlyDial(ctx, network, address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	})
	o.client = &http.Client{Transport: o.idle, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the key goes nowhere but where the option says
	}}
	return o, nil
}

// webURL reads the URL of a server.
func webURL(option, text string, schemes ...string) (*url.URL, error) {
	at, err := url.Parse(text)
	if err == nil && at.Host != "" && (at.Scheme == schemes[0] || at.Scheme == schemes[1]) {
		return at, nil
	}
	return nil, wrong("option %q must be a URL that begins with %s:// or %s://", option, schemes[0], schemes[1]) // which may hold a password
}

// webTransport is HTTP/1.1. Who keeps an engine keeps its idle connections, until
// Close; that of a script lives for one transcription, in which they serve further
// tries. The time limit is for a request that ends only after Close.
func webTransport(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dial, TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
}

func (o *openai) Close() error {
	o.idle.CloseIdleConnections()
	return nil
}

// Transcribe makes one request, and further ones where that is safe and may help.
func (o *openai) Transcribe(ctx context.Context, speech Speech) (Transcript, error) {
	if done, err := trivial("openai", speech); done {
		return Transcript{Engine: "openai"}, err
	}
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, ErrTimeout)
	defer cancel()
	key, err := o.key()
	if err != nil {
		return Transcript{Engine: "openai"}, err
	}
	body, kind := o.form(speech.at(o.rate))
	t, err := retry(ctx, o.retries, func() (Transcript, error) { return o.once(ctx, key, body, kind) })
	t.Engine, t.Took = "openai", time.Since(begin)
	return t, err
}

// key reads the API key, "" where none is set.
func (o *openai) key() (string, error) {
	key, from := "", ""
	switch {
	case o.keyFile != "":
		text, err := os.ReadFile(o.keyFile)
		if err != nil {
			return "", &Error{Kind: ErrOption, Engine: "openai", Doing: "read the key", Message: err.Error(), cause: err}
		}
		key, from = string(text), "file "+o.keyFile
	case o.keyEnv != "":
		key, from = os.Getenv(o.keyEnv), "variable "+o.keyEnv
	default:
		return "", nil
	}
	key = strings.TrimSpace(key)
	if key == "" || len(key) > 4096 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", &Error{Kind: ErrOption, Engine: "openai", Doing: "read the key", Message: "the " + from + " holds no key"}
	}
	return key, nil
}

// form gives the body of a request and its content type.
func (o *openai) form(speech Speech) ([]byte, string) {
	var body bytes.Buffer // to which writing never fails
	form := multipart.NewWriter(&body)
	for _, field := range o.fields {
		_ = form.WriteField(field[0], field[1])
	}
	file, _ := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="speech.wav"`},
		"Content-Type":        {"audio/wav"},
	})
	_, _ = file.Write(speech.wav())
	_ = form.Close()
	return body.Bytes(), form.FormDataContentType()
}

// once makes one request.
func (o *openai) once(ctx context.Context, key string, body []byte, kind string) (Transcript, error) {
	doing := "POST " + o.shown
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url, bytes.NewReader(body))
	if err != nil {
		return Transcript{}, &Error{Kind: ErrOption, Engine: "openai", Doing: doing, Message: "the URL cannot be used"}
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Accept", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := o.client.Do(request)
	if err != nil {
		return Transcript{}, unreachable(ctx, err, "openai", doing)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return Transcript{}, ended(ctx, "openai", doing)
	case response.StatusCode/100 != 2:
		if key != "" && (err != nil || len(answer) > maxAnswer) {
			answer = nil // its end may be a part of the key
		}
		return Transcript{}, refusal(response, answer, key, doing)
	case err != nil:
		return Transcript{}, &Error{Kind: ErrAnswer, Engine: "openai", Doing: doing, Message: "the answer was cut off", Code: response.StatusCode, cause: err, again: true}
	case len(answer) > maxAnswer:
		return Transcript{}, &Error{Kind: ErrAnswer, Engine: "openai", Doing: doing, Message: "the answer is longer than " + strconv.Itoa(maxAnswer>>10) + " KiB", Code: response.StatusCode}
	}
	t, err := transcription(answer, key)
	if err != nil {
		return t, &Error{Kind: ErrAnswer, Engine: "openai", Doing: doing, Message: redacted(err.Error(), key), Code: response.StatusCode, cause: err}
	}
	return t, nil
}

// unreachable is the error of a request that got no answer at all. One that
// found nobody, or a connection that just then went away, may be made again: a
// transcription changes nothing at the server.
func unreachable(ctx context.Context, err error, engine, doing string) *Error {
	if ctx.Err() != nil {
		return ended(ctx, engine, doing)
	}
	e := &Error{Kind: ErrUnavailable, Engine: engine, Doing: doing, cause: err}
	e.Message = innermost(err) // those around it name the URL, with its query
	for _, passing := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF} {
		e.again = e.again || errors.Is(err, passing)
	}
	return e
}

// innermost gives the text of the error that all others are wrapped around.
func innermost(err error) string {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	text, _ := shortened(clean(err.Error()), 300)
	return text
}
