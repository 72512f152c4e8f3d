package fastagi

import (
	"net"
	"syscall"
	"time"
)

// userTimeout is Linux's TCP_USER_TIMEOUT: how long what was sent may go without
// an acknowledgement, when no keepalive is sent.
const userTimeout = 0x12

// keptAlive sets keepalive on the listener, whose connections inherit it: that
// saves five system calls for each call.
func keptAlive() *net.ListenConfig {
	return &net.ListenConfig{KeepAlive: -1, Control: func(_, _ string, c syscall.RawConn) error {
		var fault error
		set := func(fd, level, option, value int) {
			if fault == nil {
				fault = syscall.SetsockoptInt(fd, level, option, value)
			}
		}
		err := c.Control(func(f uintptr) {
			fd := int(f)
			set(fd, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1)
			set(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, int(keepAliveIdle/time.Second))
			set(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, int(keepAliveInterval/time.Second))
			set(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, keepAliveCount)
			set(fd, syscall.IPPROTO_TCP, userTimeout, int((keepAliveIdle+keepAliveCount*keepAliveInterval)/time.Millisecond))
		})
		if err != nil {
			return err
		}
		return fault
	}}
}
