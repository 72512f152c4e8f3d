package redis

import (
	"bufio"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func read(text string, most int64) (any, error) {
	r := &replies{in: bufio.NewReaderSize(strings.NewReader(text), 16), left: most, most: most}
	return r.next(0)
}

// Replies are what the server sent.
func TestReplies(t *testing.T) {
	for text, want := range map[string]any{
		"+OK\r\n":                                "OK",
		"-ERR no\r\n":                            Error("ERR no"),
		":-9223372036854775808\r\n":              int64(-1 << 63),
		"$-1\r\n":                                nil,
		"*-1\r\n":                                nil,
		"$0\r\n\r\n":                             "",
		"$4\r\n\r\n\x00\xff\r\n":                 "\r\n\x00\xff",
		"*0\r\n":                                 []any{},
		"*3\r\n:1\r\n$-1\r\n*1\r\n-ERR x\r\n":    []any{int64(1), nil, []any{Error("ERR x")}},
		"+" + strings.Repeat("x", 1000) + "\r\n": strings.Repeat("x", 1000),
	} {
		got, err := read(text, 1<<20)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%.40q: %#v, %v", text, got, err)
		}
	}
}

// What is no reply is an error, and so is one that is cut off.
func TestRepliesOfOthers(t *testing.T) {
	for text, want := range map[string]error{
		"":                               io.EOF,
		"\r\n":                           errProtocol,
		"\n":                             errProtocol,
		"HTTP/1.1 400 Bad Request\r\n":   errProtocol,
		":x\r\n":                         errProtocol,
		"$-2\r\n":                        errProtocol,
		"*x\r\n":                         errProtocol,
		"$3\r\nabcde":                    errProtocol,
		"$3\r\nab":                       io.ErrUnexpectedEOF,
		"*2\r\n:1\r\n":                   io.EOF,
		"+" + strings.Repeat("x", 1<<17): errProtocol,
		strings.Repeat("*1\r\n", 1000):   errProtocol,
		"$99999999999999999999\r\n":      errProtocol,
		"$1048577\r\n":                   ErrTooLarge,
		"*9999999999\r\n" + strings.Repeat(":1\r\n", 1<<17): ErrTooLarge,
	} {
		if got, err := read(text, 1<<20); !errors.Is(err, want) {
			t.Errorf("%.40q: %#v, %v", text, got, err)
		}
	}
}

// A command is one command, whatever bytes its words hold.
func TestAppendCommand(t *testing.T) {
	got := string(appendCommand(nil, []string{"SET", "k\r\nDEL x", ""}))
	if want := "*3\r\n$3\r\nSET\r\n$8\r\nk\r\nDEL x\r\n$0\r\n\r\n"; got != want {
		t.Errorf("%q", got)
	}
}

// No server can bring a call down, or make it hold more than it may.
func FuzzReplies(f *testing.F) {
	for _, text := range []string{"+OK\r\n", "*2\r\n$1\r\na\r\n:5\r\n", "$-1\r\n", "-ERR\r\n", "*1\r\n*1\r\n*-1\r\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		reply, err := read(string(text), 4096)
		if err == nil && size(reply) > 4096 {
			t.Errorf("%d bytes", size(reply))
		}
	})
}

func size(reply any) (n int) {
	switch reply := reply.(type) {
	case string:
		return len(reply)
	case []any:
		for _, item := range reply {
			n += perReply + size(item)
		}
	}
	return n
}
