package std

import "strings"

// opening watches what statements begin with: some are db:transaction's own, and
// some leave their connection other than they found it, which the next call to have
// it must not find.
type opening struct {
	words   []string // of the statement so far, two at most, in capitals
	body    bool     // what follows is the body of a trigger or a function
	control string   // a statement that begins or ends a transaction: "COMMIT"
	within  bool     // control may stand in a transaction, as SAVEPOINT may
	changes bool     // it changes the session
}

// see takes the next piece of the text: a name, a quoted text or comment, or one
// byte.
func (o *opening) see(piece string) {
	switch {
	case o.body:
	case piece == ";":
		o.words = o.words[:0]
	case strings.HasPrefix(piece, "/*!"): // which MySQL runs
		o.changes = true
	case isNameByte(piece[0]):
		o.name(strings.ToUpper(piece))
	}
}

func (o *opening) name(word string) {
	switch {
	case strings.HasPrefix(word, "PG_ADVISORY_LOCK"), strings.HasPrefix(word, "PG_TRY_ADVISORY_LOCK"), word == "SET_CONFIG", word == "GET_LOCK":
		o.changes = true
	}
	if len(o.words) == 2 {
		if o.words[0] == "CREATE" && isBody(word) {
			o.body = true // CREATE OR REPLACE FUNCTION, CREATE DEFINER = ... TRIGGER
		}
		return
	}
	o.words = append(o.words, word)
	first, second := o.words[0], ""
	if len(o.words) == 2 {
		second = o.words[1]
	}
	switch first {
	case "BEGIN", "START", "COMMIT", "END", "ABORT":
		o.control, o.within = first, false
	case "ROLLBACK":
		o.control, o.within = first, second == "TO"
	case "SAVEPOINT", "RELEASE":
		if o.control == "" {
			o.control, o.within = first, true
		}
	case "SET", "RESET", "DISCARD", "PRAGMA", "USE", "LOCK", "UNLOCK", "LISTEN", "UNLISTEN", "ATTACH", "DETACH", "DECLARE", "PREPARE", "DEALLOCATE",
		"LOAD", "DO", "HANDLER", "CALL":
		o.changes = true
	case "CREATE":
		switch second {
		case "TEMP", "TEMPORARY", "LOCAL", "GLOBAL":
			o.changes = true
		}
		o.body = isBody(second)
	}
}

func isBody(word string) bool {
	switch word {
	case "TRIGGER", "FUNCTION", "PROCEDURE", "EVENT":
		return true
	}
	return false
}
