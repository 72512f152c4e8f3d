package luabind

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

// Scripts is a folder of scripts for many calls: each file is compiled once for
// each of its versions, and no name leads out of the folder. Any number of
// goroutines may use it.
type Scripts struct {
	root *os.Root
	mu   sync.Mutex // held for a look at the map
	kept map[string]*kept
}

// kept is one version of a file.
type kept struct {
	version version
	once    sync.Once
	chunk   *Chunk
	err     error
}

// version tells one version of a file from the next.
type version struct {
	changed time.Time
	size    int64
	file    uint64 // its inode: an editor may have put another in its place
}

// OpenScripts opens a folder. It must be closed.
func OpenScripts(dir string) (*Scripts, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Scripts{root: root, kept: make(map[string]*kept)}, nil
}

// Close closes the folder.
func (s *Scripts) Close() error { return s.root.Close() }

// Load gives the script of that name, a slash path inside the folder; .lua may
// be left out. It looks at the file each time, so that an edit counts for the
// next call; those in progress go on with what they have. The error is one of
// the file's (errors.Is with fs.ErrNotExist holds for every name that leads to
// no script here), or a [*ScriptError].
func (s *Scripts) Load(name string) (*Chunk, error) {
	names := []string{name}
	if !strings.HasSuffix(name, ".lua") {
		names = []string{name, name + ".lua"}
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsRune(name, 0) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	for _, name := range names {
		info, err := s.root.Stat(name)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil, err
		case err != nil || info.IsDir():
			continue // nor does a link lead anywhere that leaves the folder
		}
		return s.load(name, info)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// load gives this version of a file.
func (s *Scripts) load(name string, info fs.FileInfo) (*Chunk, error) {
	v := version{info.ModTime(), info.Size(), inode(info)}
	s.mu.Lock()
	k := s.kept[name]
	if k == nil || k.version != v {
		k = &kept{version: v}
		s.kept[name] = k
	}
	s.mu.Unlock()
	k.once.Do(func() {
		var source []byte
		if source, k.err = s.read(name, info); k.err == nil {
			k.chunk, k.err = Compile(source, path.Join(s.root.Name(), name))
			return
		}
		// What kept it from being read, such as too many open files, may be over
		// for the next call.
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.kept[name] == k {
			delete(s.kept, name)
		}
	})
	return k.chunk, k.err
}

func (s *Scripts) read(name string, info fs.FileInfo) ([]byte, error) {
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	case info.Size() > maxScript:
		return nil, fmt.Errorf("%s has %d bytes, a script may have %d", name, info.Size(), maxScript)
	}
	file, err := s.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxScript))
}
