package ami

import (
	"context"
	"errors"
	"strings"
	"testing"

	"goagi/agi"
)

func TestDecode(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a+b": "a+b", "%41%2b%0A": "A+\n", "%": "%", "%4": "%4", "%zz%41": "%zzA", "%%41": "%A", "\xff%ff": "\xff\xff", "%+1": "%+1", "%-1": "%-1",
	} {
		if got := decode(text); got != want {
			t.Errorf("%q decodes to %q, want %q", text, got, want)
		}
	}
}

// Whatever a value holds and however long it is, a variable's comes whole, any
// other whole or as an error, and what follows is in step.
func FuzzValue(f *testing.F) {
	f.Add("x", uint16(1), false)
	f.Add("ü", uint16(600), false)
	f.Add("0 0 \n ", uint16(154), true) // cut behind a newline
	f.Add("a)\n200 result=1 (b", uint16(60), true)
	f.Add("200 result=1 (goagi-sync-)\n", uint16(41), true)
	f.Add(strings.Repeat("x", 1006), uint16(1), true)
	f.Fuzz(func(t *testing.T, text string, times uint16, function bool) {
		value := strings.ReplaceAll(strings.Repeat(text, int(times%5000)), "\x00", "")
		value = value[:min(len(value), 60<<10)]
		name := "X"
		if function {
			name = "F(x)"
		}
		s := &stage{reply: func(line string) string {
			begin, length, slice := 0, 0, `X`
			if rest, ok := strings.CutPrefix(line, `GET FULL VARIABLE "${`); ok {
				if cutSlice(&rest, &begin, &length); length > 0 {
					return "200 result=1 (" + value[min(begin, len(value)):min(begin+length, len(value))] + ")\n"
				}
			}
			if strings.Contains(line, slice) || strings.Contains(line, "F(x)") {
				return "200 result=1 (" + value + ")\n"
			}
			return "200 result=7\n"
		}}
		_, account := newPeer(t, s.answer)
		conn, err := Dial(t.Context(), account)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		c := newCall(conn, Message{{"Channel", channel}, {"Uniqueid", uniqueid}}, false)
		ctx, stop := context.WithCancel(t.Context())
		received := make(chan error, 1)
		go func() { received <- conn.Receive(ctx, func(m Message) { c.executed(m) }) }()
		defer func() { stop(); <-received }()

		r, err := c.RoundTrip(line("GET VARIABLE", name))
		if err == nil && r.Value != value || err != nil && (!function || !errors.Is(err, agi.ErrFailed)) {
			t.Errorf("%d bytes came as %d, %v", len(value), len(r.Value), err)
		}
		if r, err := c.RoundTrip(line("NOOP")); err != nil || r.Result != "7" {
			t.Errorf("what follows is %+v, %v", r, err)
		}
	})
}
