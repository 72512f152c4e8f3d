package agi

import (
	"context"
	"time"
)

// EnvTimeout is how long Asterisk may take to send the environment block, which
// it does at once.
const EnvTimeout = 5 * time.Second

// Transport is one call's dialog with Asterisk, whatever carries it.
//
// Env and RoundTrip are called by one goroutine at a time, Env first.
// Interrupt, Hungup and Close may be called from any goroutine at any time.
type Transport interface {
	// Env reads the environment block. It blocks until the block is whole,
	// Asterisk closes the dialog, EnvTimeout has passed, or ctx ends; the last
	// two break the dialog.
	Env(ctx context.Context) (*Env, error)
	// RoundTrip sends one command and gives its reply. It blocks as long as
	// Asterisk takes, which for EXEC Dial may be hours; Interrupt and Close
	// unblock it, a context does not, for a reply left behind would answer
	// the next command. The error is ErrInterrupted, ErrTooLong or an
	// ErrUsage (nothing was sent), or the dialog is broken: ErrClosed,
	// ErrProtocol.
	RoundTrip(Command) (Reply, error)
	// Interrupt makes the RoundTrip in progress return early, in step with
	// the dialog: with ErrInterrupted, or with its reply where it ended by
	// itself just then. It does not wait for that. ErrNotInterruptible where
	// no command is out or that one cannot be cut short.
	Interrupt() error
	// Watch makes the transport look for a hangup also while no command is
	// out, until Close. Called before the script waits for anything else.
	Watch()
	// Hungup gives a context that ends, with ErrHangup as its cause, when the
	// channel is known to be gone.
	Hungup() context.Context
	// Close breaks the dialog and frees whoever waits in it. A second Close
	// does nothing.
	Close() error
}
