package spec

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A real Asterisk starts a program for each call of process AGI, and the script
// that is tested runs in another, which has the test's fakes and its coverage. So
// what Asterisk starts hands its dialog over:
//
//	Asterisk --fork--> relay --fds 0, 1 and 3 by SCM_RIGHTS--> goagi test
//	                         --"H": SIGHUP came-------------->
//	   <--exit code--        <--the script's exit code--------

// relayFolder is where relays are, in agi-bin, each a link to this program; its
// name and socket are how they know themselves and their test.
const (
	relayFolder = "goagi-relay"
	relaySocket = "socket"
)

// Relay is what this program does where a test's Asterisk started it, under a name
// of relayFolder's, and gives its exit code; false says that it was not.
func Relay(argv0 string) (code int, ok bool) {
	folder, name := filepath.Split(argv0)
	agi, asterisk := os.LookupEnv("AST_AGI_DIR")
	if filepath.Base(folder) != relayFolder || !asterisk || !strings.HasPrefix(name, "agi-") && !strings.HasPrefix(name, "eagi-") {
		return 0, false
	}
	if !filepath.IsAbs(folder) { // res_agi.c: launch_script
		folder = filepath.Join(agi, folder)
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(folder, relaySocket), Net: "unix"})
	if err != nil {
		return 1, true
	}
	fds := []int{0, 1}
	if strings.HasPrefix(name, "eagi-") {
		fds = append(fds, 3)
	}
	words := strings.Join(append([]string{name}, os.Args[1:]...), "\x00")
	if _, _, err := conn.WriteMsgUnix([]byte(words), unix.UnixRights(fds...), nil); err != nil {
		return 1, true
	}
	for _, fd := range fds { // the ends of the dialog are the test's to close
		_ = unix.Close(fd)
	}
	go func() {
		for range hangup {
			_, _ = conn.Write([]byte("H"))
		}
	}()
	answer := []byte{1}
	_, _ = io.ReadFull(conn, answer) // a test that is gone has failed
	return int(answer[0]), true
}

// relays takes the dialogs that relays hand over.
type relays struct {
	listener *net.UnixListener
	folder   string
	uid      int // Asterisk's user
	mu       sync.Mutex
	awaited  map[string]chan *relayed
	done     sync.WaitGroup
}

// relayed is a dialog that was handed over.
type relayed struct {
	args           []string // what Asterisk passed to the program
	in, out, audio *os.File
	conn           *net.UnixConn
}

// newRelays puts this program into an agi-bin, and listens there.
func newRelays(agi string, uid int) (*relays, error) {
	r := &relays{uid: uid, folder: filepath.Join(agi, relayFolder), awaited: make(map[string]chan *relayed)}
	if err := os.Mkdir(r.folder, 0o755); err != nil {
		return nil, err
	}
	var err error
	path := filepath.Join(r.folder, relaySocket)
	if r.listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"}); err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o777); err != nil { // it is Asterisk's user who connects
		r.listener.Close()
		return nil, err
	}
	r.done.Go(func() {
		for {
			conn, err := r.listener.AcceptUnix()
			if err != nil {
				return // closed
			}
			r.done.Go(func() { r.take(conn) }) // beside the others, whatever it does
		}
	})
	return r, nil
}

// mostWords is more than the words of a program that Asterisk starts take, in bytes.
const mostWords = 64 << 10

// take reads what a relay hands over.
func (r *relays) take(conn *net.UnixConn) {
	if !r.known(conn) { // a stranger
		conn.Close()
		return
	}
	words, rights := make([]byte, mostWords), make([]byte, unix.CmsgSpace(3*4))
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	n, m, _, _, err := conn.ReadMsgUnix(words, rights)
	_ = conn.SetDeadline(time.Time{})
	if err != nil {
		conn.Close()
		return
	}
	name, args, _ := strings.Cut(string(words[:n]), "\x00")
	d := &relayed{conn: conn, args: strings.Split(args, "\x00")}
	messages, err := unix.ParseSocketControlMessage(rights[:m])
	if err == nil && len(messages) == 1 {
		fds, _ := unix.ParseUnixRights(&messages[0])
		files := []**os.File{&d.in, &d.out, &d.audio}
		for i, fd := range fds {
			unix.CloseOnExec(fd)
			if i >= len(files) {
				_ = unix.Close(fd)
				continue
			}
			_ = unix.SetNonblock(fd, true) // so that a Close ends a Read
			*files[i] = os.NewFile(uintptr(fd), "Asterisk")
		}
	}
	r.mu.Lock()
	awaited := r.awaited[name]
	delete(r.awaited, name)
	r.mu.Unlock()
	if d.in == nil || d.out == nil || awaited == nil {
		d.Close()
		conn.Close()
		return
	}
	awaited <- d
}

// known reports whether a connection is of Asterisk's own user, whose programs
// relays are, or of ours.
func (r *relays) known(conn *net.UnixConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	known := false
	_ = raw.Control(func(fd uintptr) {
		peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		known = err == nil && (int(peer.Uid) == r.uid || int(peer.Uid) == os.Geteuid())
	})
	return known
}

// expect makes a relay of a name, and gives where its dialog will come.
func (r *relays) expect(name string) (<-chan *relayed, error) {
	if err := os.Symlink(filepath.Join("..", relayProgram), filepath.Join(r.folder, name)); err != nil {
		return nil, err
	}
	awaited := make(chan *relayed, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.awaited[name] = awaited
	return awaited, nil
}

// relayProgram is this program's copy in agi-bin.
const relayProgram = "goagi-test"

func (r *relays) close() {
	r.listener.Close()
	r.done.Wait()
}

// hangups calls fn for each hangup that Asterisk tells the relay of, until the
// relay is gone.
func (d *relayed) hangups(fn func()) {
	for told := make([]byte, 1); ; {
		if _, err := d.conn.Read(told); err != nil {
			return
		}
		fn()
	}
}

// exit has the relay end.
func (d *relayed) exit(code int) {
	_, _ = d.conn.Write([]byte{byte(code)})
	// Its end is that of the connection.
}

func (d *relayed) Read(p []byte) (int, error)        { return d.in.Read(p) }
func (d *relayed) Write(p []byte) (int, error)       { return d.out.Write(p) }
func (d *relayed) SetReadDeadline(t time.Time) error { return d.in.SetReadDeadline(t) }

// Waiting reports whether bytes can be read now.
func (d *relayed) Waiting() bool {
	raw, err := d.in.SyscallConn()
	if err != nil {
		return false
	}
	ready := false
	_ = raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 0)
		ready = err == nil && n > 0
	})
	return ready
}

// Close closes the dialog; audio is its reader's to close.
func (d *relayed) Close() error {
	var errs []error
	for _, file := range []*os.File{d.in, d.out} {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(errs...)
}

// listen gives the caller's audio.
func (d *relayed) listen() (io.ReadCloser, error) {
	if d.audio == nil {
		return nil, fmt.Errorf("fd 3, the caller's audio, was not handed over")
	}
	return d.audio, nil
}
