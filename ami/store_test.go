package ami

import (
	"context"
	"errors"
	"sync"
	"time"
)

// store is a Claimer in memory. Its clock is package time's.
type store struct {
	mu      sync.Mutex
	away    bool // nobody is answered
	holders map[string]time.Time
	calls   map[string]string
}

func newStore() *store {
	return &store{holders: make(map[string]time.Time), calls: make(map[string]string)}
}

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
	clear(s.holders)
	clear(s.calls)
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

func (s *store) Claim(ctx context.Context, call, holder string, known bool, _ time.Duration) (string, bool, error) {
	if err := s.enter(ctx); err != nil {
		return "", false, err
	}
	defer s.mu.Unlock()
	owner := s.calls[call]
	switch {
	case !s.lives(holder):
		return "", false, errors.New("no such holder")
	case owner == "" && known:
		return "", false, nil
	case owner != "" && owner != holder && s.lives(owner):
		return owner, false, nil
	}
	s.calls[call] = holder
	return holder, owner != "" && owner != holder, nil
}

func (s *store) Release(ctx context.Context, call, holder string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.calls[call] == holder {
		delete(s.calls, call)
	}
	return nil
}
