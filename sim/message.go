package sim

import "time"

func (s *session) sendText(argv []string) outcome {
	s.hear(Event{Kind: Text, Text: argv[2]})
	return s.result(0)
}

func (s *session) sendImage(argv []string) outcome {
	s.hear(Event{Kind: Image, Text: argv[2]})
	return s.result(0)
}

// receiveChar waits on a channel that carries no text: its timeout reads as a
// hangup (res_agi.c: handle_recvchar over channel.c: ast_recvchar).
func (s *session) receiveChar(argv []string) outcome {
	s.silence(argv[2])
	s.reply("200 result=-1 (hangup)")
	return fail
}

func (s *session) receiveText(argv []string) outcome {
	s.silence(argv[2])
	s.reply("200 result=-1")
	return done
}

// silence waits for text that never comes; nought is no wait, whatever the
// reference says, and less is one without end.
func (s *session) silence(ms string) {
	s.wait(max(forever, time.Duration(atoi(ms))*time.Millisecond), "", false)
}

// tddMode: the channel cannot do it.
func (s *session) tddMode([]string) outcome { return s.result(0) }

// speech is every SPEECH command where no engine is loaded.
func (s *session) speech([]string) outcome { return s.result(0) }

// gosub is res_agi.c: handle_gosub.
func (s *session) gosub(argv []string) outcome {
	args := ""
	if len(argv) > 4 {
		args = argv[4]
	}
	if s.c.Label == nil || !s.c.Label(argv[1], argv[2], argv[3]) {
		s.reply("200 result=-1 Gosub label not found")
		return fail
	}
	s.reply("100 result=0 Trying...")
	if s.c.Gosub != nil && !s.c.Gosub(argv[1], argv[2], argv[3], args) {
		s.reply("200 result=0 Gosub complete (abnormal exit)")
		return done
	}
	s.reply("200 result=0 Gosub complete")
	return done
}
