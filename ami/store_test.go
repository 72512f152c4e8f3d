package ami

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// store is a Claimer in memory. Its clock is package time's.
type store struct {
	mu      sync.Mutex
	away    bool // nobody is answered
	id      string
	holders map[string]time.Time
	calls   map[string]Claim
	over    map[string]time.Time // calls that were released, and until when that is known
}

func newStore() *store {
	s := new(store)
	s.forgets()
	return s
}

// storesMade counts the IDs.
var storesMade atomic.Int64

var errAway = errors.New("the store is away")

// enter locks it; where it is away the call waits for its end.
func (s *store) enter(ctx context.Context) error {
	s.mu.Lock()
	if !s.away {
		return nil
	}
	s.mu.Unlock()
	<-ctx.Done()
	return errAway
}

// goes takes it out of reach, or back.
func (s *store) goes(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// forgets has it lose all it knows.
func (s *store) forgets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id = fmt.Sprint("store-", storesMade.Add(1))
	s.holders, s.calls, s.over = make(map[string]time.Time), make(map[string]Claim), make(map[string]time.Time)
}

// forgetsHolders has it lose who lives, and nothing else.
func (s *store) forgetsHolders() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.holders)
}

// claimed gives the number of calls that somebody has.
func (s *store) claimed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

func (s *store) lives(holder string) bool { return time.Now().Before(s.holders[holder]) }

func (s *store) Renew(ctx context.Context, holder string, d time.Duration) (bool, error) {
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	was := s.lives(holder)
	s.holders[holder] = time.Now().Add(d)
	return was, nil
}

func (s *store) Gone(ctx context.Context, holders []string) (gone []string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	for _, holder := range holders {
		if !s.lives(holder) {
			gone = append(gone, holder)
		}
	}
	return gone, nil
}

func (s *store) Leave(ctx context.Context, holder string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.holders, holder)
	return nil
}

func (s *store) ID(ctx context.Context) (string, error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.mu.Unlock()
	return s.id, nil
}

func (s *store) Claim(ctx context.Context, wanted []Wanted, _ time.Duration) ([]Claim, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	owners := make([]Claim, len(wanted))
	for i, w := range wanted {
		if !s.lives(w.Claim.Holder) {
			return nil, errors.New("no such holder")
		}
		owner := s.calls[w.Call]
		released := time.Now().Before(s.over[w.Call])
		switch {
		case owner == Claim{} && (released || w.From == Claim{}):
		case owner.Holder == w.Claim.Holder && owner.Number <= w.Claim.Number:
		case owner != Claim{} && owner == w.From && !s.lives(owner.Holder):
		default:
			owners[i] = owner
			continue
		}
		owners[i] = w.Claim
		s.calls[w.Call] = w.Claim
	}
	return owners, nil
}

func (s *store) Owners(ctx context.Context, calls []string) ([]Claim, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	owners := make([]Claim, len(calls))
	for i, call := range calls {
		owners[i] = s.calls[call]
	}
	return owners, nil
}

func (s *store) Release(ctx context.Context, call string, claim Claim, d time.Duration) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.calls[call] == claim {
		delete(s.calls, call)
		s.over[call] = time.Now().Add(d)
	}
	return nil
}
