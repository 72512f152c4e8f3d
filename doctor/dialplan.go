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
	before             string // what stands in front of the script's name
	script             string // "" where it names none
	scripts            string // the folder that a flag names, "" for none
	open               bool   // what it runs is only known in a call
	host               string // of FastAGI, with its port if it has one
	network            bool   // FastAGI or Async AGI
}

func (s step) where() string {
	if s.file != "" {
		return s.file + ":" + s.line
	}
	return s.extension + "@" + s.context
}

// newSteps reads what "dialplan show" says (main/pbx.c: show_dialplan_helper).
func (x *exam) newSteps(out string) (list []step) {
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
		if x.reads(&s, m[2]) {
			list = append(list, s)
		}
	}
	return list
}

// reads takes a step's script out of the arguments of AGI, and reports whether it
// runs goagi.
func (x *exam) reads(s *step, text string) bool {
	args := arguments(text)
	program := args[0]
	if url, ok := strings.CutPrefix(program, "agi://"); ok {
		host, path, _ := strings.Cut(url, "/")
		path, _, _ = strings.Cut(path, "?")
		s.host, s.script, s.network, s.before = host, path, true, host+"/"
		s.open = strings.Contains(url, "${")
		return true
	}
	s.network, s.before = program == "agi:async", "async,"
	if !s.network {
		if filepath.Base(program) != "goagi" {
			return false
		}
		scripts, words, ok := x.words(args[1:])
		at := len(args) - len(words)
		s.scripts, s.before = scripts, args[at-1]+","
		if at == 1 {
			s.before = "goagi,"
		}
		s.open = !ok || scripts != "" && (!filepath.IsAbs(scripts) || strings.Contains(scripts, "${"))
		args = append(args[:1], words...)
	}
	if len(args) > 1 {
		s.script = args[1]
	}
	s.open = s.open || strings.Contains(s.script, "${")
	return true
}

// words reads the flags of a goagi.
func (x *exam) words(args []string) (scripts string, words []string, ok bool) {
	if x.Words == nil {
		return "", args, true
	}
	return x.Words(args)
}

// arguments parts the arguments of an application as Asterisk does (app.c:
// __ast_app_separate_args).
func arguments(text string) (list []string) {
	var b strings.Builder
	round, square, quoted, escaped := 0, 0, false, false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case r == '"':
			quoted = !quoted
			continue
		case r == '(':
			round++
		case r == ')' && round > 0:
			round--
		case r == '[':
			square++
		case r == ']' && square > 0:
			square--
		case r == ',' && round+square == 0 && !quoted:
			list = append(list, b.String())
			b.Reset()
			continue
		}
		b.WriteRune(r)
	}
	return append(list, b.String())
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
	x.dialplan = x.newSteps(out)
	bad, open, elsewhere := false, 0, 0
	for _, s := range x.dialplan {
		folders := x.foldersOf(s)
		switch {
		case s.open:
			open++
		case s.network && s.script == "": // --default may name it
		case s.network && (len(folders) == 0 || s.host != "" && !x.here(ctx, s.host)):
			elsewhere++
		case s.script == "":
			x.wrong(fmt.Sprintf("%s: %s names no script", s.where(), s.app), x.noName(s)...)
			bad = true
		case len(folders) > 0 && !x.script(folders, s.script, s.network):
			x.noScript(s, folders[0])
			bad = true
		}
	}
	if elsewhere > 0 {
		x.skip(fmt.Sprintf("whether the scripts of %d lines are there: nothing here says where the server that runs them has its scripts", elsewhere))
	}
	switch {
	case len(x.dialplan) == 0 && strings.Contains(out, "[ Context '"):
		x.warn("no line of the dialplan runs goagi: nobody who calls gets to it",
			`printf '[goagi]\nexten => 100,1,Answer()\n same => n,AGI(goagi,hello.lua)\n' >> `+Quote(x.etc()+"/extensions.conf"), x.asks("dialplan reload"))
	case len(x.dialplan) == 0:
		x.skip("there is no dialplan")
	case !bad && elsewhere < len(x.dialplan):
		text := fmt.Sprintf("%d lines run goagi, and the scripts that they name are there", len(x.dialplan))
		if len(x.dialplan) == 1 {
			text = "a line runs goagi, and the script that it names is there"
		}
		if elsewhere > 0 {
			text = fmt.Sprintf("%d lines run goagi, and the scripts that are looked for are there", len(x.dialplan))
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
func (x *exam) noScript(s step, folder string) {
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
		x.wrong(text+"; is "+best+" meant?", x.edit(s, s.before+s.script, s.before+best)...)
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

// noName gives the commands that have a line name a script.
func (x *exam) noName(s step) []string {
	if !strings.HasSuffix(s.app, "goagi)") {
		return nil
	}
	return x.edit(s, "goagi)", "goagi,hello.lua)")
}

// foldersOf lists the folders that a line's script is looked for in: none where
// they are another machine's, or a container's, as far as is known.
func (x *exam) foldersOf(s step) []string {
	switch {
	case s.scripts != "":
		return []string{s.scripts}
	case s.host != "":
		return x.served()
	case s.network && len(x.Accounts) == 0:
		return nil
	}
	return x.folders()
}

// edit gives the commands that put one word of a line in the dialplan in the
// place of another; none where it is not known which line that is.
func (x *exam) edit(s step, from, to string) []string {
	file := filepath.Join(x.etc(), s.file)
	if s.file == "" || !x.exists(file) || !strings.Contains(s.app, from) {
		return nil // the arguments are written in a way that sed's pattern does not know
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
