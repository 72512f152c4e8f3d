package fastagi

import (
	"net"
)

// allows reports whether a peer may connect.
func (s *Server) allows(peer net.Addr) bool {
	if _, unix := peer.(*net.UnixAddr); unix {
		return true
	}
	tcp, ok := peer.(*net.TCPAddr)
	if !ok {
		return false
	}
	// An IPv4 peer of a listener for both is written as IPv6, and a zone belongs
	// to no prefix.
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	if len(s.Allow) == 0 {
		return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()
	}
	for _, prefix := range s.Allow {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
