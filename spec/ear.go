package spec

import (
	"slices"
	"strings"

	"goagi/sim"
)

// ear tells of a call on a real Asterisk what its caller hears and what happens,
// as the simulator does. It reads Asterisk's log, which names each sound file as it
// begins, between the commands that it does so for.
type ear struct {
	channel string
	hear    func(sim.Event)
	thread  string   // its mark in the log: "[11332][C-00000003]"
	command []string // the one in progress: its words
	said    bool     // it says something, and has begun
}

// line reads one line of the log.
func (e *ear) line(line string) {
	head, told, ok := strings.Cut(line, "<"+e.channel+">")
	if ok && !strings.HasSuffix(head, "] res_agi.c: ") && !strings.HasSuffix(head, "] file.c: ") {
		return // what a script prints may look like it
	}
	if !ok {
		// GET OPTION alone says nothing of the channel (res_agi.c: handle_getoption).
		_, told, ok = strings.Cut(line, e.thread)
		if ok && strings.Contains(told, "Playing '") && strings.Contains(told, "(timeout ") && len(e.command) > 2 {
			e.plays(e.command[2])
		}
		return
	}
	if _, head, ok = strings.Cut(head, "VERBOSE"); ok {
		e.thread, _, _ = strings.Cut(head, " ")
	}
	if command, ok := strings.CutPrefix(told, "AGI Rx << "); ok {
		e.command, e.said = wordsOf(command), false
		e.begins()
		return
	}
	if file, ok := strings.CutPrefix(told, " Playing '"); ok {
		if file, _, ok = strings.Cut(file, "' "); ok {
			if dot := strings.LastIndexByte(file, '.'); dot > strings.LastIndexByte(file, '/') {
				file = file[:dot] // the format
			}
			e.plays(file)
		}
	}
}

// begins tells what a command does that is no sound.
func (e *ear) begins() {
	word := func(n int) string {
		if n < len(e.command) {
			return e.command[n]
		}
		return ""
	}
	switch name := strings.ToUpper(word(0)); name {
	case "ANSWER":
		e.hear(sim.Event{Kind: sim.Answer})
	case "VERBOSE":
		e.hear(sim.Event{Kind: sim.Verbose, Text: word(1)})
	case "SET":
		if strings.EqualFold(word(1), "MUSIC") {
			e.hear(sim.Event{Kind: sim.Music, Text: strings.ToLower(word(2)), Args: word(3)})
		}
	case "SEND":
		switch strings.ToUpper(word(1)) {
		case "TEXT":
			e.hear(sim.Event{Kind: sim.Text, Text: word(2)})
		case "IMAGE":
			e.hear(sim.Event{Kind: sim.Image, Text: word(2)})
		}
	case "RECORD":
		if len(e.command) < 6 || !slices.ContainsFunc(e.command[5:], func(word string) bool { return strings.EqualFold(word, "BEEP") }) {
			e.records()
		}
	case "EXEC":
		e.executes(word(1), asMadeUp(word(2)))
	}
}

// executes tells what an application does that is no sound.
func (e *ear) executes(name, args string) {
	e.hear(sim.Event{Kind: sim.Application, Text: name, Args: args})
	first, rest, _ := strings.Cut(args, ",")
	switch strings.ToLower(name) {
	case "answer":
		e.hear(sim.Event{Kind: sim.Answer})
	case "log":
		e.hear(sim.Event{Kind: sim.Log, Text: rest, Args: first})
	case "verbose":
		if rest == "" {
			first, rest = "", first
		}
		e.hear(sim.Event{Kind: sim.Verbose, Text: rest, Args: first})
	case "playtones":
		e.hear(sim.Event{Kind: sim.Tone, Text: args})
	case "busy":
		e.hear(sim.Event{Kind: sim.Tone, Text: "busy"})
	case "musiconhold", "startmusiconhold":
		e.hear(sim.Event{Kind: sim.Music, Text: "on", Args: first})
	case "stopmusiconhold":
		e.hear(sim.Event{Kind: sim.Music, Text: "off"})
	}
}

// records tells that RECORD FILE begins to record.
func (e *ear) records() {
	if len(e.command) > 3 {
		e.hear(sim.Event{Kind: sim.Recording, Text: e.command[2] + "." + e.command[3]})
	}
}

// plays tells of a sound file that begins.
func (e *ear) plays(file string) {
	file = asMadeUp(file)
	if kind, text := e.saying(); kind != "" {
		if !e.said { // one event for all the words of a number
			e.said = true
			e.hear(sim.Event{Kind: kind, Text: text})
		}
		return
	}
	if len(e.command) > 0 && strings.EqualFold(e.command[0], "RECORD") && file == "beep" {
		e.hear(sim.Event{Kind: sim.Beep, Text: file})
		e.records()
		return
	}
	e.hear(sim.Event{Kind: sim.Prompt, Text: file})
}

// saying gives what the command in progress says, "" where it says nothing.
func (e *ear) saying() (kind sim.Kind, text string) {
	if len(e.command) < 3 {
		return "", ""
	}
	text = e.command[2]
	switch strings.ToUpper(e.command[0] + " " + e.command[1]) {
	case "SAY DIGITS":
		return sim.Digits, text
	case "SAY NUMBER":
		return sim.Number, text
	case "SAY ALPHA":
		return sim.Letters, text
	case "SAY PHONETIC":
		return sim.Phonetic, text
	case "SAY DATE":
		return sim.Date, text
	case "SAY TIME":
		return sim.Time, text
	case "SAY DATETIME", "EXEC SAYUNIXTIME":
		kind = sim.DateTime
	case "EXEC SAYDIGITS":
		kind = sim.Digits
	case "EXEC SAYNUMBER":
		kind = sim.Number
	case "EXEC SAYALPHA":
		kind = sim.Letters
	case "EXEC SAYPHONETIC":
		kind = sim.Phonetic
	}
	if e.command[0] == "EXEC" {
		text, _, _ = strings.Cut(text, ",")
	}
	return kind, text
}

// wordsOf parts a command as res_agi.c: parse_args does.
func wordsOf(line string) []string {
	var words []string
	var word []byte
	quoted, begun := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted, begun = !quoted, true
		case c == '\\' && i+1 < len(line):
			i++
			word, begun = append(word, line[i]), true
		case (c == ' ' || c == '\t') && !quoted:
			if begun {
				words, word, begun = append(words, string(word)), nil, false
			}
		default:
			word, begun = append(word, c), true
		}
	}
	if begun {
		words = append(words, string(word))
	}
	return words
}
