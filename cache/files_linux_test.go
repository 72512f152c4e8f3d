package cache

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// A full disk is an error, and leaves what was there.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Skip("no small disk can be had: ", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, 0)) })
	f := &Files{Folder: dir}
	put(t, f, "kept", "x", time.Hour)
	var err error
	for i := 0; err == nil && i < 200; i++ {
		err = f.Change(t.Context(), KeyOf(strconv.Itoa(i)), func(Item) (Item, error) {
			return Item{Value: make([]byte, 10_000), Expires: time.Now().Add(time.Hour)}, nil
		})
	}
	if !errors.Is(err, syscall.ENOSPC) || !errors.Is(err, ErrFolder) {
		t.Errorf("a full disk gives %v", err)
	}
	if got := get(t, f, "kept"); got != "x" {
		t.Errorf("what was there is %q", got)
	}
	if _, err := os.Stat(f.file("new")); err == nil {
		t.Error("a part of a file stays")
	}
}
