package sim

import (
	"strings"
	"time"
)

// exec is res_agi.c: handle_exec. Only the word after the name counts. The
// application's number is the handler's result as well: 1 shows the usage
// behind the reply, 2 is a failure.
func (s *session) exec(argv []string) outcome {
	name, args := argv[1], ""
	if len(argv) > 2 {
		args = argv[2]
	}
	if isTrue(s.c.Vars["AGIEXECFULL"]) {
		args = s.expand(args)
	}
	n := s.application(name, args)
	s.reply("200 result=%d", n)
	switch n {
	case 1:
		return usage
	case 2:
		return fail
	}
	return done
}

// unknown is EXEC's number for an application that is not there.
const unknown = -2

// application runs one of the dialplan's applications: Call.App's, or one that
// call flows commonly use.
func (s *session) application(name, args string) int {
	ran := Event{Kind: Application, Text: name, Args: args}
	if s.c.App != nil {
		if n, ok := s.c.App(name, args); ok {
			s.hear(ran)
			return n
		}
	}
	run := builtin(strings.ToLower(name))
	if run == nil {
		return unknown
	}
	s.hear(ran)
	return run(s, args)
}

// Has reports whether the simulator has an application of the dialplan.
func Has(application string) bool { return builtin(strings.ToLower(application)) != nil }

// Applications lists those that the simulator has, as the dialplan writes them.
func Applications() []string { return strings.Fields(applications) }

const applications = "Answer Background Busy CELGenUserEvent ChannelRedirect ConfBridge Congestion Dial Echo ExecIf Gosub Goto GotoIf Hangup " +
	"Log MSet MeetMe MixMonitor MusicOnHold NoOp Park Playback Playtones Proceeding Progress Queue Read ResetCDR Return Ringing " +
	"SayAlpha SayDigits SayNumber SayPhonetic SayUnixTime SendDTMF SendText Set StartMusicOnHold StopMixMonitor StopMusicOnHold " +
	"StopPlaytones System Transfer TryExec TrySystem UserEvent Verbose VoiceMail VoiceMailMain Volume Wait WaitExten"

// builtin gives the application of a name in lower case, or nil.
func builtin(name string) func(*session, string) int {
	switch name {
	case "noop", "mixmonitor", "stopmixmonitor", "userevent", "celgenuserevent", "stopplaytones", "ringing",
		"progress", "proceeding", "tryexec", "transfer", "channelredirect", "volume", "resetcdr":
		return func(*session, string) int { return 0 }
	case "answer":
		return (*session).appAnswer
	case "set":
		return (*session).appSet
	case "mset":
		return (*session).appMSet
	case "verbose":
		return (*session).appVerbose
	case "log":
		return (*session).appLog
	case "wait":
		return (*session).appWait
	case "waitexten":
		return (*session).appWaitExten
	case "playback":
		return (*session).appPlayback
	case "background":
		return (*session).appBackground
	case "read":
		return (*session).appRead
	case "sendtext":
		return (*session).appSendText
	case "senddtmf":
		return (*session).appSendDTMF
	case "playtones":
		return (*session).appTone
	case "dial":
		return (*session).appDial
	case "echo":
		return (*session).appEcho
	case "queue", "confbridge", "voicemail", "voicemailmain", "meetme", "park":
		return (*session).appUntilHangup
	case "musiconhold":
		return (*session).appMusic
	case "startmusiconhold":
		return (*session).appMusicOn
	case "stopmusiconhold":
		return (*session).appMusicOff
	case "hangup":
		return (*session).appHangup
	case "busy", "congestion":
		return (*session).appBusy
	case "saynumber":
		return func(s *session, args string) int { return s.appSay(Number, args) }
	case "saydigits":
		return func(s *session, args string) int { return s.appSay(Digits, args) }
	case "sayalpha":
		return func(s *session, args string) int { return s.appSay(Letters, args) }
	case "sayphonetic":
		return func(s *session, args string) int { return s.appSay(Phonetic, args) }
	case "sayunixtime":
		return func(s *session, args string) int { return s.appSay(DateTime, args) }
	case "goto":
		return (*session).appGoto
	case "gotoif":
		return (*session).appGotoIf
	case "execif":
		return (*session).appExecIf
	case "return":
		return func(*session, string) int { return -1 } // there is nowhere to return to
	case "gosub":
		return (*session).appGosub
	case "system":
		return (*session).appSystem
	case "trysystem":
		return (*session).appTrySystem
	}
	return nil
}

// appArgs parts an application's arguments at their commas (app.c:
// AST_STANDARD_APP_ARGS): quotes and backslashes go, and commas within quotes,
// parentheses or brackets part nothing.
func appArgs(text string) []string {
	var args []string
	var arg []byte
	quoted := false
	depth := 0
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '\\' && i+1 < len(text):
			i++
			arg = append(arg, text[i])
			continue
		case b == '"':
			quoted = !quoted
			continue
		case (b == '(' || b == '[') && !quoted:
			depth++
		case (b == ')' || b == ']') && !quoted && depth > 0:
			depth--
		case b == ',' && !quoted && depth == 0:
			args = append(args, string(arg))
			arg = arg[:0]
			continue
		}
		arg = append(arg, text[i])
	}
	return append(args, string(arg))
}

func argOf(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

func seconds(text string) time.Duration {
	f, _ := scanFloat(text)
	return time.Duration(f * float64(time.Second))
}

// stays waits as an application that nothing but time and a hangup ends. Once
// the session has been told of the hangup, time alone does: an EXEC Wait then
// takes as long as it says, and EXEC Echo never ends.
func (s *session) stays(d time.Duration) int {
	if s.dead && !s.unborn {
		var until time.Time
		if d >= 0 {
			until = time.Now().Add(d)
		}
		for s.ctx.Err() == nil && !past(until) {
			s.sleep(until, false)
		}
		return 0
	}
	return s.holds(d)
}

// holds is stays for an application that sees that the channel has gone.
func (s *session) holds(d time.Duration) int {
	if why, _ := s.wait(d, "", false); why == hungUp {
		return -1
	}
	return 0
}
