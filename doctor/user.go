package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// User is a user of the host.
type User struct {
	Name   string
	UID    int
	GID    int
	Group  string   // the name of GID
	Groups []uint32 // all that the user is in
}

// user looks a user up by name or number, nil where the host knows none.
func (h *Host) user(name string) *User {
	for line := range strings.Lines(h.read("/etc/passwd")) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 4 || f[0] != name && f[2] != name {
			continue
		}
		u := &User{Name: f[0], UID: number(f[2]), GID: number(f[3])}
		u.Groups = []uint32{uint32(u.GID)}
		u.Group = f[3]
		for line := range strings.Lines(h.read("/etc/group")) {
			g := strings.Split(strings.TrimSpace(line), ":")
			if len(g) < 4 {
				continue
			}
			if g[2] == f[3] {
				u.Group = g[0]
			} else if slices.Contains(strings.Split(g[3], ","), u.Name) {
				u.Groups = append(u.Groups, uint32(number(g[2])))
			}
		}
		return u
	}
	return nil
}

// number reads one of the host's own numbers; what is none is 65534, nobody.
func number(text string) int {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 65534
	}
	return int(n)
}

// owner gives the name of a file's owner, its number where it has no name.
func (h *Host) owner(info os.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "?"
	}
	uid := strconv.Itoa(int(stat.Uid))
	if u := h.user(uid); u != nil {
		return u.Name
	}
	return uid
}

// atOnce is how many files one shell is asked about.
const atOnce = 500

// denied gives those of the paths that Asterisk's user may not "r" read, "w"
// write or "x" enter or run. can is false where that cannot be tried.
func (x *exam) denied(ctx context.Context, right string, paths ...string) (list []string, can bool) {
	as, can := x.switchTo()
	if !can {
		return nil, false
	}
	for some := range slices.Chunk(paths, atOnce) {
		args := append([]string{"-c", `for f; do [ -` + right + ` "$f" ] || printf '%s\n' "$f"; done`, "sh"}, some...)
		out, err := x.Run(ctx, as, "/bin/sh", args...)
		if err != nil {
			return nil, false
		}
		if out != "" {
			list = append(list, strings.Split(strings.TrimSuffix(out, "\n"), "\n")...)
		}
	}
	return list, true
}

// switchTo gives whom to run a program as for it to be Asterisk's user, nil for
// ourselves.
func (x *exam) switchTo() (as *User, can bool) {
	switch {
	case x.user == nil:
		return nil, false
	case x.UID == x.user.UID:
		return nil, true
	case x.UID == 0:
		return x.user, true
	}
	return nil, false
}

// parents lists the folders on the way to a path, from the root on, without it.
func parents(path string) (list []string) {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		list = append(list, dir)
		if dir == "/" || dir == "." {
			slices.Reverse(list)
			return list
		}
	}
}

// way makes findings of what keeps Asterisk's user from getting to a real path,
// or lets anybody change what lies there, and reports whether there are any.
// what is the thing that it leads to.
func (x *exam) way(ctx context.Context, path, what string) (found bool) {
	tell := func(path, text, mend string) {
		found = true
		if slices.Contains(x.told, path) {
			x.skip(fmt.Sprintf("%s: there is something wrong with %s, see above", what, path))
			return
		}
		x.told = append(slices.Clip(x.told), path)
		x.wrong(text, command("chmod", mend, path))
	}
	folders := parents(path)
	if closed, _ := x.denied(ctx, "x", folders...); len(closed) > 0 {
		tell(closed[0], fmt.Sprintf("Asterisk's user %s cannot enter %s, so not reach %s", x.user.Name, closed[0], what), "o+x")
	}
	for _, path := range append(folders, path) {
		if info, err := x.stat(path); err == nil && openToAll(info) {
			tell(path, fmt.Sprintf("everybody on this machine may change %s, and so choose what calls run", path), "o-w")
		}
	}
	return found
}

// openToAll reports whether everybody may change a file, or put others in the
// place of those in a folder.
func openToAll(info os.FileInfo) bool {
	return info.Mode().Perm()&0o002 != 0 && info.Mode()&os.ModeSticky == 0
}
