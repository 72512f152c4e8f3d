package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// atMost is how many scripts are looked at one by one.
const atMost = 10_000

// folders lists where a call's script is looked for: runner does the same.
func (x *exam) folders() []string {
	if x.Scripts != "" {
		return []string{x.Scripts}
	}
	if x.agi == "" {
		return nil
	}
	return []string{filepath.Join(x.agi, "scripts"), x.agi}
}

// script reports whether the script of a name from the dialplan is there.
// network is true where only the scripts folder counts.
func (x *exam) script(folders []string, name string, network bool) bool {
	if network && len(folders) > 1 {
		folders = folders[:1]
	}
	switch {
	case !network && filepath.IsAbs(name):
		folders = []string{"/"}
	case !filepath.IsLocal(name):
		return false
	}
	for _, dir := range folders {
		for _, path := range []string{filepath.Join(dir, name), filepath.Join(dir, name) + ".lua"} {
			if info, err := x.stat(path); err == nil && !info.IsDir() || errors.Is(err, os.ErrPermission) {
				return true
			}
		}
	}
	return false
}

// listed lists the scripts below a folder.
func (x *exam) listed(folder string) (paths []string, err error) {
	err = filepath.WalkDir(x.file(folder), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == x.file(folder):
			return err
		case err != nil:
			return nil // found closed below, where root looks
		case len(paths) == atMost:
			return fs.SkipAll
		}
		if strings.HasSuffix(path, ".lua") && !d.IsDir() {
			if rel, err := filepath.Rel(x.file(folder), path); err == nil {
				paths = append(paths, filepath.Join(folder, rel))
			}
		}
		return nil
	})
	return paths, err
}

// judgeScripts looks at the scripts that calls run: those of the scripts folder, and
// those beside goagi in the agi-bin.
func (x *exam) judgeScripts(ctx context.Context) {
	if len(x.folders()) == 0 {
		x.skip("they are in the agi-bin, which is not known")
		return
	}
	folder := x.folders()[0]
	real, err := x.real(folder)
	var scripts []string
	if err == nil {
		scripts, err = x.listed(real)
	}
	beside := x.beside()
	if errors.Is(err, os.ErrPermission) {
		x.skip(folder + ": " + x.whoSees())
		return
	}
	if len(scripts)+len(beside) == 0 {
		x.noScripts(folder)
		return
	}
	if err == nil && x.closed(ctx, real) {
		return
	}
	if !x.judgeFiles(ctx, append(slices.Clip(scripts), beside...)) {
		return
	}
	var texts []string
	if len(scripts) > 0 {
		texts = append(texts, fmt.Sprintf("%d in %s", len(scripts), folder))
	}
	if len(beside) > 0 {
		texts = append(texts, fmt.Sprintf("%d in %s", len(beside), x.agi))
	}
	x.ok(strings.Join(texts, ", "))
}

// beside lists the scripts in the agi-bin itself, which is looked at on its own.
func (x *exam) beside() (paths []string) {
	if x.Scripts != "" {
		return nil
	}
	real, err := x.real(x.agi)
	if err != nil {
		return nil
	}
	entries, _ := os.ReadDir(x.file(real))
	for _, e := range entries {
		if path := filepath.Join(real, e.Name()); strings.HasSuffix(path, ".lua") && !e.IsDir() {
			paths = append(paths, path)
		}
	}
	return paths
}

// closed makes findings of what keeps Asterisk's user out of the scripts folder.
func (x *exam) closed(ctx context.Context, real string) bool {
	if x.way(ctx, real, "the scripts") {
		return true
	}
	for _, right := range []string{"x", "r"} { // a process enters it, goagi serve lists it
		if shut, _ := x.denied(ctx, right, real); len(shut) > 0 {
			x.wrong(fmt.Sprintf("Asterisk's user %s cannot enter and read %s", x.user.Name, real), command("chmod", "o+rx", real))
			return true
		}
	}
	return false
}

// judgeFiles looks at each script, and reports whether they are well.
func (x *exam) judgeFiles(ctx context.Context, scripts []string) bool {
	well := true
	shut, can := x.denied(ctx, "r", scripts...)
	for _, path := range shut {
		mode := "o+r"
		if closed, _ := x.denied(ctx, "x", parents(path)...); len(closed) > 0 {
			path, mode = closed[0], "o+rx"
		}
		x.wrong(fmt.Sprintf("Asterisk's user %s cannot read %s", x.user.Name, path), command("chmod", mode, path))
		well = false
	}
	for _, path := range scripts {
		if info, err := x.stat(path); err == nil && openToAll(info) {
			x.wrong("everybody on this machine may change "+path, command("chmod", "o-w", path))
			well = false
		}
	}
	if !can {
		x.unseen("whether Asterisk's user can read them")
	}
	return well
}

// noScripts says that there are none, and finds them beside a program that the
// agi-bin only links to: Asterisk's calls do not look there.
func (x *exam) noScripts(folder string) {
	link := filepath.Join(x.agi, "goagi")
	if real, err := x.real(link); err == nil && x.Scripts == "" && filepath.Dir(real) != filepath.Clean(x.agi) {
		there := filepath.Join(filepath.Dir(real), "scripts")
		if scripts, _ := x.listed(there); len(scripts) > 0 {
			mends := []string{command("ln", "-s", there, folder)}
			if x.exists(folder) {
				mends = append([]string{command("rmdir", folder)}, mends...)
			}
			x.wrong(fmt.Sprintf("%s is a link, and calls look for scripts in %s, not in %s, where they are", link, folder, there), mends...)
			return
		}
	}
	mends := []string{command("install", "-d", "-m", "755", folder)}
	if x.exists(folder) {
		mends = nil
	}
	x.warn("there are no scripts: neither "+strings.Join(x.folders(), " nor ")+" has any", append(mends, "echo 'agi.answer() agi.stream_file(\"hello-world\")' > "+Quote(folder+"/hello.lua"))...)
}
