package std

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"goagi/luabind"
)

// newFile is a file that an answer is written to: under another name, until it is
// whole.
type newFile struct {
	name string   // as the script named it
	root *os.Root // the folder of the sandbox that it is in
	path string   // in there
	temp string   // likewise, the name that it has until then
	*os.File
}

// createFile makes a file that replaces the one of that name once it is kept. The
// error is the sandbox's, or of the file system.
func createFile(sandbox *luabind.Sandbox, name string) (*newFile, error) {
	root, path, err := sandbox.Root(name, true)
	if err != nil {
		return nil, err
	}
	n := &newFile{name: name, root: root, path: path}
	n.temp = filepath.Join(filepath.Dir(path), fmt.Sprintf(".goagi-%x", rand.Uint64()))
	n.File, err = root.OpenFile(n.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		root.Close()
		return nil, webFileError(name, err)
	}
	return n, nil
}

// again empties it for another try.
func (n *newFile) again() error {
	_, err := n.Seek(0, io.SeekStart)
	if err == nil {
		err = n.Truncate(0)
	}
	return err
}

// keep gives it its name. Without keep, drop leaves nothing of it.
func (n *newFile) keep() error {
	err := n.Close()
	if err == nil {
		err = n.root.Rename(n.temp, n.path)
	}
	if err == nil {
		n.temp = ""
	}
	return err
}

// drop ends the work on it, kept or not.
func (n *newFile) drop() {
	n.Close()
	if n.temp != "" {
		_ = n.root.Remove(n.temp)
	}
	n.root.Close()
}
