package fastagi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
)

// v2 is a header of version 2.
func v2(command, family byte, body string) string {
	head := append([]byte(proxyV2), 0x20|command, family)
	return string(binary.BigEndian.AppendUint16(head, uint16(len(body)))) + body
}

const (
	ends4 = "\x0a\x00\x00\x01\x0a\x00\x00\x02\x30\x39\x11\xdd"
	ends6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x30\x39\x11\xdd"
)

// The header names the Asterisk behind a proxy, and takes no byte of what
// Asterisk itself sends, however the network cuts the two.
func TestProxyHeader(t *testing.T) {
	for what, row := range map[string]struct{ header, want string }{
		"v1 IPv4":                     {"PROXY TCP4 10.0.0.1 10.0.0.2 12345 4573\r\n", "10.0.0.1:12345"},
		"v1 IPv6":                     {"PROXY TCP6 2001:db8::1 2001:db8::2 12345 4573\r\n", "[2001:db8::1]:12345"},
		"v1 unknown":                  {"PROXY UNKNOWN\r\n", ""},
		"v1 unknown with addresses":   {"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", ""},
		"v2 IPv4":                     {v2(1, 0x11, ends4), "10.0.0.1:12345"},
		"v2 IPv6":                     {v2(1, 0x21, ends6), "[2001:db8::1]:12345"},
		"v2 a Unix socket":            {v2(1, 0x31, "/run/a"+strings.Repeat("\x00", 210)), "/run/a"},
		"v2 with more behind it":      {v2(1, 0x11, ends4+strings.Repeat("certificate", 300)), "10.0.0.1:12345"},
		"v2 of the proxy's own":       {v2(0, 0x00, ""), ""},
		"v2 of its own, with content": {v2(0, 0x11, ends4), ""},
		"v2 unspecified":              {v2(1, 0x00, "x"), ""},
	} {
		for how, reader := range map[string]io.Reader{
			"at once":      strings.NewReader(row.header + "agi_network: yes\n"),
			"byte by byte": iotest.OneByteReader(strings.NewReader(row.header + "agi_network: yes\n")),
			"in halves":    iotest.HalfReader(strings.NewReader(row.header + "agi_network: yes\n")),
			"with its end": iotest.DataErrReader(strings.NewReader(row.header)),
		} {
			source, n, rest, err := readProxy(reader)
			got := ""
			if source != nil {
				got = source.String()
			}
			if err != nil || got != row.want || n != len(row.header) {
				t.Errorf("%s, %s: %q, %d bytes, %v", what, how, got, n, err)
			}
			behind, _ := io.ReadAll(reader)
			if all := string(rest) + string(behind); all != "agi_network: yes\n" && how != "with its end" {
				t.Errorf("%s, %s: %q is left", what, how, all)
			}
		}
	}
}

// What is no header is refused as soon as that is known, and never read on.
func TestBadProxyHeader(t *testing.T) {
	for what, header := range map[string]string{
		"Asterisk itself":         "agi_network: yes\n",
		"an empty line":           "\r\n\r\nGET",
		"lower case":              "proxy TCP4 10.0.0.1 10.0.0.2 1 2\r\n",
		"v1 without end":          "PROXY TCP4 " + strings.Repeat("1", 1000),
		"v1 with LF only":         "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\n",
		"v1 of too few words":     "PROXY TCP4 10.0.0.1 10.0.0.2 1\r\n",
		"v1 of too many words":    "PROXY TCP4 10.0.0.1 10.0.0.2 1 2 3\r\n",
		"v1 with two blanks":      "PROXY TCP4  10.0.0.1 10.0.0.2 1 2\r\n",
		"v1 of nothing":           "PROXY \r\n",
		"v1 of another family":    "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
		"v1 with a zone":          "PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n",
		"v1 with a bad port":      "PROXY TCP4 10.0.0.1 10.0.0.2 65536 2\r\n",
		"v1 with a signed port":   "PROXY TCP4 10.0.0.1 10.0.0.2 +1 2\r\n",
		"v1 with a bad address":   "PROXY TCP4 10.0.0.256 10.0.0.2 1 2\r\n",
		"v2 of another version":   proxyV2 + "\x11\x11\x00\x0c" + ends4,
		"v2 of another command":   proxyV2 + "\x22\x11\x00\x0c" + ends4,
		"v2 that is too short":    v2(1, 0x11, ends4[:11]),
		"v2 IPv6 of IPv4's size":  v2(1, 0x21, ends4),
		"v2 with a short path":    v2(1, 0x31, "/run/a"),
		"v2 that is too long":     v2(1, 0x11, strings.Repeat("x", 4097)),
		"v1 cut off":              "PROXY TCP4 10.0",
		"v2 cut off":              v2(1, 0x11, ends4)[:20],
		"v2's signature, cut off": proxyV2[:5],
	} {
		source, _, _, err := readProxy(strings.NewReader(header))
		if !errors.Is(err, ErrProxy) || source != nil {
			t.Errorf("%s: %v, %v", what, source, err)
		}
	}
	endless := &zeros{}
	if _, _, _, err := readProxy(io.MultiReader(strings.NewReader("PROXY "), endless)); !errors.Is(err, ErrProxy) || endless.n > 8<<10 {
		t.Errorf("%v after %d bytes", err, endless.n)
	}
	if _, _, _, err := readProxy(strings.NewReader("")); err != io.EOF {
		t.Errorf("nothing at all: %v", err)
	}
}

type zeros struct{ n int }

func (z *zeros) Read(b []byte) (int, error) {
	clear(b)
	z.n += len(b)
	return len(b), nil
}

// Any bytes are read as a header or refused, the same however they are cut, and
// what follows stays whole.
func FuzzProxy(f *testing.F) {
	f.Add([]byte("PROXY TCP4 10.0.0.1 10.0.0.2 12345 4573\r\nagi"))
	f.Add([]byte("PROXY UNKNOWN\r\n"))
	f.Add([]byte(v2(1, 0x11, ends4) + "agi"))
	f.Add([]byte(v2(1, 0x21, ends6)))
	f.Add([]byte(v2(0, 0, "")))
	f.Fuzz(func(t *testing.T, said []byte) {
		source, n, rest, err := readProxy(bytes.NewReader(said))
		if err != nil {
			return
		}
		if n > maxProxyV2 || n+len(rest) > len(said) || !bytes.Equal(rest, said[n:n+len(rest)]) {
			t.Errorf("%d bytes, %q is left", n, rest)
		}
		slow, m, _, err := readProxy(iotest.OneByteReader(bytes.NewReader(said)))
		if err != nil || m != n || (slow == nil) != (source == nil) || slow != nil && slow.String() != source.String() {
			t.Errorf("byte by byte it is %v, %d bytes, %v, and else %v, %d", slow, m, err, source, n)
		}
		if tcp, ok := source.(*net.TCPAddr); ok {
			if _, err := netip.ParseAddrPort(tcp.String()); err != nil {
				t.Error(err)
			}
		}
	})
}
