package sim

import "strings"

// A command of the table: its words, whether a dead channel may use it, how
// many words a line of it holds at least and at most (0: any number), the rest
// of its usage, its handler.
type command struct {
	name     string
	dead     bool
	min, max int
	syntax   string
	run      func(*session, []string) outcome
}

// commands are those of Asterisk 22 (agi show commands). It is a slice of
// constants, so that the linker lays it out and start-up pays nothing.
var commands = [...]command{
	{"ANSWER", false, 1, 0, "", (*session).answer},
	{"ASYNCAGI BREAK", true, 2, 0, "", (*session).asyncBreak},
	{"CHANNEL STATUS", false, 2, 3, " [CHANNELNAME]", (*session).channelStatus},
	{"CONTROL STREAM FILE", false, 5, 10, " FILENAME ESCAPE_DIGITS [SKIPMS] [FFCHAR] [REWCHR] [PAUSECHR] [OFFSETMS]", (*session).controlStreamFile},
	{"DATABASE DEL", true, 4, 4, " FAMILY KEY", (*session).databaseDel},
	{"DATABASE DELTREE", true, 3, 4, " FAMILY [KEYTREE]", (*session).databaseDelTree},
	{"DATABASE GET", true, 4, 4, " FAMILY KEY", (*session).databaseGet},
	{"DATABASE PUT", true, 5, 5, " FAMILY KEY VALUE", (*session).databasePut},
	{"EXEC", true, 2, 0, " APPLICATION OPTIONS", (*session).exec},
	{"GET DATA", false, 3, 0, " FILE [TIMEOUT] [MAXDIGITS]", (*session).getData},
	{"GET FULL VARIABLE", true, 4, 5, " EXPRESSION [CHANNELNAME]", (*session).getFullVariable},
	{"GET OPTION", false, 4, 5, " FILENAME ESCAPE_DIGITS [TIMEOUT]", (*session).getOption},
	{"GET VARIABLE", true, 3, 3, " VARIABLENAME", (*session).getVariable},
	{"GOSUB", false, 4, 5, " CONTEXT EXTENSION PRIORITY [OPTIONAL-ARGUMENT]", (*session).gosub},
	{"HANGUP", false, 1, 2, " [CHANNELNAME]", (*session).hangupChannel},
	{"NOOP", true, 1, 0, "", (*session).noop},
	{"RECEIVE CHAR", false, 3, 3, " TIMEOUT", (*session).receiveChar},
	{"RECEIVE TEXT", false, 3, 3, " TIMEOUT", (*session).receiveText},
	{"RECORD FILE", false, 6, 0, " FILENAME FORMAT ESCAPE_DIGITS TIMEOUT [OFFSET_SAMPLES] [BEEP] [S=SILENCE]", (*session).recordFile},
	{"SAY ALPHA", false, 4, 4, " NUMBER ESCAPE_DIGITS", (*session).sayAlpha},
	{"SAY DATE", false, 4, 4, " DATE ESCAPE_DIGITS", (*session).sayDate},
	{"SAY DATETIME", false, 4, 0, " TIME ESCAPE_DIGITS [FORMAT] [TIMEZONE]", (*session).sayDateTime},
	{"SAY DIGITS", false, 4, 4, " NUMBER ESCAPE_DIGITS", (*session).sayDigits},
	{"SAY NUMBER", false, 4, 5, " NUMBER ESCAPE_DIGITS [GENDER]", (*session).sayNumber},
	{"SAY PHONETIC", false, 4, 4, " STRING ESCAPE_DIGITS", (*session).sayPhonetic},
	{"SAY TIME", false, 4, 4, " TIME ESCAPE_DIGITS", (*session).sayTime},
	{"SEND IMAGE", false, 3, 3, " IMAGE", (*session).sendImage},
	{"SEND TEXT", false, 3, 3, " TEXT_TO_SEND", (*session).sendText},
	{"SET AUTOHANGUP", false, 3, 3, " TIME", (*session).setAutoHangup},
	{"SET CALLERID", false, 2, 0, " NUMBER", (*session).setCallerID},
	{"SET CONTEXT", false, 3, 3, " DESIREDCONTEXT", (*session).setContext},
	{"SET EXTENSION", false, 3, 3, " NEWEXTENSION", (*session).setExtension},
	{"SET MUSIC", false, 3, 0, " ON|OFF [CLASS]", (*session).setMusic},
	{"SET PRIORITY", false, 3, 3, " PRIORITY", (*session).setPriority},
	{"SET VARIABLE", true, 4, 4, " VARIABLENAME VALUE", (*session).setVariable},
	{"SPEECH ACTIVATE GRAMMAR", false, 4, 4, " GRAMMAR_NAME", (*session).speech},
	{"SPEECH CREATE", false, 2, 0, " ENGINE", (*session).speech},
	{"SPEECH DEACTIVATE GRAMMAR", false, 4, 4, " GRAMMAR_NAME", (*session).speech},
	{"SPEECH DESTROY", true, 2, 0, "", (*session).speech},
	{"SPEECH LOAD GRAMMAR", false, 5, 5, " GRAMMAR_NAME PATH_TO_GRAMMAR", (*session).speech},
	{"SPEECH RECOGNIZE", false, 4, 0, " PROMPT TIMEOUT [OFFSET]", (*session).speech},
	{"SPEECH SET", false, 4, 4, " NAME VALUE", (*session).speech},
	{"SPEECH UNLOAD GRAMMAR", true, 4, 4, " GRAMMAR_NAME", (*session).speech},
	{"STREAM FILE", false, 4, 5, " FILENAME ESCAPE_DIGITS [SAMPLE_OFFSET]", (*session).streamFile},
	{"TDD MODE", false, 3, 3, " BOOLEAN", (*session).tddMode},
	{"VERBOSE", true, 2, 0, " MESSAGE LEVEL", (*session).verbose},
	{"WAIT FOR DIGIT", false, 4, 4, " TIMEOUT", (*session).waitForDigit},
}

// find gives the command whose words begin argv, in any case (res_agi.c:
// find_command), or nil. No command's words begin another's.
func find(argv []string) *command {
next:
	for i := range commands {
		rest := commands[i].name
		for _, word := range argv {
			var want string
			want, rest, _ = strings.Cut(rest, " ")
			if !strings.EqualFold(word, want) {
				continue next
			}
			if rest == "" {
				return &commands[i]
			}
		}
	}
	return nil
}
