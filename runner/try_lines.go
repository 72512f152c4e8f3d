package runner

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"goagi/call"
	"goagi/luabind"
	"goagi/sim"
)

// lines prints what happens in the call, a line each.
type lines struct{ w io.Writer }

// begin says what the call is; typing, that keys can be typed.
func (l *lines) begin(asked *tryAsked, typing bool) {
	fmt.Fprintf(l.w, "a call to %s\n", visible([]byte(strings.Join(asked.words, " "))))
	if typing {
		fmt.Fprintln(l.w, "type keys 0-9 * # to press them, h to hang up")
	}
	if typing && asked.sounds == nil {
		fmt.Fprintln(l.w, "prompts are not looked for: each lasts a second")
	}
}

// missing is the kind of event that a prompt without a sound file is.
const missing sim.Kind = "no file"

// eventWords say what an event is: what the line begins with, and what stands
// before the event's text.
var eventWords = [...]struct {
	kind        sim.Kind
	what, about string
}{
	{sim.Prompt, "hears", ""}, {sim.Beep, "hears", "a beep"}, {sim.Digits, "hears", "digits"},
	{sim.Number, "hears", "number"}, {sim.Letters, "hears", "letters"}, {sim.Phonetic, "hears", "spelling"},
	{sim.Date, "hears", "date"}, {sim.Time, "hears", "time"}, {sim.DateTime, "hears", "date and time"},
	{sim.Recording, "records", ""}, {sim.Recorded, "recorded", ""}, {sim.Music, "hears", "music"}, {sim.Tone, "hears", "tone"},
	{sim.Application, "runs", ""}, {sim.Verbose, "console", ""}, {sim.Log, "log", ""}, {sim.Answer, "answered", ""},
	{sim.Text, "reads", ""}, {sim.Image, "sees", ""}, {sim.Key, "presses", ""}, {sim.Hangup, "hung up", ""},
}

// described gives the words for an event: what it is, and the rest of its line.
// ok is false for one that the next says as well.
func described(e sim.Event) (what, text string, ok bool) {
	if e.Kind == sim.Application && (e.Text == "Log" || e.Text == "Verbose") {
		return "", "", false // the line that it writes comes next
	}
	what, about := string(e.Kind), ""
	for _, words := range eventWords {
		if words.kind == e.Kind {
			what, about = words.what, words.about
		}
	}
	text = strings.ReplaceAll(e.Text, "\t", "    ")
	switch e.Kind {
	case sim.Date, sim.Time, sim.DateTime:
		text = said(e)
	case sim.Beep:
		text = "" // its file's name says no more
	case sim.Application:
		text += "(" + e.Args + ")"
	case sim.Log:
		text = e.Args + " " + text
	case sim.Key:
		if e.Lost {
			text += "  (nothing listens for it)"
		}
	}
	text = string(visible([]byte(text)))
	if about != "" {
		text = strings.TrimRight(about+" "+text, " ")
	}
	return what, text, true
}

// show prints an event; it is called from the call's goroutine.
func (l *lines) show(e sim.Event) {
	if what, text, ok := described(e); ok {
		fmt.Fprintln(l.w, strings.TrimRight(fmt.Sprintf("%7.1f  %-9s %s", e.At.Seconds(), what, text), " "))
	}
}

func (l *lines) end(o outcome) {
	fmt.Fprintln(l.w, o.line())
	for _, name := range slices.Sorted(maps.Keys(o.vars)) {
		if name != "AGISTATUS" {
			fmt.Fprintf(l.w, "  %s = %s\n", visible([]byte(name)), visible([]byte(o.vars[name])))
		}
	}
	if len(o.db) > 0 {
		fmt.Fprintln(l.w, "Asterisk's database:")
	}
	for _, name := range slices.Sorted(maps.Keys(o.db)) {
		fmt.Fprintf(l.w, "  %s = %s\n", visible([]byte(name)), visible([]byte(o.db[name])))
	}
}

// outcome is how a call of try ended.
type outcome struct {
	code   int
	result call.Result
	agi    string // AGISTATUS
	vars   map[string]string
	db     map[string]string
}

func (o *outcome) line() string {
	return fmt.Sprintf("the call is over: %s (AGISTATUS %s)", o.result.Status, o.agi)
}

// said gives the time that an event says, as it is said.
func said(e sim.Event) string {
	seconds, err := strconv.ParseInt(e.Text, 10, 64)
	if err != nil {
		return e.Text
	}
	return time.Unix(seconds, 0).Format("2006-01-02 15:04:05")
}

// onScreen leaves out of the log what shows up among the events of the call: the
// script's own lines.
type onScreen struct{ slog.Handler }

// WithAttrs is slog's own, and leaves out the same.
func (h onScreen) WithAttrs(attrs []slog.Attr) slog.Handler {
	return onScreen{h.Handler.WithAttrs(attrs)}
}

// WithGroup is slog's own, and leaves out the same.
func (h onScreen) WithGroup(name string) slog.Handler { return onScreen{h.Handler.WithGroup(name)} }

// Handle passes on goagi's own records.
func (h onScreen) Handle(ctx context.Context, r slog.Record) error {
	own := true
	r.Attrs(func(a slog.Attr) bool {
		own = own && a.Key != luabind.FromKey
		return own
	})
	if !own {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}
