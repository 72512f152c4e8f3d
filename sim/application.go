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
	case "senddtmf", "playtones":
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
		return func(*session, string) int { return -1 }
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
	case "gosub":
		return (*session).appGosub
	case "system", "trysystem":
		return (*session).appSystem
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

// stays waits as an application that nothing but time ends.
func (s *session) stays(d time.Duration) int {
	if why, _ := s.wait(d, "", false); why == hungUp {
		return -1
	}
	return 0
}

func (s *session) appAnswer(string) int {
	if s.dead || s.c.Hungup() {
		return -1
	}
	s.pickUp()
	return 0
}

// appSet takes raw text: NAME=VALUE, commas, backslashes and all.
func (s *session) appSet(args string) int {
	if name, value, ok := strings.Cut(args, "="); ok {
		s.assign(strings.TrimSpace(name), value)
	}
	return 0
}

func (s *session) appMSet(args string) int {
	for _, pair := range appArgs(args) {
		s.appSet(pair)
	}
	return 0
}

func (s *session) appVerbose(args string) int {
	level, text, ok := strings.Cut(args, ",")
	if _, number := scanInt(level); !ok || !number {
		text = args
	}
	s.hear(Event{Kind: Verbose, Text: text})
	return 0
}

func (s *session) appLog(args string) int {
	level, text, _ := strings.Cut(args, ",")
	s.hear(Event{Kind: Log, Text: text, Args: level})
	return 0
}

func (s *session) appWait(args string) int { return s.stays(max(0, seconds(args))) }

func (s *session) appWaitExten(args string) int {
	d := 10 * time.Second
	if args != "" {
		d = max(0, seconds(args))
	}
	why, key := s.wait(d, anyKey, false)
	return why.number(key)
}

func (s *session) appPlayback(args string) int {
	parts := appArgs(args)
	if s.dead || s.c.Hungup() {
		return -1
	}
	if !strings.Contains(argOf(parts, 1), "noanswer") {
		s.pickUp()
	}
	status := "SUCCESS"
	for name := range strings.SplitSeq(parts[0], "&") {
		why, _, _, ok := s.prompt(name, 0, "", false)
		if why == hungUp {
			return -1
		}
		if !ok {
			status = "FAILED"
		}
	}
	s.c.Vars["PLAYBACKSTATUS"] = status
	return 0
}

func (s *session) appBackground(args string) int {
	parts := appArgs(args)
	if s.dead || s.c.Hungup() {
		return -1
	}
	s.pickUp()
	status := "SUCCESS"
	for name := range strings.SplitSeq(parts[0], "&") {
		why, key, _, ok := s.prompt(name, 0, anyKey, false)
		if why != timeUp {
			return why.number(key)
		}
		if !ok {
			status = "FAILED"
		}
	}
	s.c.Vars["BACKGROUNDSTATUS"] = status
	return 0
}

// appRead is app_read.c for its variable, prompt, most digits and timeout.
func (s *session) appRead(args string) int {
	parts := appArgs(args)
	most := atoi(argOf(parts, 2))
	if most <= 0 {
		most = 255
	}
	first, next := 10*time.Second, 5*time.Second // the dialplan's own timeouts
	if d := seconds(argOf(parts, 5)); d > 0 {
		first, next = d, d
	}
	status := "OK"
	digits, why := "", hungUp
	if !s.dead {
		digits, why = s.collect(argOf(parts, 1), first, next, most, false)
	}
	switch why {
	case hungUp:
		status = "HANGUP"
	case timeUp:
		status = "TIMEOUT"
	}
	s.c.Vars[parts[0]], s.c.Vars["READSTATUS"] = digits, status
	if why == hungUp {
		return -1
	}
	return 0
}

func (s *session) appSendText(args string) int {
	s.hear(Event{Kind: Text, Text: args})
	s.c.Vars["SENDTEXTSTATUS"] = "SUCCESS"
	return 0
}

func (s *session) appTone(args string) int {
	s.hear(Event{Kind: Tone, Text: args})
	return 0
}

func (s *session) appDial(args string) int {
	status, length := "NOANSWER", 30*time.Second
	if s.c.Dial != nil {
		status, length = s.c.Dial(args)
	} else if d := seconds(argOf(appArgs(args), 1)); d > 0 {
		length = d
	}
	if s.stays(length) < 0 {
		s.c.Vars["DIALSTATUS"] = "CANCEL"
		return -1
	}
	s.c.Vars["DIALSTATUS"] = status
	return 0
}

func (s *session) appEcho(string) int {
	if why, _ := s.wait(forever, "#", false); why == hungUp {
		return -1
	}
	return 0
}

func (s *session) appUntilHangup(string) int { return s.stays(forever) }

func (s *session) appMusic(args string) int {
	parts := appArgs(args)
	s.appMusicOn(parts[0])
	d := forever
	if length := argOf(parts, 1); length != "" {
		d = max(0, seconds(length))
	}
	n := s.stays(d)
	s.appMusicOff("")
	return n
}

func (s *session) appMusicOn(class string) int {
	if class == "" {
		class = "default"
	}
	s.hear(Event{Kind: Music, Text: "on", Args: class})
	return 0
}

func (s *session) appMusicOff(string) int {
	s.hear(Event{Kind: Music, Text: "off"})
	return 0
}

// appBusy plays its tone for a time, or until the caller has heard enough. It
// answers -1, which ends a dialplan but not an AGI session.
func (s *session) appBusy(args string) int {
	s.hear(Event{Kind: Tone, Text: "busy"})
	d := forever
	if args != "" {
		d = max(0, seconds(args))
	}
	s.stays(d)
	return -1
}

func (s *session) appSay(kind Kind, args string) int {
	text := argOf(appArgs(args), 0)
	length := spoken(text, "")
	if kind == DateTime {
		length = sayDay + sayHour
	}
	s.hear(Event{Kind: kind, Text: text, Length: length})
	return s.stays(length)
}

// appGoto takes PRIORITY, EXTENSION,PRIORITY or CONTEXT,EXTENSION,PRIORITY.
func (s *session) appGoto(args string) int {
	fields := []*string{&s.c.Context, &s.c.Extension, &s.c.Priority}
	parts := appArgs(args)
	for i := range min(len(parts), 3) {
		*fields[2-i] = parts[len(parts)-1-i]
	}
	return 0
}

// appGosub takes CONTEXT,EXTENSION,PRIORITY(ARGS), the first two optional.
func (s *session) appGosub(args string) int {
	label, rest, _ := strings.Cut(args, "(")
	where := [3]string{s.c.Context, s.c.Extension, ""}
	parts := strings.Split(label, ",")
	for i := range min(len(parts), 3) {
		where[2-i] = parts[len(parts)-1-i]
	}
	if s.c.Gosub == nil || !s.c.Gosub(where[0], where[1], where[2], strings.TrimSuffix(rest, ")")) {
		return -1
	}
	return 0
}

// appSystem never runs anything.
func (s *session) appSystem(string) int {
	s.c.Vars["SYSTEMSTATUS"] = "FAILURE"
	return -1
}
