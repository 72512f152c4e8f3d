package std

import "strings"

// opening watches what statements begin with: some are db:transaction's own, and
// some leave their connection other than they found it, which the next call to have
// it must not find.
type opening struct {
	words     []string // of the statement so far, two at most, in capitals
	last      string   // the name before, in capitals
	body      bool     // what follows is the body of a trigger or a function
	control   string   // a statement that begins or ends a transaction: "COMMIT"
	before    string   // control without a ROLLBACK that may be one TO a savepoint
	savepoint string   // a statement that may stand in a transaction alone: "SAVEPOINT"
	changes   bool     // it changes the session
}

// see takes the next piece of the text: a name, a quoted text or comment, or one
// byte.
func (o *opening) see(e *engine, piece string) {
	switch {
	case strings.HasPrefix(piece, "/*!"), strings.HasPrefix(piece, "/*M!"): // which MySQL and MariaDB run
		o.changes = true
	case o.body:
	case piece == ";":
		o.words = o.words[:0]
	case piece == "@" && e.variables:
		o.changes = true
	case piece[0] == '"', piece[0] == '`':
		o.calls(strings.ToUpper(strings.Trim(piece, piece[:1])))
	case isNameByte(piece[0]):
		o.name(strings.ToUpper(piece))
	}
}

// calls looks at a name, wherever it stands, for functions that change the session.
func (o *opening) calls(name string) {
	switch {
	case strings.HasPrefix(name, "PG_ADVISORY_LOCK"), strings.HasPrefix(name, "PG_TRY_ADVISORY_LOCK"), name == "PG_TEMP", name == "SET_CONFIG", name == "GET_LOCK":
		o.changes = true
	}
}

func (o *opening) name(word string) {
	o.calls(word)
	last := o.last
	o.last = word

	if (word == "TEMP" || word == "TEMPORARY") && last == "INTO" { // SELECT ... INTO TEMP
		o.changes = true
	}
	if len(o.words) == 2 {
		if o.words[0] == "CREATE" {
			o.creates(word) // CREATE OR REPLACE FUNCTION, CREATE DEFINER = ... TRIGGER
		}
		return
	}
	if len(o.words) == 1 && o.words[0] == "ROLLBACK" && (word == "WORK" || word == "TRANSACTION") {
		return
	}
	o.words = append(o.words, word)
	if len(o.words) == 1 {
		o.first(word)
		return
	}
	switch first := o.words[0]; {
	case first == "CREATE":
		o.creates(word)
	case first == "ROLLBACK" && word == "TO":
		o.control, o.savepoint = o.before, "ROLLBACK TO"
	case first == "PREPARE" && word == "TRANSACTION":
		o.control = "PREPARE TRANSACTION"
	}
}

// first looks at a statement's first word.
func (o *opening) first(word string) {
	switch word {
	case "BEGIN", "START", "COMMIT", "END", "ABORT", "XA":
		o.control = word
	case "ROLLBACK":
		o.before, o.control = o.control, word
	case "SAVEPOINT", "RELEASE":
		o.savepoint = word
	case "SET", "RESET", "DISCARD", "PRAGMA", "USE", "LOCK", "UNLOCK", "LISTEN", "UNLISTEN", "ATTACH", "DETACH", "DECLARE", "PREPARE", "DEALLOCATE",
		"EXECUTE", "LOAD", "DO", "HANDLER", "CALL", "FLUSH":
		o.changes = true
	}
}

// creates looks at a word of CREATE. What follows a body is not looked at, so it may
// be anything.
func (o *opening) creates(word string) {
	switch word {
	case "TRIGGER", "FUNCTION", "PROCEDURE", "EVENT":
		o.body, o.changes = true, true
	case "TEMP", "TEMPORARY":
		o.changes = true
	}
}
