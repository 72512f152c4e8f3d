//go:build !linux

package fastagi

import "net"

// keptAlive sets keepalive on each connection.
func keptAlive() *net.ListenConfig {
	return &net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount,
	}}
}
