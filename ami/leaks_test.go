package ami

import (
	"testing"

	"goagi/test/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }
