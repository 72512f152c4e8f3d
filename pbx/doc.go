// Package pbx runs a private, real Asterisk for tests and places calls on it.
// What the simulator only claims, this package lets a test see.
//
//	test                     pbx                          Asterisk
//	----                     ---                          --------
//	Place(Plan) ----------> AMI Originate -------------> Local channel, two legs
//	                        FastAGI /setup  <----------- ivr leg: variables are set
//	Plan.Steps  - - - - - - - - - - - - - - - - - - - -> ivr leg: the plan's own dialplan
//	Dialog() <------------- FastAGI /agi    <----------- ... where it says AGI(${FASTAGI})
//	Press, Play, Do ------> FastAGI /caller <----------> caller leg: plays the caller
//	Hangup, Redirect -----> AMI
//	Vars() <--------------- FastAGI /report <----------- ivr leg: extension h, at the end
//
// The caller is no phone but the far leg of a Local channel that the test
// drives, so it can press keys, talk, or hang up at any moment. All of
// Asterisk's folders lie in one temporary folder, so that several can run at
// once. Nothing listens but on loopback addresses.
//
// GOAGI_TEST_ASTERISK says which Asterisk: the folder of a chroot, or "host";
// test/asterisk.sh prints the word. A test binary shares one:
//
//	var asterisk pbx.Shared
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		asterisk.Stop()
//		os.Exit(code)
//	}
//
//	func TestHello(t *testing.T) {
//		call, err := asterisk.Get(t).Place(pbx.Plan{Steps: []string{
//			"AGI(${FASTAGI},one,two)",
//		}})
//		...
//	}
//
// Every wait has a deadline, and its error ends with the tail of Asterisk's
// log. Nothing here knows goagi: it would see its own mistakes as right.
package pbx
