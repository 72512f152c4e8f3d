package agi

import "strings"

// cutLength is where GET VARIABLE may have cut a value: at 1,023 bytes, some
// functions a few earlier (res_agi.c: handle_getvariable).
const cutLength = 1020

// GetVariable gives a channel variable or function, and whether it is set. A
// variable that the command may have cut off is asked for once more by GET FULL
// VARIABLE, which has no limit. A function is not, for that would run it twice:
// of its value the first 1,023 bytes are given.
func (s *Session) GetVariable(name string) (value string, set bool, err error) {
	value, set, err = s.text("GET VARIABLE", name)
	if err != nil || len(value) < cutLength || strings.ContainsAny(name, "${}(") {
		return value, set, err
	}
	whole, _, err := s.text("GET FULL VARIABLE", "${"+name+"}")
	if len(whole) > len(value) {
		value = whole
	}
	return value, true, err
}

// GetFullVariable evaluates an expression such as "${CALLERID(num)}" on a
// channel, this one where the name is empty, and whether that channel is
// there. Never build one from what a caller sent: Asterisk would run functions
// named in it.
func (s *Session) GetFullVariable(expression, channel string) (value string, ok bool, err error) {
	return s.text("GET FULL VARIABLE", append([]string{expression}, optional(channel)...)...)
}

// SetVariable sets a channel variable, or writes to a function. Asterisk does
// not say whether the function took it.
func (s *Session) SetVariable(name, value string) error {
	_, err := s.Command("SET VARIABLE", name, value)
	return err
}

// SetCallerID sets the caller's number, or `"Name" <number>`; cut at 255 bytes.
func (s *Session) SetCallerID(callerID string) error {
	_, err := s.Command("SET CALLERID", callerID)
	return err
}

// DatabaseGet gives a value of AstDB, and whether it is there.
func (s *Session) DatabaseGet(family, key string) (value string, found bool, err error) {
	return s.text("DATABASE GET", family, key)
}

// DatabasePut stores a value in AstDB and reports whether it did.
func (s *Session) DatabasePut(family, key, value string) (bool, error) {
	return s.flag("DATABASE PUT", family, key, value)
}

// DatabaseDel removes a key from AstDB and reports whether it is gone: also
// where there was none.
func (s *Session) DatabaseDel(family, key string) (bool, error) {
	return s.flag("DATABASE DEL", family, key)
}

// DatabaseDelTree removes a family, or the keys below one, and reports whether
// anything was removed. On the wire that is 0, against its documentation
// (res_agi.c: handle_dbdeltree).
func (s *Session) DatabaseDelTree(family, key string) (bool, error) {
	reply, err := s.Command("DATABASE DELTREE", append([]string{family}, optional(key)...)...)
	return err == nil && reply.Result == "0", err
}
