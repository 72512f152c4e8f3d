package spec

import (
	"fmt"
	"testing"
	"testing/synctest"
)

// Instantly runs fn where time takes none: it moves on whenever all that fn
// started waits for it. The clock begins as in a test, at midnight of the first
// of January 2000; fn and what it starts may use no channel that others have
// made but to send to one with room. It blocks until all of that has ended. The
// error is of waits that nothing can end, or of package testing. It can run once
// in a process.
func Instantly(fn func()) (err error) {
	return runTests([]testing.InternalTest{{Name: "call", F: func(t *testing.T) {
		defer func() {
			if fault := recover(); fault != nil {
				err = fmt.Errorf("the call is stuck: %v", fault)
			}
		}()
		synctest.Test(t, func(*testing.T) { fn() })
	}}})
}
