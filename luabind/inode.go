package luabind

import (
	"io/fs"
	"syscall"
)

// inode gives the number of a file on its disk, 0 where that is not known.
func inode(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ino
	}
	return 0
}
