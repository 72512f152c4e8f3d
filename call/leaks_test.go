package call_test

import (
	"testing"

	"goagi/test/leaks"
)

// The script of TestStuckScriptIsAbandoned is stuck in a pattern match for good.
func TestMain(m *testing.M) { leaks.Main(m, "gopher-lua/pm.") }
