package std

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"goagi/luabind"
)

// exchange is a request and what comes back.
type exchange struct {
	method  string
	url     *url.URL
	header  http.Header
	body    *webBody
	client  *http.Client
	timeout time.Duration
	retries int
	maxSize int64
	file    *newFile // what the answer goes to; nil for a text
}

// askHTTP is the functions of the module. Its URL is the nth argument.
func askHTTP(vm *luabind.VM, a luabind.Args, method string, n int) int {
	given := a.Options(n + 1)
	o := given.Over(vm.Host().Config["http"])
	x := &exchange{method: method, url: webURL(a, n, o, "http", "https"), header: webHeader(a, o, o.Text("user_agent", "goagi")), body: new(webBody)}
	if x.timeout = o.Seconds("timeout", httpTimeout); x.timeout == 0 {
		o.Refuse("timeout", "more than 0")
	}
	to := o.Text("to", "")
	most, limits := float64(httpMaxSize), o
	if to != "" {
		most, limits = httpMaxFile, given // the settings' is for texts
	}
	x.maxSize = int64(webLimit(a, limits, "max_size", most, 1, 1<<40))
	x.retries = int(webLimit(a, o, "retries", httpRetries, 0, 10))
	a.Check(vm.Sandbox().Reach(x.url.Hostname(), webPort(x.url)))
	transport, err := webTransportFor(vm, a, given, o)
	if err != nil {
		return refused(a, err)
	}
	defer x.body.close()
	if err := x.body.read(vm, a, o); err != nil {
		return refused(a, err)
	}
	if x.body.kind != "" && x.header.Get("Content-Type") == "" {
		x.header.Set("Content-Type", x.body.kind)
	}
	x.client = webClient(transport, vm.Sandbox(), int(webLimit(a, o, "redirects", httpRedirects, 0, 20)))
	if to != "" {
		if x.file, err = createFile(vm.Sandbox(), to); err != nil {
			raiseForbidden(a, err)
			return refused(a, err)
		}
		defer x.file.drop()
	}
	ctx := vm.Waiting(a.L)
	got, err := x.run(ctx)
	if err != nil {
		raiseForbidden(a, err)
		return failed(ctx, a, fmt.Errorf("%s %s: %w", method, shownURL(x.url), err))
	}
	got.name = to
	a.L.Push(vm.Object(&responseType, got))
	return 1
}

// run makes the request, again where that is safe and may help, and gives the
// answer.
func (x *exchange) run(ctx context.Context) (*answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, x.timeout, errWebTimeout)
	defer cancel()
	for tries := 1; ; tries++ {
		response, err := x.send(ctx)
		pause, again := x.pause(ctx, tries, response, err)
		if err == nil && !again {
			var got *answer
			if got, err = x.read(response); err == nil {
				return got, nil
			}
			pause, again = x.pause(ctx, tries, nil, err)
		}
		if !again {
			err = webError(ctx, x.timeout, err)
			if tries > 1 {
				err = fmt.Errorf("%w (tried %d times)", err, tries)
			}
			return nil, err
		}
		if response != nil {
			discard(response)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, webError(ctx, x.timeout, ctx.Err())
		}
	}
}

// send sends the request, and gives the response once its head is there.
func (x *exchange) send(ctx context.Context) (*http.Response, error) {
	request := (&http.Request{Method: x.method, URL: x.url, Header: x.header.Clone()}).WithContext(ctx)
	if x.body.size > 0 {
		request.Body, request.ContentLength = x.body.open(), x.body.size
		request.GetBody = func() (io.ReadCloser, error) { return x.body.open(), nil }
	} else if x.body.kind != "" {
		request.Body = http.NoBody
	}
	return x.client.Do(request)
}

// discard leaves a response whose text nobody wants, and keeps the connection
// where that is little.
func discard(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10)
	response.Body.Close()
}

// The pauses between tries: the first is between half and all of firstPause, each
// further one twice as long. A server may ask for one of up to longestPause.
const firstPause, longestPause = 400 * time.Millisecond, 30 * time.Second

// pause says whether a request is made again after what came of it, and after
// which pause. It is not where the pause would outlast ctx: what there is then
// says more than a timeout would.
func (x *exchange) pause(ctx context.Context, tries int, response *http.Response, err error) (time.Duration, bool) {
	if tries > x.retries || !x.repeatable() {
		return 0, false
	}
	pause := firstPause << min(tries-1, 5)
	pause = pause/2 + rand.N(pause/2)
	if err != nil {
		if !isPassing(err) {
			return 0, false
		}
	} else {
		switch response.StatusCode {
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		default:
			return 0, false
		}
		pause = max(pause, retryAfter(response.Header))
	}
	deadline, _ := ctx.Deadline()
	return pause, pause <= longestPause && time.Until(deadline) > pause
}

// repeatable reports whether making the request twice does what once does.
func (x *exchange) repeatable() bool {
	switch x.method {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE":
		return true
	}
	return x.header.Get("Idempotency-Key") != ""
}

// retryAfter reads when a server wants to be asked again, 0 where it does not say.
func retryAfter(header http.Header) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return time.Until(at)
	}
	return 0
}

// read reads the response to its end.
func (x *exchange) read(response *http.Response) (*answer, error) {
	defer response.Body.Close()
	got := &answer{status: response.StatusCode, header: response.Header, url: answeredBy(response.Request.URL)}
	got.kept = x.file != nil && got.status/100 == 2
	tooLong := fmt.Errorf("the answer is longer than %d bytes (option max_size)", x.maxSize)
	if response.ContentLength > x.maxSize && x.method != http.MethodHead {
		return nil, tooLong
	}
	var text strings.Builder
	var to io.Writer = &text
	if got.kept {
		to = x.file
		if err := x.file.again(); err != nil {
			return nil, webFileError(x.file.name, err)
		}
	}
	n, err := io.Copy(to, io.LimitReader(response.Body, x.maxSize+1)) // unpacked, where it was packed
	switch {
	case n > x.maxSize:
		return nil, tooLong
	case err == nil && got.kept:
		err = x.file.keep()
	}
	if err != nil && got.kept {
		err = webFileError(x.file.name, err)
	}
	got.text = text.String()
	return got, err
}
