package sim

import (
	"strconv"
	"strings"
)

const cSpace = " \t\n\v\f\r"

// scanInt reads a number as sscanf's %30d does: leading white space, a sign,
// digits, and what follows them does not matter. ok is false where there are
// no digits. A number too large keeps its low 32 bits, as the C library's
// conversion through a long leaves them.
func scanInt(s string) (n int, ok bool) {
	s = strings.TrimLeft(s, cSpace)
	end := 0
	if end < len(s) && (s[end] == '-' || s[end] == '+') {
		end++
	}
	first := end
	for end < len(s) && end < 30 && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == first {
		return 0, false
	}
	long, _ := strconv.ParseInt(s[:end], 10, 64) // saturates, as strtol does
	return int(int32(long)), true
}

// atoi is C's atoi: scanInt, and 0 for what is not a number.
func atoi(s string) int {
	n, _ := scanInt(s)
	return n
}

// scanFloat reads the number at the start of s as sscanf's %lf, without
// hexadecimal, infinities and exponents.
func scanFloat(s string) (f float64, ok bool) {
	s = strings.TrimLeft(s, cSpace)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	for ; end > 0; end-- { // 1.2.3 is 1.2
		if f, err := strconv.ParseFloat(s[:end], 64); err == nil {
			return f, true
		}
	}
	return 0, false
}

// isTrue and isFalse are Asterisk's words for it (utils.c: ast_true,
// ast_false); most strings are neither.
func isTrue(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "true", "y", "t", "1", "on":
		return true
	}
	return false
}

func isFalse(s string) bool {
	switch strings.ToLower(s) {
	case "no", "false", "n", "f", "0", "off":
		return true
	}
	return false
}
