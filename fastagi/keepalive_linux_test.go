package fastagi

import (
	"net"
	"syscall"
	"testing"
)

// A call whose Asterisk lost its power ends after a while, also where a command
// is on its way.
func TestKeepAlive(t *testing.T) {
	all := listen(t, "127.0.0.1:0")
	client, err := net.Dial("tcp", all[0].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := all[0].Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for _, row := range []struct{ level, option, want int }{
			{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 30},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 10},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 6},
			{syscall.IPPROTO_TCP, userTimeout, 90_000},
		} {
			if got, err := syscall.GetsockoptInt(int(fd), row.level, row.option); got != row.want || err != nil {
				t.Errorf("option %d is %d, %v, want %d", row.option, got, err, row.want)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}
