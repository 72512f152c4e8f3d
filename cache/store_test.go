package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// stores has a test run on each kind of store, in a bubble.
func stores(t *testing.T, most int64, test func(t *testing.T, s Store)) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, NewMemory(most)) })
	})
	t.Run("files", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, &Files{Folder: t.TempDir() + "/a/b", Most: most}) })
	})
}

func put(t *testing.T, s Store, key, value string, ttl time.Duration) {
	t.Helper()
	check(t, s.Change(t.Context(), KeyOf(key), func(Item) (Item, error) {
		return Item{Value: []byte(value), Expires: time.Now().Add(ttl)}, nil
	}))
}

func get(t *testing.T, s Store, key string) string {
	t.Helper()
	item, err := s.Get(KeyOf(key))
	check(t, err)
	if item.Value == nil {
		return "none"
	}
	return string(item.Value)
}

// increment adds one to a number.
func increment(item Item) (Item, error) {
	n, _ := strconv.Atoi(string(item.Value))
	return Item{Value: []byte(strconv.Itoa(n + 1)), Expires: time.Now().Add(time.Hour)}, nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A caller finds what was kept, until its time is over, under any key.
func TestValuesAndTheirTime(t *testing.T) {
	stores(t, 1<<20, func(t *testing.T, s Store) {
		for _, key := range []string{"", "a", "../../etc/passwd", "a/b", "\x00\xff\n", strings.Repeat("long", 1<<16)} {
			if got := get(t, s, key); got != "none" {
				t.Errorf("%.20q has %q before it was set", key, got)
			}
			put(t, s, key, "value of "+key[:min(9, len(key))]+"\x00\xff", time.Minute)
			if got := get(t, s, key); got != "value of "+key[:min(9, len(key))]+"\x00\xff" {
				t.Errorf("%.20q has %q", key, got)
			}
		}
		put(t, s, "a", "", time.Minute)
		if got := get(t, s, "a"); got != "" {
			t.Errorf("an empty value is %q", got)
		}
		put(t, s, "b", "short", time.Second)
		time.Sleep(time.Second)
		if got := get(t, s, "b"); got != "none" {
			t.Errorf("an expired value is %q", got)
		}
		if got := get(t, s, "a"); got != "" {
			t.Errorf("a value whose time is not over is %q", got)
		}
		check(t, s.Change(t.Context(), KeyOf("a"), func(Item) (Item, error) { return Item{}, nil }))
		if got := get(t, s, "a"); got != "none" {
			t.Errorf("a removed value is %q", got)
		}
		no := errors.New("no")
		put(t, s, "a", "kept", time.Minute)
		err := s.Change(t.Context(), KeyOf("a"), func(Item) (Item, error) { return Item{}, no })
		if got := get(t, s, "a"); !errors.Is(err, no) || got != "kept" {
			t.Errorf("an error of fn's: %v, and the value is %q", err, got)
		}
		err = s.Change(t.Context(), KeyOf("a"), func(Item) (Item, error) {
			return Item{Value: make([]byte, MaxValue+1), Expires: time.Now().Add(time.Hour)}, nil
		})
		if got := get(t, s, "a"); !errors.Is(err, ErrTooLarge) || got != "kept" {
			t.Errorf("a value too large: %v, and the value is %q", err, got)
		}
	})
}

// However many callers come with keys of their own, what is kept for them stays
// within its bound, and what would stay longest goes last.
func TestBound(t *testing.T) {
	const most = 1 << 20
	stores(t, most, func(t *testing.T, s Store) {
		put(t, s, "for long", "x", 300*time.Hour)
		for i := range 600 {
			put(t, s, strconv.Itoa(i), string(bytes.Repeat([]byte{'x'}, 4000)), time.Duration(i+1)*time.Minute)
		}
		time.Sleep(sweepEvery)
		put(t, s, "one more", "x", time.Hour)
		if size := sizeOf(t, s); size > most || size < most/2 {
			t.Errorf("values take %d bytes of %d", size, most)
		}
		if got := get(t, s, "for long"); got != "x" {
			t.Errorf("what expires last is %q", got)
		}
		if got := get(t, s, "0"); got != "none" {
			t.Errorf("what expires first is %.20q", got)
		}
		time.Sleep(11 * time.Hour)
		put(t, s, "one more", "x", time.Hour)
		if size := sizeOf(t, s); size > 2*onDisk(1) {
			t.Errorf("values take %d bytes when all but two have expired", size)
		}
	})
}

// One call makes the value that a hundred wait for.
func TestClaim(t *testing.T) {
	stores(t, 1<<20, func(t *testing.T, s Store) {
		made := 0
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() {
				item, release, err := s.Claim(t.Context(), KeyOf("rates"))
				if err != nil {
					t.Error(err)
				} else if release != nil {
					made++
					time.Sleep(5 * time.Second)
					put(t, s, "rates", "1.09", time.Minute)
					release()
				} else if string(item.Value) != "1.09" {
					t.Errorf("a call got %q", item.Value)
				}
			})
		}
		calls.Wait()
		if made != 1 {
			t.Errorf("the value was made %d times", made)
		}
	})
}

// Where the one that makes it gives up, the next one tries; and one that waits
// is let go when its call ends.
func TestClaimGivenUp(t *testing.T) {
	stores(t, 1<<20, func(t *testing.T, s Store) {
		_, release, err := s.Claim(t.Context(), KeyOf("rates"))
		check(t, err)
		hangup := errors.New("hangup")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(hangup) })
		began := time.Now()
		if _, _, err := s.Claim(ctx, KeyOf("rates")); !errors.Is(err, hangup) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		time.AfterFunc(time.Second, release)
		item, second, err := s.Claim(t.Context(), KeyOf("rates"))
		check(t, err)
		if item.Value != nil || second == nil {
			t.Fatalf("the next one got %q, and no right to make it", item.Value)
		}
		if _, other, err := s.Claim(t.Context(), KeyOf("else")); err != nil || other == nil {
			t.Error("another key waits for this one")
		} else {
			other()
		}
		second()
	})
}

// sizeOf gives what the values of a store take.
func sizeOf(t *testing.T, s Store) int64 {
	switch s := s.(type) {
	case *Memory:
		if len(s.items) != len(s.queue) {
			t.Errorf("%d values and %d in the queue", len(s.items), len(s.queue))
		}
		return s.size
	case *Files:
		return folderSize(t, s.Folder)
	}
	panic(fmt.Sprintf("%T", s))
}

// Makers that want what each other make would never end: one of them is told at once,
// however many they are. One that only waits for another does.
func TestClaimCircle(t *testing.T) {
	stores(t, 1<<20, func(t *testing.T, s Store) {
		ctx, end := context.WithTimeout(t.Context(), time.Minute)
		defer end()
		names := []string{"a", "b", "c"}
		var told, made atomic.Int32
		var calls sync.WaitGroup
		for i, name := range names {
			calls.Go(func() {
				_, release, err := s.Claim(ctx, KeyOf(name))
				check(t, err)
				time.Sleep(time.Second) // until all have theirs
				item, second, err := s.Claim(ctx, KeyOf(names[(i+1)%3]), KeyOf("other"), KeyOf(name))
				switch {
				case errors.Is(err, ErrCircle):
					told.Add(1)
				case err != nil:
					t.Error(err)
				case second != nil:
					second()
				default:
					made.Add(int32(len(item.Value)))
				}
				put(t, s, name, "1", time.Hour)
				release()
			})
		}
		began := time.Now()
		calls.Wait()
		if told.Load() < 1 || told.Load()+made.Load() != 3 || time.Since(began) > 2*time.Second {
			t.Errorf("%d were told, %d got a value, after %v", told.Load(), made.Load(), time.Since(began))
		}
		// What is over is in nobody's way.
		_, first, err := s.Claim(ctx, KeyOf("x"))
		check(t, err)
		calls.Go(func() { time.Sleep(time.Second); put(t, s, "y", "1", time.Hour); first() })
		item, _, err := s.Claim(ctx, KeyOf("x"), KeyOf("y"), KeyOf("a"))
		if err != nil {
			t.Error(err, item)
		}
		calls.Wait()
	})
}
