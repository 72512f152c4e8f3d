package agi

import (
	"fmt"
	"strings"
)

// What follows is for a [Transport] that is no [Stream]: one that gets a
// command's whole answer at once and so has no framing to do.

// ParseEnv reads an environment block that is whole, up to its last empty line.
// Where args are known from elsewhere they are taken and not the block's own
// lines agi_arg_1 and so on; nil stands for not known. ErrProtocol where no line
// is one of AGI.
func ParseEnv(block string, args []string) (*Env, error) {
	var lines []string
	for line := range strings.SplitSeq(block, "\n") {
		if line != "" {
			lines = append(lines, line)
		}
	}
	env := parseEnv(lines, nil)
	if len(env.fields) == 0 {
		return nil, fmt.Errorf("the AGI environment: %w: no line begins with agi_", ErrProtocol)
	}
	if args != nil {
		env.args = args
	}
	return env, nil
}

// Forged reports whether the block held a line, or a name twice, that Asterisk
// would not have written: a caller's name or an argument holds a newline. Then
// Args may be what a caller made of them.
func (e *Env) Forged() bool { return e.forged }

// FormatCommand gives a command as the one line that Asterisk reads, without its
// newline. The error is ErrTooLong, where that is over limit bytes or 127 words,
// or an ErrUsage.
func FormatCommand(c Command, limit int) (string, error) {
	line, err := appendLine(nil, c, limit+1)
	if err != nil {
		return "", err
	}
	return string(line[:len(line)-1]), nil
}

// ParseReply reads all that Asterisk wrote in answer to a command and takes its
// reply from it. ErrProtocol where there is none in it.
func ParseReply(c Command, text string) (Reply, error) {
	for rest := strings.TrimSuffix(text, "\n"); rest != ""; {
		var line string
		whole := rest
		line, rest, _ = strings.Cut(rest, "\n")
		if !startsReply(line) || strings.HasPrefix(line, "100 ") {
			continue // an application's own words, or GOSUB that has begun
		}
		free := isFreeText(c, line)
		switch {
		case strings.HasPrefix(line, "520-"):
			line = usageText(line, rest)
		case free:
			line = whole
		}
		if reply, ok := parseReply(line, free); ok {
			return reply, nil
		}
		break
	}
	return Reply{}, fmt.Errorf("%w: Asterisk sent %s", ErrProtocol, quoted(text, 80))
}

// usageText makes a usage block one 520 line, as [Stream] does; first is its
// first line. A block that was cut is taken as far as it goes.
func usageText(first, rest string) string {
	if i := strings.LastIndex("\n"+rest, "\n520 "); i >= 0 {
		rest = rest[:max(0, i-1)]
	}
	if rest == "" {
		rest = strings.TrimPrefix(first, "520-")
	}
	return "520 " + strings.TrimRight(rest, "\n")
}
