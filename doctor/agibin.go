package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// judgeFolder looks at the agi-bin.
func (x *exam) judgeFolder(ctx context.Context) {
	if x.agi == "" {
		x.skip("where it is is not known without an Asterisk")
		return
	}
	info, err := x.stat(x.agi)
	switch {
	case errors.Is(err, os.ErrPermission):
		x.skip(x.agi + ": " + x.whoSees())
		return
	case err != nil:
		x.wrong(fmt.Sprintf("%s does not exist, and is where Asterisk looks (by %s)", x.agi, x.agiFrom), command("install", "-d", "-m", "755", x.agi))
		return
	case !info.IsDir():
		x.wrong(x.agi+" is no folder", command("mv", x.agi, x.agi+".old"), command("install", "-d", "-m", "755", x.agi))
		return
	}
	real, err := x.real(x.agi)
	if err != nil {
		x.skip(err.Error())
		return
	}
	bad := x.way(ctx, real+"/*", "what is in it") // whatever: goagi itself is looked at next
	if set := x.config["astagidir"]; x.says != nil && set != "" && filepath.Clean(set) != filepath.Clean(x.agi) {
		x.warn(fmt.Sprintf("Asterisk uses %s until its next start, then %s, as %s has it", x.agi, set, x.conf), x.asks("core restart when convenient"))
	}
	if _, can := x.switchTo(); !can {
		x.unseen("whether Asterisk's user gets there")
	}
	if bad {
		return
	}
	text := x.agi
	if real != filepath.Clean(x.agi) {
		text += ", which is " + real
	}
	x.ok(fmt.Sprintf("%s (by %s), %s's, %v", text, x.agiFrom, x.owner(info), info.Mode()))
}

// whoSees says who would see what we do not.
func (x *exam) whoSees() string {
	if x.UID == 0 {
		return "it cannot be seen, not even by root"
	}
	return "only root sees it"
}

// judgeProgram looks at the goagi that Asterisk starts.
func (x *exam) judgeProgram(ctx context.Context) {
	if x.agi == "" {
		x.skip("it is in the agi-bin, which is not known")
		return
	}
	path := filepath.Join(x.agi, "goagi")
	mend := command("install", "-m", "755", x.Program, path)
	info, err := x.stat(path)
	_, lerr := os.Lstat(x.file(path))
	switch {
	case errors.Is(err, os.ErrPermission):
		x.skip(path + ": " + x.whoSees())
		return
	case err != nil && lerr == nil:
		to, _ := os.Readlink(x.file(path))
		x.wrong(fmt.Sprintf("%s is a link to %s, which is not there", path, to), command("rm", path), mend)
		return
	case err != nil && !x.exists(x.agi):
		x.skip(x.agi + " does not exist")
		return
	case err != nil:
		x.wrong("there is no "+path+", which AGI(goagi,...) starts", mend)
		return
	case info.IsDir():
		x.wrong(path+" is a folder", command("mv", path, path+".old"), mend)
		return
	case info.Mode()&0o111 == 0:
		x.wrong(fmt.Sprintf("%s cannot be executed (%v)", path, info.Mode()), command("chmod", "755", path))
		return
	}
	real, err := x.real(path)
	if err != nil {
		x.skip(err.Error())
		return
	}
	if x.way(ctx, real, "the program") {
		return
	}
	says, ran := x.version(ctx, path, real, mend)
	if !ran {
		return
	}
	text := path
	if real != filepath.Clean(path) {
		text += ", which is " + real
	}
	switch {
	case x.sameFile(path):
		x.ok(text + ": " + says)
	case says != x.Version:
		x.warn(fmt.Sprintf("%s is %s, and this is %s (%s)", text, says, x.Version, x.Program), mend)
	default:
		x.warn(fmt.Sprintf("%s is another build of %s than this (%s)", text, says, x.Program), mend)
	}
}

// version runs the program as Asterisk does.
func (x *exam) version(ctx context.Context, path, real, mend string) (says string, ran bool) {
	as, can := x.switchTo()
	if can {
		if shut, _ := x.denied(ctx, "x", real); len(shut) > 0 && !x.noexec(real) {
			x.wrong(fmt.Sprintf("Asterisk's user %s may not execute %s", x.user.Name, real), command("chmod", "755", real))
			return "", false
		}
	} else {
		x.unseen("whether Asterisk's user can run it")
		if x.UID == 0 {
			return "", false
		}
	}
	if path, by := x.foreign(real, as); path != "" {
		x.skip(fmt.Sprintf("%s was not run: %s may change %s, and so what runs", real, by, path))
		return "", false
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answering, fmt.Errorf("no answer within %v", answering))
	defer cancel()
	out, err := x.Run(ctx, as, real, "version")
	if err != nil {
		who := ""
		if as != nil {
			who = " as " + as.Name
		}
		var mends []string
		if !x.noexec(real) {
			mends = []string{mend}
		}
		x.wrong(fmt.Sprintf("%s does not run%s: %v %s", path, who, err, out), mends...)
		return "", false
	}
	return strings.TrimSpace(out), true
}

// foreign gives what of a real path, itself or a folder on the way, others than
// root and the one who is to run it may change, and who these are. What such a
// path leads to is run by nobody here: whom Asterisk runs as is something that its
// own user has a say in, so that one might be given another's name, or root's.
func (x *exam) foreign(path string, as *User) (at, by string) {
	uid, groups := x.UID, []uint32(nil)
	if as != nil {
		uid, groups = as.UID, as.Groups
	}
	for _, at := range append(parents(path), path) {
		info, err := x.stat(at)
		if err != nil {
			return at, "somebody"
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		sticky := info.IsDir() && info.Mode()&os.ModeSticky != 0 // others' entries are safe there
		switch {
		case !ok:
			return at, "somebody"
		case stat.Uid != 0 && int(stat.Uid) != uid:
			return at, x.owner(info)
		case sticky:
		case info.Mode().Perm()&0o002 != 0:
			return at, "everybody"
		case info.Mode().Perm()&0o020 != 0 && stat.Gid != 0 && !slices.Contains(groups, stat.Gid):
			return at, fmt.Sprintf("the group %d", stat.Gid)
		}
	}
	return "", ""
}

// sameFile reports whether a file is the program that looks, or holds the same.
func (x *exam) sameFile(path string) bool {
	one, err := os.Open(x.file(path))
	if err != nil {
		return false
	}
	defer one.Close()
	other, err := os.Open(x.file(x.Program))
	if err != nil {
		return false
	}
	defer other.Close()
	a, errA := one.Stat()
	b, errB := other.Stat()
	if errA != nil || errB != nil || a.Size() != b.Size() {
		return false
	}
	if os.SameFile(a, b) {
		return true
	}
	left, right := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, end := io.ReadFull(one, left)
		m, _ := io.ReadFull(other, right)
		if !bytes.Equal(left[:n], right[:m]) {
			return false
		}
		if end != nil {
			return errors.Is(end, io.EOF) || errors.Is(end, io.ErrUnexpectedEOF)
		}
	}
}
