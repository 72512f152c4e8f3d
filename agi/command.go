package agi

import (
	"slices"
	"strings"
)

// Trait is what is known of a command beyond its words.
type Trait uint8

const (
	// DeadSafe commands work without a live channel (res_agi.c: the dead
	// column of commands[]).
	DeadSafe Trait = 1 << iota
	// FreeText commands answer with a value that anyone may have written,
	// parentheses and newlines included, with nothing escaped.
	FreeText
	// Interruptible commands end when Asterisk sees the next command come.
	Interruptible
	// InterruptibleEAGI commands do so only while an audio pipe is open
	// (main/say.c: wait_file).
	InterruptibleEAGI
)

// Command is one AGI command: the words of its name, then its arguments one
// by one as they are meant. The transport quotes them.
type Command struct {
	Name string   // "STREAM FILE"; blanks part the words
	Args []string // each arrives in Asterisk as it stands here
}

// Traits gives what is known of the command; 0 for one that is not among the
// 47 of Asterisk 22.
func (c Command) Traits() Trait {
	if i := find(c.Name); i >= 0 {
		return commands[i].traits
	}
	return 0
}

// Has reports whether the command has a trait.
func (c Command) Has(t Trait) bool { return c.Traits()&t != 0 }

// Known gives the name that Asterisk 22 has for the command, "" for one that is
// not among its 47.
func (c Command) Known() string {
	if i := find(c.Name); i >= 0 {
		return commands[i].name
	}
	return ""
}

// is reports whether the command is the one of this upper-case name.
func (c Command) is(name string) bool {
	return c.Known() == name
}

// Commands lists the names of the commands that Asterisk 22 has, sorted.
func Commands() []string {
	names := make([]string, len(commands))
	for i := range commands {
		names[i] = commands[i].name
	}
	return names
}

type knownCommand struct {
	name   string
	traits Trait
}

// commands is what `agi show commands` of Asterisk 22 lists, sorted by name,
// with the traits of res-agi's handlers. A sorted array costs nothing at
// start, where a map literal would run in every process.
var commands = [...]knownCommand{
	{"ANSWER", 0},
	{"ASYNCAGI BREAK", DeadSafe},
	{"CHANNEL STATUS", 0},
	{"CONTROL STREAM FILE", 0},
	{"DATABASE DEL", DeadSafe},
	{"DATABASE DELTREE", DeadSafe},
	{"DATABASE GET", DeadSafe | FreeText},
	{"DATABASE PUT", DeadSafe},
	{"EXEC", DeadSafe},
	{"GET DATA", Interruptible},
	{"GET FULL VARIABLE", DeadSafe | FreeText},
	{"GET OPTION", Interruptible},
	{"GET VARIABLE", DeadSafe | FreeText},
	{"GOSUB", 0},
	{"HANGUP", 0},
	{"NOOP", DeadSafe},
	{"RECEIVE CHAR", 0},
	{"RECEIVE TEXT", FreeText},
	{"RECORD FILE", 0},
	{"SAY ALPHA", InterruptibleEAGI},
	{"SAY DATE", 0},
	{"SAY DATETIME", 0},
	{"SAY DIGITS", InterruptibleEAGI},
	{"SAY NUMBER", InterruptibleEAGI},
	{"SAY PHONETIC", InterruptibleEAGI},
	{"SAY TIME", 0},
	{"SEND IMAGE", 0},
	{"SEND TEXT", 0},
	{"SET AUTOHANGUP", 0},
	{"SET CALLERID", 0},
	{"SET CONTEXT", 0},
	{"SET EXTENSION", 0},
	{"SET MUSIC", 0},
	{"SET PRIORITY", 0},
	{"SET VARIABLE", DeadSafe},
	{"SPEECH ACTIVATE GRAMMAR", 0},
	{"SPEECH CREATE", 0},
	{"SPEECH DEACTIVATE GRAMMAR", 0},
	{"SPEECH DESTROY", DeadSafe},
	{"SPEECH LOAD GRAMMAR", 0},
	{"SPEECH RECOGNIZE", 0},
	{"SPEECH SET", 0},
	{"SPEECH UNLOAD GRAMMAR", DeadSafe},
	{"STREAM FILE", Interruptible},
	{"TDD MODE", 0},
	{"VERBOSE", DeadSafe},
	{"WAIT FOR DIGIT", Interruptible},
}

// find gives the place of the command that a name begins with, in any case and
// with any blanks, or -1: as Asterisk does, it takes the longest one, and what
// follows are arguments (res_agi.c: find_command).
func find(name string) int {
	if i := search(name); i >= 0 {
		return i
	}
	words := strings.Fields(strings.ToUpper(name))
	for n := min(len(words), 3); n > 0; n-- {
		if i := search(strings.Join(words[:n], " ")); i >= 0 {
			return i
		}
	}
	return -1
}

// search gives the place of exactly this name, or -1.
func search(name string) int {
	i, ok := slices.BinarySearchFunc(commands[:], name, func(c knownCommand, name string) int {
		return strings.Compare(c.name, name)
	})
	if !ok {
		return -1
	}
	return i
}
