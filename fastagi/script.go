package fastagi

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// ErrScript: what the dialplan asked for cannot be the name of a script.
var ErrScript = errors.New("not the name of a script")

// maxScript is how long a request may be, in bytes.
const maxScript = 8 << 10

// maxShown is as much of it as an error shows.
const maxShown = 200

// Script is what the dialplan asks for behind agi://host/.
type Script struct {
	// Path is the script's name in the scripts folder, as path.Clean writes it:
	// parted by slashes, with no "..", no control character and no backslash in
	// it, and never absolute. Whether there is such a file nobody has looked.
	// Empty means the default script.
	Path string
	// Query is what stands behind the first "?": name=value, parted by "&". Of
	// a name that comes twice the first value holds, so that no foreign value
	// with "&" in it can change those before it. Nil where there is none.
	Query map[string]string
}

// ParseScript reads agi_network_script as Asterisk sends it, in the dialplan's
// own writing: "menu/main.lua?x=1&name=Ann%20B". Percent escapes are decoded,
// in the query after it has been taken apart; a "+" is a plus, since phone
// numbers begin with one. What is no escape in a query stays as it is, for the
// dialplan may put anybody's name there; a value may hold any byte. The error
// is an ErrScript.
func ParseScript(raw string) (Script, error) {
	if len(raw) > maxScript {
		return Script{}, wrong(raw, "it is too long")
	}
	name, query, _ := strings.Cut(raw, "?")
	name, ok := unescape(name)
	if !ok {
		return Script{}, wrong(raw, "% must be followed by two hexadecimal digits")
	}
	for i := range len(name) {
		switch b := name[i]; {
		case b < ' ' || b == 0x7f:
			return Script{}, wrong(raw, "it holds a control character")
		case b == '\\':
			return Script{}, wrong(raw, "it holds a backslash")
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return Script{}, wrong(raw, "it leads out of the scripts folder")
		}
	}
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	return Script{Path: name, Query: parseQuery(query)}, nil
}

// wrong shows what was asked for in a way that no terminal minds.
// wrong is the error of a name. What stands in its query may be a secret.
func wrong(raw, why string) error {
	raw, _, _ = strings.Cut(raw, "?")
	cut := ""
	if len(raw) > maxShown {
		raw, cut = raw[:maxShown], "..."
	}
	return fmt.Errorf("%w: %+q%s: %s", ErrScript, raw, cut, why)
}

func parseQuery(query string) map[string]string {
	var values map[string]string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = unescape(name)
		value, _ = unescape(value)
		if name == "" {
			continue
		}
		if values == nil {
			values = make(map[string]string)
		}
		if _, twice := values[name]; !twice {
			values[name] = value
		}
	}
	return values
}

// unescape decodes percent escapes. ok is false where one is broken, which then
// stays as it is.
func unescape(text string) (plain string, ok bool) {
	if !strings.Contains(text, "%") {
		return text, true
	}
	ok = true
	b := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' {
			if i+2 < len(text) {
				high, isHigh := hex(text[i+1])
				low, isLow := hex(text[i+2])
				if isHigh && isLow {
					b = append(b, high<<4|low)
					i += 2
					continue
				}
			}
			ok = false
		}
		b = append(b, text[i])
	}
	return string(b), ok
}

func hex(digit byte) (value byte, ok bool) {
	switch {
	case digit >= '0' && digit <= '9':
		return digit - '0', true
	case digit >= 'a' && digit <= 'f':
		return digit - 'a' + 10, true
	case digit >= 'A' && digit <= 'F':
		return digit - 'A' + 10, true
	}
	return 0, false
}
