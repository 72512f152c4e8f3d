package sim

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// evaluate is $[...]: numbers, words and "strings" with | & = != < > <= >=
// + - * / % ! and parentheses, from loose to tight. What it cannot read is
// empty, as in Asterisk (ast_expr2.y). Its : and =~ and ?:: are not here.
func evaluate(text string) string {
	e := expression{rest: text}
	value := e.binary(0)
	e.blank()
	if e.bad || e.rest != "" {
		return ""
	}
	return value
}

type expression struct {
	rest string
	bad  bool
}

// operators by how tightly they bind; of those that begin alike the longer
// stands first.
var operators = [...][]string{{"|"}, {"&"}, {"!=", "<=", ">=", "=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}}

func (e *expression) blank() { e.rest = strings.TrimLeft(e.rest, cSpace) }

// take takes one of some signs from the front.
func (e *expression) take(signs ...string) string {
	e.blank()
	for _, sign := range signs {
		if rest, ok := strings.CutPrefix(e.rest, sign); ok {
			e.rest = rest
			return sign
		}
	}
	return ""
}

func (e *expression) binary(level int) string {
	if level == len(operators) {
		return e.unary()
	}
	left := e.binary(level + 1)
	for !e.bad {
		sign := e.take(operators[level]...)
		if sign == "" {
			break
		}
		left = operate(sign, left, e.binary(level+1))
	}
	return left
}

func (e *expression) unary() string {
	switch e.take("!", "-", "(") {
	case "!":
		return truth(!isYes(e.unary()))
	case "-":
		return operate("-", "0", e.unary())
	case "(":
		value := e.binary(0)
		e.bad = e.bad || e.take(")") == ""
		return value
	}
	// A word, or a string with its quote marks, which count when it is
	// compared.
	end := strings.IndexAny(e.rest, "|&=!<>+*/%() \t")
	if strings.HasPrefix(e.rest, `"`) {
		if end = strings.IndexByte(e.rest[1:], '"') + 2; end == 1 {
			e.bad = true
			return ""
		}
	} else if end < 0 {
		end = len(e.rest)
	}
	word := e.rest[:end]
	e.rest = e.rest[end:]
	e.bad = e.bad || word == ""
	return word
}

func isYes(value string) bool {
	f, err := strconv.ParseFloat(value, 64)
	return err == nil && f != 0 || err != nil && value != "" && value != `""`
}

func truth(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

func operate(sign, left, right string) string {
	switch sign {
	case "|":
		if isYes(left) {
			return left
		}
		return right
	case "&":
		if isYes(left) && isYes(right) {
			return left
		}
		return "0"
	}
	a, errA := strconv.ParseFloat(left, 64)
	b, errB := strconv.ParseFloat(right, 64)
	order := cmp.Compare(a, b)
	if errA != nil || errB != nil {
		order = strings.Compare(left, right)
	}
	switch sign {
	case "=":
		return truth(order == 0)
	case "!=":
		return truth(order != 0)
	case "<":
		return truth(order < 0)
	case ">":
		return truth(order > 0)
	case "<=":
		return truth(order <= 0)
	case ">=":
		return truth(order >= 0)
	case "+":
		a += b
	case "-":
		a -= b
	case "*":
		a *= b
	case "/":
		if a /= b; math.IsInf(a, 0) || math.IsNaN(a) {
			a = math.MaxInt32 // what Asterisk makes of it
		}
	case "%":
		a = math.Mod(a, b)
	}
	return strconv.FormatFloat(a, 'f', -1, 64)
}
