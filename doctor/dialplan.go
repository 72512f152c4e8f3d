package doctor

import (
	"context"
	"fmt"
	"goagi/spell"
	"path/filepath"
	"regexp"
	"strings"
)

// step is a line of the dialplan that runs a script of goagi's.
type step struct {
	context, extension string
	app                string // as it stands there, with its arguments
	file, line         string // where it was written, "" where that is not known
	script             string // "" where it names none
	host               string // of FastAGI, with its port if it has one
	network            bool   // FastAGI or Async AGI
}

func (s step) where() string {
	if s.file != "" {
		return s.file + ":" + s.line
	}
	return s.extension + "@" + s.context
}

// before gives what stands in front of the script's name.
func (s step) before() string {
	switch {
	case s.host != "":
		return s.host + "/"
	case s.network:
		return "async,"
	}
	return "goagi,"
}

// newSteps reads what "dialplan show" says (main/pbx.c: show_dialplan_helper).
func newSteps(out string) (list []step) {
	context, extension := "", ""
	opening := regexp.MustCompile(`^\[ Context '(.*)' created by`)
	extended := regexp.MustCompile(`^  '(.*)' =>`)
	app := regexp.MustCompile(`\d+\. (E?AGI|DeadAGI)\((.*)\)\s*\[([^\]]*)\]\s*$`)
	for line := range strings.Lines(out) {
		if m := opening.FindStringSubmatch(line); m != nil {
			context = m[1]
		}
		if m := extended.FindStringSubmatch(line); m != nil {
			extension = m[1]
		}
		m := app.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		s := step{context: context, extension: extension, app: m[1] + "(" + m[2] + ")"}
		if file, number, ok := strings.Cut(m[3], ":"); ok {
			s.file, s.line = file, number
		}
		program, rest, _ := strings.Cut(m[2], ",")
		if url, ok := strings.CutPrefix(program, "agi://"); ok {
			host, path, _ := strings.Cut(url, "/")
			path, _, _ = strings.Cut(path, "?")
			s.host, s.script, s.network = host, path, true
		} else {
			s.script, _, _ = strings.Cut(rest, ",")
			s.network = program == "agi:async"
			if !s.network && filepath.Base(program) != "goagi" {
				continue
			}
		}
		list = append(list, s)
	}
	return list
}

// judgeDialplan looks for scripts that the dialplan names and that are not there.
func (x *exam) judgeDialplan(ctx context.Context) {
	if x.says == nil {
		x.skip(x.unasked())
		return
	}
	out, err := x.cli(ctx, "dialplan show")
	if err != nil {
		x.skip(err.Error())
		return
	}
	x.dialplan = newSteps(out)
	bad, open := false, 0
	for _, s := range x.dialplan {
		switch {
		case strings.Contains(s.script, "${"):
			open++
		case s.network && (s.script == "" || s.host != "" && !x.here(ctx, s.host)):
			// --default may name it, and another machine has scripts of its own.
		case s.script == "":
			x.wrong(fmt.Sprintf("%s: %s names no script", s.where(), s.app), x.edit(s, "(goagi", "(goagi,hello.lua")...)
			bad = true
		case !x.script(s.script, s.network):
			x.noScript(s)
			bad = true
		}
	}
	switch {
	case len(x.dialplan) == 0 && strings.Contains(out, "[ Context '"):
		x.warn("no line of the dialplan runs goagi: nobody who calls gets to it",
			`printf '[goagi]\nexten => 100,1,Answer()\n same => n,AGI(goagi,hello.lua)\n' >> `+Quote(x.etc()+"/extensions.conf"), x.asks("dialplan reload"))
	case len(x.dialplan) == 0:
		x.skip("there is no dialplan")
	case !bad:
		text := fmt.Sprintf("%d lines run goagi, and the scripts that they name are there", len(x.dialplan))
		if len(x.dialplan) == 1 {
			text = "a line runs goagi, and the script that it names is there"
		}
		if open > 0 {
			text += fmt.Sprintf(" (%d name it by a variable)", open)
		}
		x.ok(text)
	}
}

func (x *exam) etc() string {
	return x.folder("astetcdir", "Configuration directory", "/etc/asterisk")
}

// noScript says that a line's script is not there, and which one may be meant.
func (x *exam) noScript(s step) {
	folder := x.folders()[0]
	text := fmt.Sprintf("%s: %s: there is no script %s in %s", s.where(), s.app, s.script, folder)
	scripts, _ := x.listed(folder)
	var names []string
	for _, path := range scripts {
		if name, err := filepath.Rel(folder, path); err == nil {
			names = append(names, strings.TrimSuffix(name, ".lua"))
		}
	}
	if best := spell.Near(strings.TrimSuffix(s.script, ".lua"), names); best != "" {
		best += ".lua"
		x.wrong(text+"; is "+best+" meant?", x.edit(s, s.before()+s.script, s.before()+best)...)
		return
	}
	// It was never copied there, or is still to be written.
	name := s.script
	if !strings.HasSuffix(name, ".lua") {
		name += ".lua"
	}
	to := filepath.Join(folder, name)
	if !s.network && filepath.IsAbs(name) {
		to = name
	}
	x.wrong(text, command("install", "-D", "-m", "644", filepath.Base(name), to))
}

// edit gives the commands that put one word of a line in the dialplan in the
// place of another; none where it is not known which line that is.
func (x *exam) edit(s step, from, to string) []string {
	file := filepath.Join(x.etc(), s.file)
	if s.file == "" || !x.exists(file) {
		return nil
	}
	change := s.line + "s/" + pattern(from) + "/" + strings.NewReplacer(`\`, `\\`, "/", `\/`, "&", `\&`).Replace(to) + "/"
	return []string{command("sed", "-i", change, file), x.asks("dialplan reload")}
}

// here reports whether a host of a URL is this machine, as far as that can be
// told by its loopback addresses.
func (x *exam) here(ctx context.Context, host string) bool {
	name, _ := splitPort(host, "")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addrs, err := x.Lookup(ctx, name)
	return err == nil && len(addrs) > 0 && isLoopback(addrs[0])
}
