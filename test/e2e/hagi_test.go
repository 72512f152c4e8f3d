package e2e

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"goagi/pbx"
)

const (
	menu = "hagi://ivr.test/menu.lua" // says which server ran it
	wait = "hagi://ivr.test/wait.lua" // ... and waits for a key
)

// twins are two goagi serve with the same scripts, and an Asterisk that finds both
// under the name ivr.test.
type twins struct {
	t        *testing.T
	a        *pbx.Asterisk
	names    *pbx.Nameserver
	one, two *serving
}

// twinServers starts them. The name leads nowhere yet.
func twinServers(t *testing.T) *twins {
	t.Helper()
	names, err := pbx.NewNameserver()
	switch {
	case errors.Is(err, pbx.ErrNoNameserver) && os.Getenv("CI") == "":
		t.Skip(err) // only root may give Asterisk a nameserver of its own
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(names.Close)
	private := pbx.Shared{Options: pbx.Options{Nameserver: names.Addr}}
	w := &twins{t: t, a: private.Get(t), names: names}
	t.Cleanup(private.Stop)
	for name, server := range map[string]**serving{"one": &w.one, "two": &w.two} {
		*server = serve(t, map[string]string{
			"menu.lua": `agi.answer() agi.var.SERVER = "` + name + `" for i = 1, 20 do agi.get_full_variable("x") end`,
			"wait.lua": `agi.answer() agi.var.SERVER = "` + name + `" agi.var.READY = "yes" agi.wait_for_digit(60000)`,
		})
	}
	return w
}

// lead makes the name lead to these targets.
func (w *twins) lead(targets ...net.SRV) { w.names.Set("_agi._tcp.ivr.test", targets...) }

// address is where a server listens.
func address(s *serving) string {
	return strings.TrimSuffix(strings.TrimPrefix(s.url, "agi://"), "/")
}

// target is a server's SRV record.
func target(s *serving, priority, weight uint16) net.SRV {
	at, err := netip.ParseAddrPort(address(s))
	if err != nil {
		s.t.Fatal(err)
	}
	return net.SRV{Target: "host.test", Port: at.Port(), Priority: priority, Weight: weight}
}

// alone waits until no channels are left but the two of this call.
func alone(t *testing.T, c *pbx.Call) {
	t.Helper()
	reply := ""
	for range 200 {
		var err error
		if reply, err = c.Do("GET FULL VARIABLE ${CHANNELS()}"); err != nil {
			t.Fatal(err)
		}
		if strings.Count(reply, "Local/") == 2 {
			return
		}
		do(t, c, "EXEC Wait 0.05")
	}
	t.Errorf("channels hang: %s", reply)
}

// retrying is a dialplan that asks for a script, and once more where its server has
// died: only a script that ended has set GOAGI_STATUS. It waits a second, for a
// process that dies closes its calls first and may still take new ones.
func retrying(url string) []string {
	return []string{
		"Set(GOAGI_STATUS=)",
		"AGI(" + url + ")",
		"Set(FIRST=${SERVER} ${AGISTATUS} ${GOAGI_STATUS})",
		`ExecIf($["${GOAGI_STATUS}" = ""]?Wait(1))`,
		`ExecIf($["${GOAGI_STATUS}" = ""]?AGI(` + menu + "))",
	}
}

// ranOn is what a call has whose script ended on that server.
func ranOn(server string) vars {
	return vars{"SERVER": server, "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"}
}

// A server is killed under load: no caller is left in silence. Calls that it held
// come back to their dialplan, which tries again and gets the other one; those that
// come afterwards get the other one at once.
func TestServerDiesUnderLoad(t *testing.T) { // alone: so many calls disturb those that are about moments
	const waiting, busy, more = 20, 20, 3
	w := twinServers(t)
	w.lead(target(w.two, 20, 0), target(w.one, 10, 0))
	held := make([]*pbx.Call, waiting)
	for i := range held {
		held[i] = place(t, w.a, pbx.Plan{Steps: retrying(wait)})
	}
	for _, c := range held {
		until(t, c, "READY", "yes")
	}

	begun, gone := make(chan struct{}, busy), make(chan struct{})
	var calls sync.WaitGroup
	var mu sync.Mutex
	count, longest := make(map[string]int), time.Duration(0) // of calls before and after
	for range busy {
		calls.Go(func() {
			begin := sync.OnceFunc(func() { begun <- struct{}{} })
			defer begin()
			for after := 0; after < more; {
				start, want := time.Now(), ""
				select {
				case <-gone:
					want = "two SUCCESS OK"
					after++
				default:
				}
				first, err := w.once()
				if err != nil {
					t.Error(err)
					return
				}
				if want != "" && first != want {
					t.Errorf("a call that came after the death went %q", first)
				}
				mu.Lock()
				if want == "" {
					count[first]++
				} else {
					longest = max(longest, time.Since(start))
				}
				mu.Unlock()
				begin()
			}
		})
	}
	for range busy {
		<-begun
	}
	if calls := w.two.calls(); len(calls) > 0 {
		t.Errorf("the second server had %d calls while the first lived", len(calls))
	}
	if err := w.one.process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-w.one.ended
	close(gone)
	calls.Wait()
	for _, c := range held {
		if first, err := goneWell(c); first != "one SUCCESS " || err != nil {
			t.Errorf("a call that the dead server held went %q, %v", first, err)
		}
	}
	last := place(t, w.a, pbx.Plan{Steps: []string{"AGI(" + wait + ")"}})
	alone(t, last)
	press(t, last, "1")
	check(t, last, ranOn("two"))
	if strings.Contains(w.a.Log(0), "timed out") {
		t.Error("Asterisk waited for the dead server")
	}
	t.Logf("calls that came before the death went %v; the slowest after it took %v", count, longest)
}

// once places a call and waits for its end.
func (w *twins) once() (first string, err error) {
	c, err := w.a.Place(pbx.Plan{Steps: retrying(menu)})
	if err != nil {
		return "", err
	}
	defer c.Close()
	return goneWell(c)
}

// goneWell waits for the end of a call and tells how its first try went. It is an
// error if a script did not end well at last.
func goneWell(c *pbx.Call) (first string, err error) {
	got, err := c.Vars("FIRST", "SERVER", "AGISTATUS", "GOAGI_STATUS")
	if err == nil && (got["AGISTATUS"] != "SUCCESS" || got["GOAGI_STATUS"] != "OK") {
		err = fmt.Errorf("a call ended with %v", got)
	}
	return got["FIRST"], err
}

// A server that is told to stop keeps the calls that it has, and new ones go to the
// other: it can be renewed in working hours.
func TestServerStopsBesideAnother(t *testing.T) {
	t.Parallel()
	w := twinServers(t)
	w.lead(target(w.one, 10, 0), target(w.two, 20, 0))
	held := place(t, w.a, pbx.Plan{Steps: retrying(wait)})
	until(t, held, "READY", "yes")
	if err := w.one.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until it has closed its listener
		conn, err := net.Dial("tcp", address(w.one))
		if err != nil {
			break
		}
		conn.Close()
	}
	check(t, place(t, w.a, pbx.Plan{Steps: []string{"AGI(" + menu + ")"}}), ranOn("two"))
	press(t, held, "1")
	check(t, held, ranOn("one"))
	if err := <-w.one.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// Asterisk goes from target to target until one takes the connection. Where none
// does, the call goes on and can tell.
func TestTargetsOfAName(t *testing.T) {
	t.Parallel()
	w := twinServers(t)
	refuses := net.SRV{Target: "host.test", Port: 1, Priority: 5}
	silent := silentTarget(t)
	nowhere := vars{"SERVER": "", "AGISTATUS": "FAILURE", "GOAGI_STATUS": ""}
	for _, row := range []struct {
		name    string
		targets []net.SRV
		want    vars
		waits   bool // for the 2 s that Asterisk gives a target
	}{
		{"by priority", []net.SRV{target(w.two, 20, 9), target(w.one, 10, 1)}, ranOn("one"), false},
		{"the first refuses", []net.SRV{target(w.two, 20, 0), refuses}, ranOn("two"), false},
		{"the first is silent", []net.SRV{silent, target(w.two, 20, 0)}, ranOn("two"), true},
		{"all refuse", []net.SRV{refuses, refuses}, nowhere, false},
		{"none", nil, nowhere, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			w.lead(row.targets...)
			c := place(t, w.a, pbx.Plan{Steps: []string{"AGI(" + menu + ")"}})
			check(t, c, row.want)
			if waits := strings.Contains(c.Log(), "timed out after MAX_AGI_CONNECT (2000)"); waits != row.waits {
				t.Errorf("Asterisk timed out: %v, want %v", waits, row.waits)
			}
		})
	}
	t.Run("an unknown name", func(t *testing.T) {
		check(t, place(t, w.a, pbx.Plan{Steps: []string{"AGI(hagi://unknown.test/menu.lua)"}}), nowhere)
	})
}

// silentTarget takes no connection and refuses none, as a machine without power.
func silentTarget(t *testing.T) net.SRV {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err == nil {
		err = unix.Listen(fd, 0) // the queue holds one
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := name.(*unix.SockaddrInet4).Port
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return net.SRV{Target: "host.test", Port: uint16(port), Priority: 5}
}

// How Asterisk shares calls among targets of one priority. It compares a random
// number up to the sum of the weights with each weight, not with their running sum,
// and draws again where it is over all of them.
func TestSharesByWeight(t *testing.T) {
	t.Parallel()
	const many = 60
	w := twinServers(t)
	for _, row := range []struct {
		name     string
		one, two uint16
		both     bool
	}{
		{"none: the first of the answer gets all", 0, 0, false},
		{"equal: the same", 50, 50, false},
		{"the heavier comes first: it gets all", 80, 20, false},
		{"the lighter comes first: it gets a quarter", 20, 80, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			w.lead(target(w.one, 10, row.one), target(w.two, 10, row.two))
			count := make(map[string]int)
			for range many {
				first, err := w.once()
				if err != nil {
					t.Fatal(err)
				}
				count[first]++
			}
			one, two := count["one SUCCESS OK"], count["two SUCCESS OK"]
			if one+two != many || one == 0 || row.both != (two > 0) || row.both && one >= two {
				t.Errorf("the calls went %v", count)
			}
		})
	}
}
