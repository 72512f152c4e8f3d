package runner

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// stopSignalsAfter is how long a call lasts before SIGTERM and SIGINT are
// caught; until then they end the process.
const stopSignalsAfter = 20 * time.Millisecond

// goneEvery is how often the far end is looked for, which a script that is busy
// does not do.
const goneEvery = time.Second

// catchSignals has hangup called for each SIGHUP and stop for SIGTERM and
// SIGINT, until the process ends; hangup also once gone says that the far end of
// the dialog is no longer there, which no signal tells. To catch a signal takes the runtime a switch of
// threads and back, so SIGHUP is caught beside what comes next, and the others
// later, when the first commands are not kept waiting by it. armed returns when
// SIGHUP is caught.
//
// SIGPIPE needs no catching: it ends a Go program only where package os writes
// to fd 1 or 2, and nothing here does. Nor is it ignored, for programs that the
// script starts would inherit that.
func catchSignals(hangup, stop func(), gone func() bool) (armed func()) {
	var arming sync.WaitGroup
	arming.Add(1)
	go func() {
		caught := make(chan os.Signal, 4)
		signal.Notify(caught, syscall.SIGHUP)
		arming.Done()
		timer := time.NewTimer(stopSignalsAfter)
		late := false
		for {
			select {
			case <-timer.C:
				if !late {
					signal.Notify(caught, syscall.SIGTERM, os.Interrupt)
					late = true
				} else if gone() {
					hangup()
					continue
				}
				timer.Reset(goneEvery)
			case got := <-caught:
				if got == syscall.SIGHUP {
					hangup()
				} else {
					stop()
				}
			}
		}
	}()
	return arming.Wait
}
