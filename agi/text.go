package agi

import "time"

// ReceiveChar waits for a character of text on a channel that carries text; a
// timeout of zero does not wait, whatever Asterisk's reference says. It gives
// the character, or "" when none came. Asterisk says "(hangup)" for most timeouts too (res_agi.c:
// handle_recvchar), so the channel is asked.
func (s *Session) ReceiveChar(timeout time.Duration) (char string, err error) {
	n, reply, err := s.number("RECEIVE CHAR", ms(timeout))
	switch {
	case err != nil:
		return "", err
	case n > 0:
		return string([]byte{byte(n)}), nil
	case n < 0:
		return "", s.onlyHangup("RECEIVE CHAR", reply)
	}
	return "", nil
}

// ReceiveText waits for a text message on the channel, and tells whether one
// came. A timeout of zero does not wait.
func (s *Session) ReceiveText(timeout time.Duration) (text string, ok bool, err error) {
	reply, err := s.Command("RECEIVE TEXT", ms(timeout))
	switch {
	case err != nil:
		return "", false, err
	case reply.Result == "1":
		return reply.Value, true, nil
	}
	return "", false, s.onlyHangup("RECEIVE TEXT", reply)
}

// onlyHangup is the error where -1 means a hangup, nil where it means that
// nothing came.
func (s *Session) onlyHangup(name string, reply Reply) error {
	if s.lostChannel() {
		return s.hangup(name, reply.Code)
	}
	return nil
}

// SendText sends a text to a channel that carries text; on others it does
// nothing.
func (s *Session) SendText(text string) error {
	return s.act("the text could not be sent", "SEND TEXT", text)
}

// SendImage sends an image, named without its extension, to a channel that
// carries images; on others it does nothing.
func (s *Session) SendImage(image string) error {
	return s.act("the image could not be sent", "SEND IMAGE", image)
}

// TDDMode sets the mode of a telephone for the deaf: "on", "off", "mate" or
// "tdd". It reports whether the channel has one.
func (s *Session) TDDMode(mode string) (bool, error) {
	return s.flag("TDD MODE", mode)
}
