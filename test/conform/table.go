package conform

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Load reads every *.txt of a folder, in the order of their names. Errors name
// file and line.
func Load(fsys fs.FS) ([]Row, error) {
	files, err := fs.Glob(fsys, "*.txt")
	if err != nil {
		return nil, err
	}
	var rows []Row
	seen := make(map[string]string)
	for _, file := range files {
		f, err := fsys.Open(file)
		if err != nil {
			return nil, err
		}
		more, err := parse(f, path.Base(file))
		f.Close()
		if err != nil {
			return nil, err
		}
		for _, r := range more {
			at := fmt.Sprintf("%s:%d", r.File, r.Line)
			if other, ok := seen[r.Name]; ok {
				return nil, fmt.Errorf("%s: row %q is also at %s", at, r.Name, other)
			}
			seen[r.Name] = at
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func parse(in io.Reader, file string) ([]Row, error) {
	var rows []Row
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimRight(lines.Text(), " \t\r")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		sign, rest, _ := strings.Cut(text, " ")
		if sign == "==" || sign == "!" {
			rest = strings.TrimLeft(rest, " ")
		}
		var err error
		switch {
		case sign == "==":
			rows = append(rows, Row{Name: rest, File: file, Line: n})
			if rest == "" {
				err = errors.New("a row needs a name")
			}
		case len(rows) == 0:
			err = errors.New("a line before the first ==")
		default:
			err = rows[len(rows)-1].add(sign, rest, n)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return rows, nil
}

// add takes one line of a row: its sign and what follows.
func (r *Row) add(sign, rest string, n int) (err error) {
	s := Step{Line: n}
	switch sign {
	case "!":
		return r.act(rest, n)
	case ">":
		if len(r.After) > 0 {
			return errors.New("a command after the ? lines")
		}
		s.Kind = Send
		s.Text, err = unescape(rest)
		r.Steps = append(r.Steps, s)
		return err
	case "<", "<~", "<-", "<$", "?", "?~":
	default:
		return fmt.Errorf("a line begins with %q", sign)
	}
	rest, s.Only, s.Reason, err = mark(rest)
	if err != nil {
		return err
	}
	if sign[0] == '?' {
		s.Kind = Value
		var ok bool
		if s.Name, rest, ok = strings.Cut(rest, "="); !ok {
			return errors.New("a ? line is NAME=VALUE")
		}
	}
	switch sign {
	case "<":
		s.Kind = Line
	case "<~":
		s.Kind = Match
	case "<-":
		s.Kind = Skip
	case "<$":
		s.Kind = Closed
	}
	if strings.HasSuffix(sign, "~") {
		s.Expr, err = regexp.Compile(`\A(?:` + rest + `)\z`)
	} else {
		s.Text, err = unescape(rest)
	}
	if s.Kind == Value {
		r.After = append(r.After, s)
	} else if len(r.After) > 0 {
		return errors.New("a reply after the ? lines")
	} else {
		r.Steps = append(r.Steps, s)
	}
	return err
}

// act takes a line that begins with !.
func (r *Row) act(rest string, n int) error {
	word, arg, _ := strings.Cut(rest, " ")
	switch word {
	case "var", "dead", "caller", "only":
		if len(r.Steps) > 0 {
			return fmt.Errorf("%s comes before the first step", word)
		}
	}
	text, err := unescape(arg)
	if err != nil {
		return err
	}
	switch word {
	case "var":
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return errors.New("a var line is NAME=VALUE")
		}
		r.Vars = append(r.Vars, Var{name, value})
	case "dead":
		r.Dead = true
	case "only":
		r.Only, r.Reason, _ = strings.Cut(text, " ")
		if !slices.Contains(marks, r.Only) || r.Reason == "" {
			return errors.New("an only line is SIM, REAL, 16 or 22, and a reason")
		}
	case "caller":
		name, num, ok := strings.Cut(text, `" <`)
		if !ok || !strings.HasPrefix(name, `"`) || !strings.HasSuffix(num, ">") {
			return errors.New(`a caller line is "name" <num>`)
		}
		r.HasCaller, r.CallerName, r.CallerNum = true, name[1:], num[:len(num)-1]
	case "press":
		r.Steps = append(r.Steps, Step{Kind: Press, Text: text, Line: n})
	case "hangup":
		r.Steps = append(r.Steps, Step{Kind: Hangup, Line: n})
	case "wait":
		d, err := time.ParseDuration(text)
		if err != nil {
			return err
		}
		r.Steps = append(r.Steps, Step{Kind: Wait, Time: d, Line: n})
	default:
		return fmt.Errorf("unknown ! %s", word)
	}
	return nil
}

var marks = []string{Sim, Real, Old, New}

// mark parts the mark of an engine or a release from the end of a line.
func mark(text string) (rest, only, reason string, err error) {
	for _, only := range marks {
		sign := "#" + only + " "
		at := strings.LastIndex(text, " "+sign)
		if at < 0 && strings.HasPrefix(text, sign) {
			at = 0
		} else if at >= 0 {
			at++
		}
		if at >= 0 {
			return strings.TrimRight(text[:at], " \t"), only, text[at+len(sign):], nil
		}
		if strings.HasSuffix(text, "#"+only) {
			return "", "", "", fmt.Errorf("#%s needs a reason", only)
		}
	}
	return text, "", "", nil
}

func unescape(text string) (string, error) {
	if !strings.Contains(text, `\`) {
		return text, nil
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		i++
		if i == len(text) {
			return "", errors.New(`a lone \ at the end`)
		}
		switch text[i] {
		case 'r':
			b.WriteByte('\r')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '\\':
			b.WriteByte('\\')
		case 'x':
			v, err := strconv.ParseUint(text[i+1:min(i+3, len(text))], 16, 8)
			if err != nil || i+3 > len(text) {
				return "", errors.New(`\x takes two hexadecimal digits`)
			}
			b.WriteByte(byte(v))
			i += 2
		default:
			return "", fmt.Errorf(`unknown escape \%c`, text[i])
		}
	}
	return b.String(), nil
}
