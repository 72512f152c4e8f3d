package cache

import (
	"encoding/hex"
	"errors"
	"os"
	"slices"
)

// ErrCircle is the error of a claim whose wait would have no end: who makes the
// value waits, over others or not, for one that the claimant makes.
//
//	call 1 makes a, wants b ──▶ call 2 makes b, wants a ──▶ call 1
var ErrCircle = errors.New("another call makes it, and waits for what this one makes")

// circle reports whether a way from a key leads back to one that is held: by next,
// which gives the key that the maker of a key waits for, and whether there is one.
func circle(key Key, holds []Key, next func(Key) (Key, bool)) bool {
	seen := 0 // of a way that others change meanwhile
	for ok := len(holds) > 0; ok && seen < 1000; key, ok = next(key) {
		if slices.Contains(holds, key) {
			return true
		}
		seen++
	}
	return false
}

// wait notes what the makers of the keys that are held, who are one, wait for;
// ErrCircle where that must not be. The lock must be held.
func (m *Memory) wait(key Key, holds []Key) error {
	if circle(key, holds, func(k Key) (Key, bool) { next, ok := m.wants[k]; return next, ok }) {
		return ErrCircle
	}
	for _, held := range holds {
		m.wants[held] = key
	}
	return nil
}

// waited ends wait.
func (m *Memory) waited(holds []Key) {
	if len(holds) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, held := range holds {
		delete(m.wants, held)
	}
}

// wait notes in the files of the keys that are held what their maker waits for. Of
// several that close a circle at once, each sees what the last has noted, as it notes
// first and looks then. Where the disk is full nothing is noted, and the wait ends
// with its context.
func (f *Files) wait(key Key, holds []Key) error {
	for _, held := range holds {
		_ = os.WriteFile(f.file(f.name(held)+once), []byte(f.name(key)), 0o600)
	}
	if circle(key, holds, f.wanted) {
		f.waited(holds)
		return ErrCircle
	}
	return nil
}

// wanted gives the key that the maker of a key waits for.
func (f *Files) wanted(key Key) (next Key, ok bool) {
	text, err := os.ReadFile(f.file(f.name(key) + once))
	if err != nil {
		return next, false
	}
	n, err := hex.Decode(next[:], text[:min(len(text), 2*len(next))])
	return next, err == nil && n == len(next)
}

// waited ends wait.
func (f *Files) waited(holds []Key) {
	for _, held := range holds {
		_ = os.Truncate(f.file(f.name(held)+once), 0)
	}
}
