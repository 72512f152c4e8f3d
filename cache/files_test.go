package cache

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"goagi/test/leaks"
)

// job, in the environment, makes the test binary one of several processes of a
// test.
const job = "GOAGI_TEST_CACHE"

func TestMain(m *testing.M) {
	what, folder, _ := strings.Cut(os.Getenv(job), " ")
	if what == "" {
		leaks.Main(m)
	}
	if err := jobs[what](&Files{Folder: folder}); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

var jobs = map[string]func(*Files) error{
	"increment": func(f *Files) error {
		for range 200 {
			if err := f.Change(context.Background(), KeyOf("calls"), increment); err != nil {
				return err
			}
		}
		return nil
	},
	"once": func(f *Files) error {
		item, release, err := f.Claim(context.Background(), KeyOf("rates"))
		if err != nil {
			return err
		}
		if release != nil {
			defer release()
			if err := f.Change(context.Background(), KeyOf("made"), increment); err != nil {
				return err
			}
			item = Item{Value: []byte("1.09"), Expires: time.Now().Add(time.Hour)}
			if err := f.Change(context.Background(), KeyOf("rates"), func(Item) (Item, error) { return item, nil }); err != nil {
				return err
			}
		}
		if string(item.Value) != "1.09" {
			return errors.New("got " + string(item.Value))
		}
		return nil
	},
	"claim": func(f *Files) error { // and die with it
		if _, _, err := f.Claim(context.Background(), KeyOf("rates")); err != nil {
			return err
		}
		os.Stdout.WriteString("claimed\n")
		_, err := os.Stdin.Read(make([]byte, 1)) // for ever
		return err
	},
}

// process starts a process of a job.
func process(t *testing.T, what, folder string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), job+"="+what+" "+folder)
	cmd.Stderr = os.Stderr
	return cmd
}

// together runs several processes of a job to their ends.
func together(t *testing.T, n int, what, folder string) {
	t.Helper()
	var processes sync.WaitGroup
	for range n {
		processes.Go(func() {
			if err := process(t, what, folder).Run(); err != nil {
				t.Error(err)
			}
		})
	}
	processes.Wait()
}

// Of calls that are processes of their own, each is counted.
func TestIncrementsOfProcesses(t *testing.T) {
	folder := t.TempDir()
	together(t, 6, "increment", folder)
	if got := get(t, &Files{Folder: folder}, "calls"); got != "1200" {
		t.Errorf("1200 increments gave %s", got)
	}
}

// Of calls that are processes of their own, one makes the value.
func TestOnceOfProcesses(t *testing.T) {
	folder := t.TempDir()
	together(t, 8, "once", folder)
	if got := get(t, &Files{Folder: folder}, "made"); got != "1" {
		t.Errorf("the value was made %s times", got)
	}
}

// A process that dies while it makes a value does not keep the others waiting.
func TestDeathOfTheMaker(t *testing.T) {
	f := &Files{Folder: t.TempDir()}
	maker := process(t, "claim", f.Folder)
	_, err := maker.StdinPipe()
	check(t, err)
	out, err := maker.StdoutPipe()
	check(t, err)
	check(t, maker.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "claimed\n" {
		t.Fatal(line, err)
	}
	brief, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := f.Claim(brief, KeyOf("rates")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("another claimed it meanwhile: %v", err)
	}
	check(t, maker.Process.Kill())
	_ = maker.Wait()
	_, release, err := f.Claim(t.Context(), KeyOf("rates"))
	check(t, err)
	if release == nil {
		t.Fatal("nobody may make it")
	}
	release()
}

// Files of calls that died stay no longer than a minute; what is no file of ours
// stays.
func TestLeftBehind(t *testing.T) {
	f := &Files{Folder: t.TempDir()}
	dead := f.name(KeyOf("dead")) + once
	for _, name := range []string{dead, "new", "notes.txt", "abcd"} {
		check(t, os.WriteFile(filepath.Join(f.Folder, name), []byte("half"), 0o400))
	}
	_, release, err := f.Claim(t.Context(), KeyOf("alive"))
	check(t, err)
	put(t, f, "a", "x", time.Hour)
	var left []string
	entries, err := os.ReadDir(f.Folder)
	check(t, err)
	for _, e := range entries {
		left = append(left, e.Name()[:min(len(e.Name()), 9)])
	}
	a, alive := f.name(KeyOf("a"))[:9], f.name(KeyOf("alive"))[:9]
	for _, name := range []string{a, alive, "abcd", "lock", "notes.txt", "swept"} {
		if !strings.Contains(strings.Join(left, " "), name) {
			t.Errorf("%s is gone: %v", name, left)
		}
	}
	if len(left) != 6 {
		t.Errorf("left behind: %v", left)
	}
	release()
}

// A file that a loss of power left half written is no value.
func TestTornFile(t *testing.T) {
	f := &Files{Folder: t.TempDir()}
	put(t, f, "a", "0123456789", time.Hour)
	path := f.path(KeyOf("a"))
	whole, err := os.ReadFile(path)
	check(t, err)
	for n := range whole {
		check(t, os.WriteFile(path, whole[:n], 0o600))
		check(t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)))
		if got := get(t, f, "a"); got != "none" {
			t.Errorf("%d bytes of the file are %q", n, got)
		}
	}
	check(t, os.Truncate(path, checksum+MaxValue+1))
	if got := get(t, f, "a"); got != "none" {
		t.Errorf("a file too large is %.20q", got)
	}
}

// A folder that cannot be used is named, not passed over.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	check(t, os.WriteFile(file, nil, 0o600))
	open := filepath.Join(dir, "open")
	check(t, os.Mkdir(open, 0o755))
	link := filepath.Join(dir, "link")
	check(t, os.Symlink(open, link))
	for _, f := range []*Files{{Folder: filepath.Join(file, "in")}, {Folder: open, Private: true}, {Folder: link, Private: true}} {
		err := f.Change(t.Context(), KeyOf("a"), increment)
		if !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), f.Folder) {
			t.Errorf("%v", err)
		}
	}
	private := &Files{Folder: filepath.Join(dir, "own"), Private: true}
	put(t, private, "a", "x", time.Hour)
	if got := get(t, private, "a"); got != "x" {
		t.Errorf("a private folder gives %q", got)
	}
	info, err := os.Stat(private.Folder)
	check(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("it is made with %v", info.Mode())
	}
}

// What root tries out in a folder of the calls' user, that user's calls can use.
func TestRootsFiles(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can write as another user")
	}
	const nobody = 65534
	data := t.TempDir()
	check(t, os.Chown(data, nobody, nobody))
	f := &Files{Folder: filepath.Join(data, "cache")}
	put(t, f, "a", "x", time.Hour)
	_, release, err := f.Claim(t.Context(), KeyOf("b"))
	check(t, err)
	defer release()
	entries, err := os.ReadDir(f.Folder)
	check(t, err)
	for _, path := range append(names(entries), ".") {
		info, err := os.Stat(filepath.Join(f.Folder, path))
		check(t, err)
		if info.Sys().(*syscall.Stat_t).Uid != nobody {
			t.Errorf("%s is root's", path)
		}
	}
}

func names(entries []os.DirEntry) (names []string) {
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// folderSize gives what the values of a folder take.
func folderSize(t *testing.T, folder string) (size int64) {
	entries, err := os.ReadDir(folder)
	check(t, err)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && len(e.Name()) == 2*len(Key{}) {
			size += onDisk(info.Size())
		}
	}
	return size
}

// A call that counts itself in a folder.
func BenchmarkFiles(b *testing.B) {
	f := &Files{Folder: b.TempDir(), Most: 64 << 20}
	for b.Loop() {
		if err := f.Change(context.Background(), KeyOf("calls"), increment); err != nil {
			b.Fatal(err)
		}
	}
}
