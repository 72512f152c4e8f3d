package std

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	"goagi/luabind"
)

// errWebTimeout is the cause of a context whose request took too long.
var errWebTimeout = errors.New("timeout")

// webError says what went wrong with a request under ctx, without the URL and
// what else of it may be a secret.
func webError(ctx context.Context, timeout time.Duration, err error) error {
	if context.Cause(ctx) == errWebTimeout {
		return fmt.Errorf("timeout: it took longer than %v s", timeout.Seconds())
	}
	// Each level of these holds the URL, with its query.
	for {
		wrapped, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		err = wrapped.Err
	}
	text := strings.TrimPrefix(err.Error(), "failed to WebSocket dial: ")
	switch {
	case errors.Is(err, luabind.ErrSandbox):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the server closed the connection")
	case strings.HasPrefix(text, "failed to parse Location header"):
		return errors.New("redirected to what is no URL")
	}
	return errors.New(webLine(text, 300))
}

// webLine makes what a server may have a part in one line, cut where it is long.
func webLine(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// isPassing reports whether what went wrong may go better at once.
func isPassing(err error) bool {
	for _, passing := range [...]error{
		syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, syscall.EHOSTUNREACH, syscall.ENETUNREACH, io.EOF, io.ErrUnexpectedEOF,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return !name.IsNotFound
	}
	late, ok := errors.AsType[net.Error](err)
	return ok && late.Timeout()
}

// raiseForbidden raises what the sandbox forbids, as misuse is.
func raiseForbidden(a luabind.Args, err error) {
	if errors.Is(err, luabind.ErrSandbox) {
		a.Check(err)
	}
}

// webFileError gives an error of a file by the name that the script knows it by.
func webFileError(name string, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s %s: %w", strings.TrimSuffix(e.Op, "at"), name, e.Err)
	}
	return err
}
