package doctor

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// judgeAdmin asks the server whether it takes calls.
func (x *exam) judgeAdmin(ctx context.Context) {
	if x.Admin == "" {
		x.skip("no admin address is set")
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answering, fmt.Errorf("no answer within %v", answering))
	defer cancel()
	wire, err := x.Dial(ctx, "tcp", x.Admin)
	if err != nil {
		x.wrong(fmt.Sprintf("nobody answers on %s, where --admin has goagi serve: %v", x.Admin, err), x.serveAnew(nil)...)
		return
	}
	defer wire.Close()
	defer context.AfterFunc(ctx, func() { _ = wire.SetDeadline(time.Unix(1, 0)) })()
	request := "GET /readyz HTTP/1.1\r\nHost: goagi\r\nConnection: close\r\n\r\n"
	if _, err = io.WriteString(wire, request); err == nil {
		var response *http.Response
		if response, err = http.ReadResponse(bufio.NewReader(wire), nil); err == nil {
			defer response.Body.Close()
			text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
			x.judgeReady(response.StatusCode, string(text))
			return
		}
	}
	x.wrong(fmt.Sprintf("what answers on %s is no goagi: %v", x.Admin, err), command("ss", "-ltnp", "sport", "=", ":"+port(x.Admin)))
}

func port(addr string) string {
	_, port := splitPort(addr, "")
	return port
}

func (x *exam) judgeReady(code int, text string) {
	switch code {
	case http.StatusOK:
		x.ok(x.Admin + " says that calls are taken")
	case http.StatusServiceUnavailable:
		x.wrong(fmt.Sprintf("%s says that no calls are taken: %s", x.Admin, text), x.serveAnew(nil)...)
	default:
		x.wrong(fmt.Sprintf("what answers on %s is no goagi: it says %d", x.Admin, code), command("ss", "-ltnp", "sport", "=", ":"+port(x.Admin)))
	}
}
