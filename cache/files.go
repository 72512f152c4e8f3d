package cache

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Files is a Store in a folder, for all processes of one machine that name it.
// The zero value of all but Folder serves.
//
//	lock        held while a value is changed
//	new         a value as it is written, renamed then
//	HASH        a value; the file's time is when it expires
//	HASH.once   held while the value is made; the HASH that its maker waits for
//	swept       its time is when files were last cleaned away
//
// A file is there as a whole or not at all. Nothing waits for the disk: at a loss
// of power values may be lost.
type Files struct {
	Folder string // made where it is not there
	// Most is how many bytes the values may take on the disk, where each takes at
	// least 4 KiB; 0 for no limit. Where they take more, those that expire soonest
	// go first; until then they may take somewhat more.
	Most int64
	// Private has the folder be refused unless it is this user's and closed to all
	// others: for one in a folder that everybody may write to.
	Private bool
}

// checksum is how many bytes stand in a file before the value.
const checksum = 4

// Get gives a value.
func (f *Files) Get(key Key) (Item, error) {
	item, err := f.get(key)
	return item, explain(err)
}

func (f *Files) get(key Key) (Item, error) {
	if err := f.check(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return Item{}, nil
		}
		return Item{}, err
	}
	file, err := os.Open(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return Item{}, nil
	}
	if err != nil {
		return Item{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Item{}, err
	}
	item := Item{Expires: info.ModTime()}
	if !time.Now().Before(item.Expires) || info.Size() < checksum || info.Size() > checksum+MaxValue {
		return Item{}, nil
	}
	text := make([]byte, info.Size())
	if _, err := io.ReadFull(file, text); err != nil {
		return Item{}, err
	}
	item.Value = text[checksum:]
	if binary.BigEndian.Uint32(text) != crc32.ChecksumIEEE(item.Value) {
		return Item{}, nil // written when the power failed
	}
	return item, nil
}

// Change replaces a value.
func (f *Files) Change(ctx context.Context, key Key, fn func(Item) (Item, error)) error {
	return explain(f.change(ctx, key, fn))
}

func (f *Files) change(ctx context.Context, key Key, fn func(Item) (Item, error)) error {
	lock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	old, err := f.get(key)
	if err != nil {
		return err
	}
	item, err := fn(old)
	switch {
	case err != nil:
		return err
	case len(item.Value) > MaxValue:
		return tooLarge(item.Value)
	case item.good():
		err = f.write(key, item)
	default:
		err = ifThere(os.Remove(f.path(key)))
	}
	if err != nil {
		return err
	}
	return f.sweep(int64(len(item.Value)))
}

// write writes a value's file. The lock must be held.
func (f *Files) write(key Key, item Item) (err error) {
	path := f.file("new")
	if err := ifThere(os.Remove(path)); err != nil { // of one that died
		return err
	}
	file, err := f.create("new", os.O_WRONLY|os.O_EXCL)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	text := make([]byte, checksum, checksum+len(item.Value))
	binary.BigEndian.PutUint32(text, crc32.ChecksumIEEE(item.Value))
	_, err = file.Write(append(text, item.Value...))
	if closed := file.Close(); err == nil {
		err = closed // where a disk is full, some file systems say so only here
	}
	if err == nil {
		err = os.Chtimes(path, item.Expires, item.Expires)
	}
	if err == nil {
		err = os.Rename(path, f.path(key))
	}
	return err
}

// Claim gives a value, or the right to make it.
func (f *Files) Claim(ctx context.Context, key Key, holds ...Key) (Item, func(), error) {
	item, release, err := f.claim(ctx, key, holds)
	return item, release, explain(err)
}

func (f *Files) claim(ctx context.Context, key Key, holds []Key) (Item, func(), error) {
	waits := false
	for pause := range pauses(ctx) {
		if item, err := f.get(key); err != nil || item.Value != nil {
			return item, nil, err
		}
		name := f.name(key) + once
		lock, err := f.tryLock(name)
		if err != nil {
			return Item{}, nil, err
		}
		if lock == nil && !waits {
			if err := f.wait(key, holds); err != nil {
				return Item{}, nil, err
			}
			waits = true
			defer f.waited(holds)
		}
		if lock == nil {
			pause()
			continue
		}
		_ = os.Truncate(f.file(name), 0) // of one that died while it waited
		release := func() {
			_ = os.Remove(f.file(name)) // first: who gets the lock of a file that is gone tries again
			lock.Close()
		}
		item, err := f.get(key) // who held it may have made it just now
		if err != nil || item.Value != nil {
			release()
			return item, nil, err
		}
		return Item{}, release, nil
	}
	return Item{}, nil, context.Cause(ctx)
}

// Names of files.
const (
	once  = ".once"
	swept = "swept"
)

func (f *Files) name(key Key) string     { return hex.EncodeToString(key[:]) }
func (f *Files) path(key Key) string     { return f.file(f.name(key)) }
func (f *Files) file(name string) string { return filepath.Join(f.Folder, name) }

func ifThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
