package luabind

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func scriptsIn(t *testing.T) (*Scripts, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scripts")
	write(t, filepath.Join(dir, "hello.lua"), `return 1`)
	s, err := OpenScripts(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// No name leads out of the folder, whatever it looks like: each is just not
// there.
func TestNoNameLeavesTheFolder(t *testing.T) {
	s, dir := scriptsIn(t)
	write(t, filepath.Join(dir, "../outside.lua"), `return "outside"`)
	write(t, filepath.Join(dir, "folder.lua/x"), ``)
	for link, to := range map[string]string{"link.lua": "../outside.lua", "absolute.lua": filepath.Join(dir, "hello.lua"), "up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{
		"", ".", "..", "../outside.lua", "../outside", "x/../../outside.lua", "/etc/passwd", "//etc/passwd", "link", "link.lua", "absolute.lua",
		"up/outside.lua", "hello.lua\x00", "\x00", "hello.lua/", "./hello.lua", "hello.lua/x", "nosuch", "menu--x--1---)",
		strings.Repeat("x", 1024), strings.Repeat("../", 300) + "etc/passwd", "\xff\xfe", "folder.lua", "~/x", "%2e%2e/x", "..\\outside.lua",
	} {
		if chunk, err := s.Load(name); chunk != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%.60q: %v", name, err)
		}
	}
	for _, name := range []string{"hello", "hello.lua"} {
		if _, err := s.Load(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An edit counts for the next call, also one that breaks the script and one that
// mends it again; a file that has not changed is compiled once for all calls.
func TestEditedScript(t *testing.T) {
	s, dir := scriptsIn(t)
	path := filepath.Join(dir, "hello.lua")
	var all sync.WaitGroup
	chunks := make([]*Chunk, 20)
	for i := range chunks {
		all.Go(func() { chunks[i], _ = s.Load("hello") })
	}
	all.Wait()
	for _, chunk := range chunks {
		if chunk == nil || chunk != chunks[0] {
			t.Fatal("the same version was compiled twice")
		}
	}
	write(t, path, `return (`)
	if _, err := s.Load("hello"); err == nil {
		t.Error("a broken version is taken for the last one")
	} else if e, ok := errors.AsType[*ScriptError](err); !ok || e.File != path || e.Line != 1 {
		t.Errorf("%v", err)
	}
	write(t, path, `return 2`)
	mended, err := s.Load("hello")
	if err != nil || mended == chunks[0] {
		t.Errorf("the mended version: %v", err)
	}
	// Of the same length and time, but another file: so editors write.
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path+".new", `return 3`)
	if err := os.Chtimes(path+".new", time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if again, err := s.Load("hello"); err != nil || again == mended {
		t.Errorf("another file in its place: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load("hello"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that was removed: %v", err)
	}
}
