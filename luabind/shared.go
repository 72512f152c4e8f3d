package luabind

import (
	"errors"
	"io"
	"slices"
	"sync"
)

// Shared is what the calls of a process have in common: pools of connections,
// caches. The zero value is empty and ready. It may be used by several
// goroutines at once.
//
//	call 1 ──┐
//	call 2 ──┼──▶ Shared ──▶ "sql postgres://…" ──▶ *sql.DB
//	call 3 ──┘          └──▶ "http …"           ──▶ a transport
type Shared struct {
	mu     sync.Mutex
	closed bool
	alone  bool // it is of the process's only call
	things map[string]*thing
	opened []io.Closer // in the order they came
}

// thing is one of them, while it is opened and afterwards.
type thing struct {
	once   sync.Once
	closer io.Closer
	err    error
}

// errSharedClosed is the error of a Shared whose process is ending.
var errSharedClosed = errors.New("the server has ended")

// Open gives the thing of a key, which says all that it was opened with. The
// first who asks opens it; others who ask meanwhile wait for that. One that could
// not be opened is tried again by the next.
func (s *Shared) Open(key string, open func() (io.Closer, error)) (io.Closer, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errSharedClosed
	}
	t := s.things[key]
	if t == nil {
		if s.things == nil {
			s.things = make(map[string]*thing)
		}
		t = new(thing)
		s.things[key] = t
	}
	s.mu.Unlock()
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
			t.closer = closer
			s.opened = append(s.opened, closer)
		}
	})
	return t.closer, t.err
}

// Close closes all of them, the last opened first. Nothing can be opened
// afterwards.
func (s *Shared) Close() error {
	s.mu.Lock()
	s.closed = true
	opened := s.opened
	s.opened = nil
	s.mu.Unlock()
	var errs []error
	for _, closer := range slices.Backward(opened) {
		errs = append(errs, closer.Close())
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
