package std

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"goagi/luabind"
)

// A file that another has locked does not stay open where the wait for it does not
// begin, as the caller has hung up meanwhile: nor does one whose wait a hangup ends.
func TestLockedFilesAreClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locked.csv")
	check(t, os.WriteFile(path, []byte("a\n1\n"), 0o600))
	held, err := os.Open(path)
	check(t, err)
	defer held.Close()
	check(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))
	for name, script := range map[string]string{
		"before":    `local over = os.clock() + 1 repeat until os.clock() > over`, // which waits for nothing
		"meanwhile": ``,
	} {
		who := caller{notEAGI: true, hangsUp: 200 * time.Millisecond, sandbox: &luabind.Sandbox{Name: "open", Data: t.TempDir()}}
		e := placed(t, who, `local csv = require "csv"
			`+script+`
			csv.read("`+path+`", {timeout = 20})`)
		if got := e.vars["GOAGI_STATUS"]; got != "HANGUP" {
			t.Errorf("%s: %s", name, got)
		}
		if n := openOf(t, "locked.csv"); n != 1 {
			t.Errorf("%s: the file is open %d times", name, n-1)
		}
	}
}
