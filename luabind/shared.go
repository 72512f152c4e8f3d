package luabind

import (
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

// Shared is what the calls of a process have in common: pools of connections,
// caches. The zero value is empty and ready. It may be used by several
// goroutines at once.
//
//	call 1 ──┐
//	call 2 ──┼──▶ Shared ──▶ "sql postgres://…" ──▶ *sql.DB
//	call 3 ──┘          └──▶ "http …"           ──▶ a transport
type Shared struct {
	mu      sync.Mutex
	closed  bool
	alone   bool // it is of the process's only call
	things  map[string]*thing
	count   int         // of things that were ever opened
	sweeper *time.Timer // nil where nothing is to be closed
	sweeps  sync.Mutex  // held while things are closed
}

// thing is one of them, while it is opened and afterwards.
type thing struct {
	once   sync.Once
	closer io.Closer
	err    error
	nth    int              // in the order they came
	lent   bool             // it may be closed when nobody uses it
	users  map[*VM]struct{} // the calls that have it lent
	unused time.Time        // since when none has
}

// keepUnused is how long a thing that was lent, and that no call has, is kept.
const keepUnused = 5 * time.Minute

// errSharedClosed is the error of a Shared whose process is ending.
var errSharedClosed = errors.New("the server has ended")

// Open gives the thing of a key, which says all that it was opened with; it stays
// until Close. The first who asks opens it; others who ask meanwhile wait for that.
// One that could not be opened is tried again by the next.
func (s *Shared) Open(key string, open func() (io.Closer, error)) (io.Closer, error) {
	t, _, err := s.find(key, nil)
	if err != nil {
		return nil, err
	}
	return s.open(key, t, open)
}

// Lend is Open for what is used until a call ends, and closed when no call has used
// it for five minutes: for keys that scripts make, of which there may be any number.
func (s *Shared) Lend(vm *VM, key string, open func() (io.Closer, error)) (io.Closer, error) {
	t, first, err := s.find(key, vm)
	if err != nil {
		return nil, err
	}
	closer, err := s.open(key, t, open)
	switch {
	case err != nil:
		s.giveBack(vm, t)
	case first && !s.alone:
		vm.OnClose(func() { s.giveBack(vm, t) })
	}
	return closer, err
}

// find gives the thing of a key, and whether a call has it for the first time. It is
// nobody's in particular where vm is nil.
func (s *Shared) find(key string, vm *VM) (t *thing, first bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false, errSharedClosed
	}
	if t = s.things[key]; t == nil {
		if s.things == nil {
			s.things = make(map[string]*thing)
		}
		t = &thing{lent: vm != nil}
		s.things[key] = t
	}
	if vm == nil {
		t.lent = false
		return t, false, nil
	}
	if _, has := t.users[vm]; has {
		return t, false, nil
	}
	if t.users == nil {
		t.users = make(map[*VM]struct{})
	}
	t.users[vm] = struct{}{}
	return t, true, nil
}

func (s *Shared) open(key string, t *thing, open func() (io.Closer, error)) (io.Closer, error) {
	t.once.Do(func() {
		closer, err := open()
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case err != nil:
			t.err = err
			delete(s.things, key)
		case s.closed:
			t.err = errors.Join(errSharedClosed, closer.Close())
		default:
			s.count++
			t.closer, t.nth = closer, s.count
		}
	})
	return t.closer, t.err
}

// giveBack notes that a call uses a thing no more.
func (s *Shared) giveBack(vm *VM, t *thing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(t.users, vm)
	if len(t.users) > 0 || !t.lent || t.closer == nil || s.closed {
		return
	}
	t.unused = time.Now()
	if s.sweeper == nil {
		s.sweeper = time.AfterFunc(keepUnused, s.sweep)
	}
}

// sweep closes what nobody has used for long. It runs by itself from when a call has
// given a thing back until there is none that nobody uses, or until Close.
func (s *Shared) sweep() {
	s.sweeps.Lock()
	defer s.sweeps.Unlock()
	var over []*thing
	s.mu.Lock()
	s.sweeper = nil
	next := time.Duration(-1)
	for key, t := range s.things {
		if s.closed || !t.lent || t.closer == nil || len(t.users) > 0 {
			continue
		}
		if left := keepUnused - time.Since(t.unused); left <= 0 {
			over = append(over, t)
			delete(s.things, key)
		} else if next < 0 || left < next {
			next = left
		}
	}
	if next >= 0 {
		s.sweeper = time.AfterFunc(next, s.sweep)
	}
	s.mu.Unlock()
	for _, t := range over {
		_ = t.closer.Close() // there is nobody to be told
	}
}

// Close closes all of them, the last opened first. Nothing can be opened
// afterwards.
func (s *Shared) Close() error {
	s.mu.Lock()
	s.closed = true
	var opened []*thing
	for _, t := range s.things {
		if t.closer != nil {
			opened = append(opened, t)
		}
	}
	s.things = nil
	if s.sweeper != nil {
		s.sweeper.Stop()
	}
	s.mu.Unlock()
	s.sweeps.Lock() // and waits for what sweep is closing
	defer s.sweeps.Unlock()
	slices.SortFunc(opened, func(a, b *thing) int { return b.nth - a.nth })
	var errs []error
	for _, t := range opened {
		errs = append(errs, t.closer.Close())
	}
	return errors.Join(errs...)
}

// Shared gives what the calls of the process share; of a call that is the
// process's only one, what ends with it.
func (vm *VM) Shared() *Shared {
	if vm.host.Shared == nil {
		shared := &Shared{alone: true}
		vm.host.Shared = shared
		vm.OnClose(func() { _ = shared.Close() })
	}
	return vm.host.Shared
}

// Alone reports whether the call is the process's only one, and Shared is its own.
func (vm *VM) Alone() bool { return vm.host.Shared == nil || vm.host.Shared.alone }
