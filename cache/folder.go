package cache

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// check says whether the folder may be used: where it must be private, nobody
// else can have put values there.
func (f *Files) check() error {
	if !f.Private {
		return nil
	}
	info, err := os.Lstat(f.Folder)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return f.refuse("is no folder")
	case !ok || int(owner.Uid) != os.Geteuid():
		return f.refuse("is another user's")
	case info.Mode().Perm()&0o077 != 0:
		return f.refuse("is open to other users")
	}
	return nil
}

// create opens a file of the folder that may not be there yet, nor the folder.
func (f *Files) create(name string, flag int) (*os.File, error) {
	path := f.file(name)
	if err := f.check(); ifThere(err) != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, flag|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(f.Folder, 0o700); err != nil {
			return nil, err
		}
		handOver(f.Folder)
		if err := f.check(); err != nil {
			return nil, err
		}
		file, err = os.OpenFile(path, flag|os.O_CREATE, 0o600)
	}
	if err == nil {
		handOver(path)
	}
	return file, err
}

// handOver gives what root made to the owner of the folder that it is in, whose
// calls use it too.
func handOver(path string) {
	if os.Geteuid() != 0 {
		return
	}
	if info, err := os.Stat(filepath.Dir(path)); err == nil {
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 {
			_ = os.Lchown(path, int(owner.Uid), int(owner.Gid)) // where it cannot be, that user's calls say so
		}
	}
}

// lock waits for the lock of all changes. Closing the file ends it.
func (f *Files) lock(ctx context.Context) (*os.File, error) {
	for pause := range pauses(ctx) {
		lock, err := f.tryLock("lock")
		if lock != nil || err != nil {
			return lock, err
		}
		pause()
	}
	return nil, context.Cause(ctx)
}

// tryLock gives a locked file, nil where another has locked it. The system
// unlocks it at the latest when the process ends.
func (f *Files) tryLock(name string) (*os.File, error) {
	for {
		file, err := f.create(name, os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		err = flock(file)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			file.Close()
			return nil, nil
		}
		if err != nil {
			file.Close()
			return nil, &fs.PathError{Op: "lock", Path: file.Name(), Err: err}
		}
		// The one before may have removed it since it was opened.
		mine, err := file.Stat()
		if err == nil {
			if there, err := os.Stat(file.Name()); err == nil && os.SameFile(mine, there) {
				return file, nil
			}
		}
		file.Close()
		if err != nil {
			return nil, err
		}
	}
}

func flock(file *os.File) error {
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// How long one waits before it looks again whether a lock is free: at first, as
// a change takes, and at most.
const (
	firstPause = 100 * time.Microsecond
	mostPause  = 25 * time.Millisecond
)

// pauses goes round until ctx ends, and gives what waits a little, each time
// longer. Waiting for a lock itself could not be ended.
func pauses(ctx context.Context) iter.Seq[func()] {
	return func(yield func(func()) bool) {
		d := firstPause
		for ctx.Err() == nil && yield(func() {
			timer := time.NewTimer(d/2 + rand.N(d))
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
			d = min(2*d, mostPause)
		}) {
		}
	}
}

// sweepEvery is how long what has expired may stay.
const sweepEvery = time.Minute

// sweep removes what has expired, once a minute and when much was written, of
// which size is the last. The lock must be held.
func (f *Files) sweep(size int64) error {
	info, err := os.Stat(f.file(swept))
	if ifThere(err) != nil {
		return err
	}
	if err == nil && time.Since(info.ModTime()).Abs() < sweepEvery && (f.Most == 0 || rand.Int64N(1+f.Most/16) >= onDisk(size)) {
		return nil
	}
	if err := f.clean(); err != nil {
		return err
	}
	if err := ifThere(os.Remove(f.file(swept))); err != nil {
		return err
	}
	file, err := f.create(swept, os.O_WRONLY|os.O_EXCL)
	if err != nil {
		return err
	}
	file.Close()
	now := time.Now()
	return os.Chtimes(f.file(swept), now, now)
}

// clean removes what has expired, and values where there is too much of them.
func (f *Files) clean() error {
	entries, err := os.ReadDir(f.Folder)
	if err != nil {
		return err
	}
	var values []fs.FileInfo
	now, size := time.Now(), int64(0)
	for _, e := range entries {
		hash, making := strings.CutSuffix(e.Name(), once)
		if _, err := hex.DecodeString(hash); err != nil || len(hash) != 2*len(Key{}) {
			continue // not ours
		}
		if making {
			f.abandoned(e.Name())
			continue
		}
		if info, err := e.Info(); err == nil {
			values = append(values, info)
			size += onDisk(info.Size())
		}
	}
	slices.SortFunc(values, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range values {
		if now.Before(info.ModTime()) && (f.Most == 0 || size <= f.Most) {
			break
		}
		if err := ifThere(os.Remove(f.file(info.Name()))); err != nil {
			return err
		}
		size -= onDisk(info.Size())
	}
	return nil
}

// abandoned removes the lock of a value whose maker died.
func (f *Files) abandoned(name string) {
	if lock, err := f.tryLock(name); err == nil && lock != nil {
		_ = os.Remove(f.file(name))
		lock.Close()
	}
}

// onDisk is about what a file of a size takes.
func onDisk(size int64) int64 { return (size + checksum + 4095) &^ 4095 }

// ErrFolder is the error of a folder that cannot be used, or takes no more.
var ErrFolder = errors.New("the cache cannot use its folder")

// explain makes an error of the file system ErrFolder.
func explain(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if _, ok := errors.AsType[*os.LinkError](err); ok {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return err
}

func (f *Files) refuse(why string) error { return fmt.Errorf("%w: %s %s", ErrFolder, f.Folder, why) }
