package cache

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// A Key is what a value is kept under: the hash of a text of any bytes and any
// length.
type Key [sha256.Size]byte

// KeyOf gives the key of a text.
func KeyOf(text string) Key { return sha256.Sum256([]byte(text)) }

// Item is a value and the moment that it expires. The zero Item is none. The
// bytes are not to be changed.
type Item struct {
	Value   []byte // nil for none
	Expires time.Time
}

// good reports whether there is a value, and its time is not over.
func (i Item) good() bool { return i.Value != nil && time.Now().Before(i.Expires) }

// Store keeps values. Its methods may be called from several goroutines, and
// those of a Files from several processes, at once.
type Store interface {
	// Get gives the value of a key, the zero Item where there is none. It does
	// not wait for anybody.
	Get(key Key) (Item, error)
	// Change replaces the value of a key by what fn makes of it; by none where
	// that is the zero Item. Nobody else changes a value meanwhile, so fn must
	// be quick. An error of fn's changes nothing and is returned. Where it waits
	// for others, the end of ctx ends that, with its cause as the error. Errors of
	// the disk are ErrFolder.
	Change(ctx context.Context, key Key, fn func(Item) (Item, error)) error
	// Claim gives the value of a key. Where there is none it gives the right to
	// make it, which ends with release: who else claims the key waits until then,
	// or until the value is there. A process that ends releases what it claimed.
	// The end of ctx ends the wait, with its cause as the error. holds are the keys
	// whose values the claimant is making: a wait that would so have no end is
	// ErrCircle.
	Claim(ctx context.Context, key Key, holds ...Key) (item Item, release func(), err error)
}

// MaxValue is the most bytes that a value may have.
const MaxValue = 1 << 20

// ErrTooLarge is the error of a value with more.
var ErrTooLarge = errors.New("too large for the cache")

func tooLarge(value []byte) error {
	return fmt.Errorf("a value of %d bytes is %w, which takes %d", len(value), ErrTooLarge, MaxValue)
}
