package std

import (
	"os"
	"path/filepath"
	"testing"
)

// A connection that ends takes its file and its locks with it, whatever statements it
// kept or was in the middle of: a server would run out of them.
func TestSQLiteConnectionsEnd(t *testing.T) {
	who := asking(t, "sqlite:ends.db")
	who.sharing(t)
	for range 5 {
		who.run(t, `
			assert(assert(db:prepare("SELECT 1")):value() == 1)
			assert(db:exec("PRAGMA foreign_keys=on"))
			none(sql.open(nil, {max_size = 1073741824}):query("SELECT " .. ("zeroblob(60000000), "):rep(20) .. "1"))`)
	}
	if n := openOf(t, "ends.db"); n != 0 {
		t.Errorf("the file is open %d times", n)
	}
	who.run(t, `assert(assert(db:prepare("SELECT 1")):value() == 1)`)
	if n := openOf(t, "ends.db"); n != 1 {
		t.Errorf("the file is open %d times", n)
	}
}

// openOf counts how often the process has a file open.
func openOf(t *testing.T, name string) (n int) {
	files, err := os.ReadDir("/proc/self/fd")
	check(t, err)
	for _, file := range files {
		if path, err := os.Readlink("/proc/self/fd/" + file.Name()); err == nil && filepath.Base(path) == name {
			n++
		}
	}
	return n
}
