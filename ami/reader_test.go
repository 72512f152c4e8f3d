package ami

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// messages reads all.
func messages(in io.Reader) (all []Message, err error) {
	for r := newReader(in); ; {
		m, err := r.message()
		if err != nil {
			return all, err
		}
		all = append(all, m)
	}
}

// readerTable is what Asterisks of all ages send.
var readerTable = []struct {
	why, text string
	want      []Message
	err       error
}{
	{"two messages", "Event: A\r\nX: 1\r\n\r\nResponse: Success\r\n\r\n",
		[]Message{{{"Event", "A"}, {"X", "1"}}, {{"Response", "Success"}}}, io.EOF},
	{"a value is all behind the first colon and blank", "Event: A\r\nX:  a: b \r\nY:\r\nZ:c\r\n\r\n",
		[]Message{{{"Event", "A"}, {"X", " a: b "}, {"Y", ""}, {"Z", "c"}}}, io.EOF},
	{"blank lines too many", "\r\n\r\nEvent: A\r\n\r\n\r\n\r\nEvent: B\r\n\r\n", []Message{{{"Event", "A"}}, {{"Event", "B"}}}, io.EOF},
	{"lines without a colon", "Event: AsyncAGIEnd\r\n(null)\r\nChannel: x\r\n\r\n",
		[]Message{{{"Event", "AsyncAGIEnd"}, {"", "(null)"}, {"Channel", "x"}}}, io.EOF},
	{"bare newlines", "Event: A\nX: 1\n\n", []Message{{{"Event", "A"}, {"X", "1"}}}, io.EOF},
	{"a blank line is missing", "Response: Success\r\nEvent: A\r\nEvent: B\r\nResponse: Error\r\n\r\nResponse: Success\r\nResponse: Error\r\n\r\n",
		[]Message{{{"Response", "Success"}}, {{"Event", "A"}}, {{"Event", "B"}, {"Response", "Error"}}, {{"Response", "Success"}}, {{"Response", "Error"}}}, io.EOF},
	{"an event with a response in it", "Event: OriginateResponse\r\nResponse: Failure\r\n\r\n", []Message{{{"Event", "OriginateResponse"}, {"Response", "Failure"}}}, io.EOF},
	{"output as before version 14", "Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\nSystem: up\r\n\r\nlast--END COMMAND--\r\n\r\nEvent: A\r\n\r\n",
		[]Message{{{"Response", "Follows"}, {"Privilege", "Command"}, {"ActionID", "7"}, {"Output", "System: up"}, {"Output", ""}, {"Output", "last"}}, {{"Event", "A"}}}, io.EOF},
	{"output as from version 14 on", "Response: Success\r\nOutput: a: b\r\nOutput: \r\n\r\n",
		[]Message{{{"Response", "Success"}, {"Output", "a: b"}, {"Output", ""}}}, io.EOF},
	{"garbage", "\x00\xff\x16\x03\x01\n\n", []Message{{{"", "\x00\xff\x16\x03\x01"}}}, io.EOF},
	{"cut within a line", "Event: A\r\nX: ", nil, io.ErrUnexpectedEOF},
	{"cut between lines", "Event: A\r\nX: 1\r\n", nil, io.ErrUnexpectedEOF},
	{"cut within output", "Response: Follows\r\nx\r\n\r\n", nil, io.ErrUnexpectedEOF},
}

func TestReader(t *testing.T) {
	for _, row := range readerTable {
		t.Run(row.why, func(t *testing.T) {
			got, err := messages(strings.NewReader(row.text))
			if !reflect.DeepEqual(got, row.want) || !errors.Is(err, row.err) {
				t.Errorf("got %q, %v, want %q, %v", got, err, row.want, row.err)
			}
		})
	}
}

// endless is x without an end, or a line that comes again and again.
type endless struct{ text string }

func (e endless) Read(b []byte) (int, error) {
	return copy(b, strings.Repeat(e.text, 1+len(b)/len(e.text))), nil
}

// Whoever answers on that port must not fill the memory.
func TestReaderHasLimits(t *testing.T) {
	for _, text := range []string{"x", "Header: value\n"} {
		if _, err := messages(io.LimitReader(endless{text}, 10<<20)); !errors.Is(err, ErrProtocol) {
			t.Errorf("10 MB of %q: %v", text, err)
		}
	}
	follows := io.MultiReader(strings.NewReader("Response: Follows\r\n"), io.LimitReader(endless{"x\n"}, 10<<20))
	if _, err := messages(follows); !errors.Is(err, ErrProtocol) {
		t.Errorf("10 MB of output: %v", err)
	}
	long := "Event: A\r\nX: " + strings.Repeat("x", 200<<10) + "\r\n\r\n"
	if got, err := messages(strings.NewReader(long)); err != io.EOF || len(got[0].Get("X")) != 200<<10 {
		t.Errorf("a long value: %v", err)
	}
}

// However the bytes come, and whatever they are, the messages are the same; what
// can be sent again reads as it was.
func FuzzReader(f *testing.F) {
	for _, row := range readerTable {
		f.Add(row.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		whole, err := messages(strings.NewReader(text))
		pieces, err2 := messages(iotest.OneByteReader(strings.NewReader(text)))
		if !reflect.DeepEqual(whole, pieces) || (err == nil) != (err2 == nil) {
			t.Fatalf("in one piece %q, %v, byte by byte %q, %v", whole, err, pieces, err2)
		}
		for _, m := range whole {
			if len(m) == 0 {
				t.Fatal("an empty message")
			}
			sent, err := m.append(nil)
			if err != nil || strings.EqualFold(m.Get("Response"), "Follows") {
				continue
			}
			again, _ := messages(strings.NewReader(string(sent)))
			if len(again) != 1 || !reflect.DeepEqual(again[0], m) {
				t.Fatalf("%q was sent again as %q, which reads as %q", m, sent, again)
			}
		}
	})
}
