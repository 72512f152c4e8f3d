package lint

import "strings"

// wholly reports whether a pattern of Lua's matches a text from its beginning to its
// end, and none in which there is more than harmless characters: "^%+?%d+$".
func wholly(pattern string) bool {
	rest, ok := strings.CutPrefix(pattern, "^")
	for ok && rest != "$" {
		if rest = strings.TrimLeft(rest, "()"); rest == "$" || rest == "" {
			break
		}
		var safe bool
		if rest, safe, _ = class(rest); !safe {
			return false
		}
		if rest != "" && strings.IndexByte("*+-?", rest[0]) >= 0 {
			rest = rest[1:]
		}
	}
	return ok && rest == "$"
}

// captures reports of each capture of a pattern, of the whole where there is none,
// whether it can only be harmless characters: "^(%d+)(.*)$" gives true, false.
func captures(pattern string) []bool {
	rest := strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$")
	var all []bool
	var open []int // those that the place is in
	whole := true
	for rest != "" {
		switch {
		case rest[0] == '(':
			open = append(open, len(all))
			all = append(all, true)
			rest = rest[1:]
			continue
		case rest[0] == ')':
			open = open[:max(len(open)-1, 0)]
			rest = rest[1:]
			continue
		}
		next, safe, _ := class(rest)
		if next != "" && strings.IndexByte("*+-?", next[0]) >= 0 {
			next = next[1:]
		}
		if !safe {
			whole = false
			for _, i := range open {
				all[i] = false
			}
		}
		if rest = next; next == "" {
			break
		}
	}
	if all == nil {
		return []bool{whole}
	}
	return all
}

// others reports whether a pattern of Lua's stands for all characters but some that
// are harmless: "[^%w ]", "%D+".
func others(pattern string) bool {
	if pattern == "" {
		return false
	}
	rest, _, others := class(pattern)
	return others && (rest == "" || rest == "+")
}

// class reads what a pattern that is not empty begins with, "%d", "[%w_]" or "x". safe
// says that it stands for harmless characters, others that it stands for all but some
// of those: "%D", "[^%w_]".
func class(pattern string) (rest string, safe, others bool) {
	switch pattern[0] {
	case '%':
		return escaped(pattern)
	case '[':
	default:
		return pattern[1:], harmless(pattern[0]) && pattern[0] != '.', false
	}
	rest, others = strings.CutPrefix(pattern[1:], "^")
	safe = rest != "" && rest[0] != ']' // which is no end there
	for rest != "" && rest[0] != ']' {
		var known bool
		switch {
		case rest[0] == '%':
			rest, known, _ = escaped(rest)
		case len(rest) > 2 && rest[1] == '-' && rest[2] != ']':
			known = within(rest[0], rest[2], '0', '9') || within(rest[0], rest[2], 'a', 'z') || within(rest[0], rest[2], 'A', 'Z')
			rest = rest[3:]
		default:
			known = harmless(rest[0])
			rest = rest[1:]
		}
		safe = safe && known
	}
	if rest == "" {
		return "", false, false
	}
	return rest[1:], safe && !others, safe && others
}

// within reports whether a range of characters is part of another.
func within(first, last, least, most byte) bool { return least <= first && last <= most }

// escaped is class for what begins with a %.
func escaped(pattern string) (rest string, safe, others bool) {
	if len(pattern) < 2 {
		return "", false, false
	}
	switch c := pattern[1]; {
	case c == 'b' && len(pattern) > 3:
		return pattern[4:], false, false
	case strings.IndexByte("adluwx", c) >= 0:
		safe = true
	case strings.IndexByte("ADLUWX", c) >= 0:
		others = true
	case !inName(pattern, 1) || c == '_':
		safe = harmless(c)
	}
	return pattern[2:], safe, others
}

// harmless reports whether a character means nothing to a shell, to SQL, to Asterisk
// and in a URL, wherever it stands. Letters of other languages are several bytes.
func harmless(c byte) bool {
	return inName(string(c), 0) || c >= 0x80 || strings.IndexByte(" -+.@", c) >= 0
}
