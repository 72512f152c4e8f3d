package doctor

import "testing"

// Who waits for nobody hears nothing: a worker counts where it may see and answer
// calls.
func TestWorkers(t *testing.T) {
	s := newStage(t)
	s.sees("ami", Skipped, "no account is set")
	s.says["dialplan show"] = "[ Context 'phones' created by 'pbx_config' ]\n  '100' =>  1. AGI(agi:async,desk.lua)   [extensions.conf:3]\n"
	s.sees("ami", Skipped, "who answers the calls of extensions.conf:3: exit status 1")
	const head = "  Username         IP Address     Start       Elapsed     FileDes   HttpCnt   Read   Write\n"
	s.says["manager show connected"] = head + "0 users connected.\n"
	s.sees("ami", Wrong, "extensions.conf:3: AGI(agi:async,desk.lua) waits for goagi async, and nobody is logged in")
	s.says["manager show connected"] = head + "  queues           127.0.0.1      1700000000  00000005    32        0         00073  00073\n1 users connected.\n"
	s.sees("ami", Wrong, "waits for goagi async")
	s.says["manager show connected"] = head + "  goagi            127.0.0.1      1700000000  00000005    32        0         08194  08706\n  goagi            127.0.0.1      1700000000  00000005    33        0         08194  08706\n2 users connected.\n"
	s.sees("ami", OK, "extensions.conf:3 gives calls to Async AGI, and goagi is logged in and may answer them")
}
