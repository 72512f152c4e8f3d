package runner

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// catchSignals has hangup called for each SIGHUP and stop for SIGTERM and
// SIGINT, until the process ends. Arming them takes threads of the runtime, so
// it goes on beside what comes next; armed returns when SIGHUP is caught.
func catchSignals(hangup, stop func()) (armed func()) {
	var arming sync.WaitGroup
	arming.Add(1)
	go func() {
		caught := make(chan os.Signal, 4)
		signal.Notify(caught, syscall.SIGHUP)
		arming.Done()
		// Each further one takes the runtime as long. SIGPIPE is notified and
		// not ignored, for programs that the script starts would inherit that.
		signal.Notify(caught, syscall.SIGTERM, os.Interrupt, syscall.SIGPIPE)
		for got := range caught {
			switch got {
			case syscall.SIGHUP:
				hangup()
			case syscall.SIGTERM, os.Interrupt:
				stop()
			}
		}
	}()
	return arming.Wait
}
