package std

import (
	"testing"

	"goagi/test/servers"
)

// redisSurroundings give the example a server.
func redisSurroundings(t *testing.T, who *caller) {
	who.config = map[string]map[string]any{"redis": {"url": servers.Redis(t).URL}}
}
