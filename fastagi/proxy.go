package fastagi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// ErrProxy: a connection does not begin with a header of the PROXY protocol,
// although the server demands one.
var ErrProxy = errors.New("no header of the PROXY protocol")

const (
	proxyV1     = "PROXY "
	proxyV2     = "\r\n\r\n\x00\r\nQUIT\n"
	maxProxyV1  = 107       // the longest line that the protocol has, with its end
	maxProxyV2  = 16 + 4096 // what is more than its addresses is skipped
	proxyBuffer = 256       // enough for all but certificates
)

// errMore: the header goes on.
var errMore = errors.New("more is to come")

// readProxy reads a header of version 1 or 2. source is who connected to the
// proxy, nil where the proxy speaks for itself or does not know; n is the
// header's length, and rest what was read behind it.
func readProxy(r io.Reader) (source net.Addr, n int, rest []byte, err error) {
	b := make([]byte, 0, proxyBuffer)
	for {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, maxProxyV2), b...)
		}
		m, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+m]
		source, n, parsed := parseProxy(b)
		switch {
		case parsed == nil:
			return source, n, b[n:], nil
		case parsed != errMore:
			return nil, 0, nil, parsed
		case errors.Is(err, io.EOF) && len(b) > 0:
			return nil, 0, nil, fmt.Errorf("%w: it was cut off", ErrProxy)
		case err != nil:
			return nil, 0, nil, err
		}
	}
}

// parseProxy reads the header that b begins with, errMore where it goes on.
func parseProxy(b []byte) (source net.Addr, n int, err error) {
	switch {
	case bytes.HasPrefix(b, []byte(proxyV2)):
		return parseProxyV2(b)
	case bytes.HasPrefix(b, []byte(proxyV1)):
		return parseProxyV1(b)
	case strings.HasPrefix(proxyV1, string(b)), strings.HasPrefix(proxyV2, string(b)):
		return nil, 0, errMore
	}
	return nil, 0, fmt.Errorf("%w: it begins %q", ErrProxy, b[:min(len(b), 40)])
}

// parseProxyV1 reads "PROXY TCP4 source destination port port", CR, LF.
func parseProxyV1(b []byte) (net.Addr, int, error) {
	b = b[:min(len(b), maxProxyV1)]
	n := bytes.IndexByte(b, '\n') + 1
	if n == 0 && len(b) < maxProxyV1 {
		return nil, 0, errMore
	}
	wrong := fmt.Errorf("%w: %q", ErrProxy, b)
	line, ok := strings.CutSuffix(string(b[:n]), "\r\n")
	if !ok {
		return nil, 0, wrong
	}
	words := strings.Split(line, " ")
	if words[1] == "UNKNOWN" {
		return nil, n, nil
	}
	if len(words) != 6 || words[1] != "TCP4" && words[1] != "TCP6" {
		return nil, 0, wrong
	}
	var ends [2]netip.AddrPort
	for i := range ends {
		addr, err := netip.ParseAddr(words[2+i])
		port, fault := strconv.ParseUint(words[4+i], 10, 16)
		if err != nil || fault != nil || addr.Is4() != (words[1] == "TCP4") || addr.Zone() != "" {
			return nil, 0, wrong
		}
		ends[i] = netip.AddrPortFrom(addr.Unmap(), uint16(port))
	}
	return net.TCPAddrFromAddrPort(ends[0]), n, nil
}

// parseProxyV2 reads the binary header: 12 bytes of signature, version and
// command, family, length, then addresses and what else the proxy knows.
func parseProxyV2(b []byte) (net.Addr, int, error) {
	if len(b) < 16 {
		return nil, 0, errMore
	}
	version, command, family := b[12]>>4, b[12]&0xf, b[13]
	n := 16 + int(binary.BigEndian.Uint16(b[14:]))
	switch {
	case version != 2 || command > 1:
		return nil, 0, fmt.Errorf("%w: version and command %#x", ErrProxy, b[12])
	case n > maxProxyV2:
		return nil, 0, fmt.Errorf("%w: it has %d bytes", ErrProxy, n)
	case len(b) < n:
		return nil, 0, errMore
	case command == 0: // LOCAL: the proxy's own, as to see whether we live
		return nil, n, nil
	}
	body, short := b[16:n], fmt.Errorf("%w: only %d bytes for family %#x", ErrProxy, n-16, family)
	switch family {
	case 0x11: // TCP over IPv4
		if len(body) < 12 {
			return nil, 0, short
		}
		return tcpAddr(body[:4], body[8:]), n, nil
	case 0x21: // TCP over IPv6
		if len(body) < 36 {
			return nil, 0, short
		}
		return tcpAddr(body[:16], body[32:]), n, nil
	case 0x31: // a Unix socket
		if len(body) < 216 {
			return nil, 0, short
		}
		path, _, _ := bytes.Cut(body[:108], []byte{0})
		return &net.UnixAddr{Name: string(path), Net: "unix"}, n, nil
	}
	return nil, n, nil // unspecified, or nothing that Asterisk could be behind
}

func tcpAddr(ip, port []byte) net.Addr {
	addr, _ := netip.AddrFromSlice(ip)
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr.Unmap(), binary.BigEndian.Uint16(port)))
}
