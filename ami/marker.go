package ami

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// marker is a global variable of an Asterisk by which its workers see each other.
// It holds a worker's name and whether that is there or asks whether somebody is:
//
//	""           nobody, or one that has left
//	"x7f here"   a worker without claims
//	"x7f asks"   one that wants to be it; who is there puts its own name back
//	"all-3k here" workers that part the calls by claims, in the store of that ID
//
// It is written when a worker comes or goes, and in between only read, for
// Asterisk logs each change of a global variable (main/pbx_variables.c:
// pbx_builtin_setvar_helper).
type marker struct {
	conn  *Conn
	me    string
	store func(context.Context) (string, error) // gives the ID of what claims are parted by; nil without claims
	log   *slog.Logger
}

const (
	markerVariable = "GOAGI_ASYNC"
	sharing        = "all-" // begins the name of workers with claims
	isHere         = "here"
	isAsking       = "asks"

	markerLook   = time.Second     // how often who is there looks whether somebody asks
	markerAnswer = 3 * time.Second // how long one that asks waits for the answer, at least
	markerPause  = 250 * time.Millisecond
)

// ErrSecond: another worker serves this Asterisk's calls, and one of the two does not
// claim them, or in another store. Each is told of every call, so both would run
// each call's script.
var ErrSecond = errors.New("another worker is connected to this Asterisk")

// markerName makes a worker's name.
func markerName() string { return strconv.FormatUint(rand.Uint64(), 36) }

// enter waits until it is known that no other worker is there: for an instant
// where none has been or the last one left by itself, for some seconds where one
// died. The error is ErrSecond, the end of ctx, or the connection's.
func (m *marker) enter(ctx context.Context) error {
	for m.name(ctx) != nil { // nothing is claimed before
		if err := pause(ctx, claimAgain); err != nil {
			return err
		}
	}
	who, _, err := m.read(ctx)
	switch {
	case err != nil:
		return err
	case who == m.me:
		return nil
	case who == "":
		if err := m.write(ctx, m.me, isHere); err != nil {
			return err
		}
		if err := pause(ctx, markerPause); err != nil { // another may have seen the same at this moment
			return err
		}
		if who, _, err = m.read(ctx); err != nil || who == "" || who == m.me {
			return err
		}
	}
	return m.ask(ctx)
}

// name makes the name of a worker with claims, after its store: who has another would
// claim the same calls there. A store that has lost its ID has a new one.
func (m *marker) name(ctx context.Context) error {
	if m.store == nil {
		return nil
	}
	id, err := m.store(ctx)
	if err == nil {
		m.me = sharing + id
	}
	return err
}

// ask waits for the answer of who may be there. Of several that ask the one with
// the greatest name goes on asking, and the others look what becomes of it.
func (m *marker) ask(ctx context.Context) error {
	for passed := m.me; ; {
		if passed == m.me {
			if err := m.write(ctx, m.me, isAsking); err != nil {
				return err
			}
		}
		who, state := "", ""
		for end := time.Now().Add(markerAnswer + rand.N(markerLook)); time.Now().Before(end); {
			err := pause(ctx, markerPause)
			if err == nil {
				who, state, err = m.read(ctx)
			}
			if err == nil && state == isAsking && who < m.me {
				err = m.write(ctx, m.me, isAsking)
			}
			switch {
			case err != nil:
				return err
			case state == isHere && who == m.me: // another that parts its calls by claims
				return nil
			case state == isHere:
				return ErrSecond
			}
		}
		switch who {
		case m.me, "":
			return m.write(ctx, m.me, isHere)
		case passed:
			passed = m.me // that one has died
		default:
			passed = who
		}
	}
}

// keep answers those who ask, until ctx ends, and takes the name away then. It
// gives ErrSecond where another has come to stay: this worker did not answer in
// time, or both came at the same moment, and one of them must go.
func (m *marker) keep(ctx context.Context) error {
	looked := time.Now()
	for pause(ctx, markerLook) == nil {
		slow := time.Since(looked) > markerAnswer
		who, state, err := m.read(ctx)
		if err != nil {
			return nil // the connection's end, of which others tell
		}
		looked = time.Now()
		if who != m.me {
			_ = m.name(ctx) // else it is what it was
		}
		switch {
		case who == m.me && (state == isHere || m.store != nil):
			continue
		case state == isHere && (slow || who > m.me):
			return ErrSecond
		}
		if m.write(ctx, m.me, isHere) != nil {
			return nil
		}
	}
	return nil
}

// leave takes the name away, for the worker that follows.
func (m *marker) leave() {
	if m.store != nil {
		return // others may be there
	}
	ctx, cancel := context.WithTimeout(context.Background(), m.conn.account.timeout())
	defer cancel()
	if who, _, err := m.read(ctx); err == nil && who == m.me {
		_ = m.write(ctx, "", "")
	}
}

// read gives whose name there is, "" for none, and what it says of itself. A
// manager that does not let us ask is one that nobody is seen at.
func (m *marker) read(ctx context.Context) (who, state string, err error) {
	got, err := m.conn.Do(ctx, Action("Getvar", "Variable", markerVariable))
	if _, refused := errors.AsType[*ActionError](err); refused {
		err = nil
	}
	if err != nil {
		return "", "", fmt.Errorf("looking for other workers: %w", err)
	}
	who, state, _ = strings.Cut(got.Get("Value"), " ")
	return who, state, nil
}

func (m *marker) write(ctx context.Context, who, state string) error {
	_, err := m.conn.Do(ctx, Action("Setvar", "Variable", markerVariable, "Value", strings.TrimSpace(who+" "+state)))
	if _, refused := errors.AsType[*ActionError](err); refused {
		m.log.Warn("other workers on this Asterisk would not be seen", "error", err)
		return nil
	}
	return err
}

// pause waits for a time, or gives the cause of ctx's end.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
