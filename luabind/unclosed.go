package luabind

import "fmt"

// unclosed says which block of a source most likely lacks its end, and false where
// none does: one that was closed by a line further to the left than it began, for
// that is another block's end; else the one that is open at the end. also is the
// line of an else if that begins it a second time, 0 where there is none.
func unclosed(source []token) (lacks token, also int, found bool) {
	type block struct {
		token
		elseIf int // the line of its last else if
	}
	var open []block
	loop := false // a for or while whose do is still to come
	for i, word := range source {
		if word.kind != isName {
			continue
		}
		switch word.text {
		case "for", "while":
			open, loop = append(open, block{token: word}), true
		case "do":
			if !loop {
				open = append(open, block{token: word})
			}
			loop = false
		case "else":
			if n := len(open); n > 0 && i+1 < len(source) && source[i+1].text == "if" && source[i+1].line == word.line {
				open[n-1].elseIf = word.line
			}
		case "function", "if", "repeat":
			open = append(open, block{token: word})
		case "end", "until":
			if len(open) == 0 {
				return token{}, 0, false
			}
			last := open[len(open)-1]
			open = open[:len(open)-1]
			if word.indent < last.indent && word.line > last.line {
				return last.token, last.elseIf, true
			}
		}
	}
	if len(open) == 0 {
		return token{}, 0, false
	}
	last := open[len(open)-1]
	return last.token, last.elseIf, true
}

// lacksEnd says that a block has no end.
func lacksEnd(block token, elseIf int) (mend string, where token) {
	end := "end"
	if block.text == "repeat" {
		end = "until"
	}
	mend = fmt.Sprintf("is the `%s` of the `%s` in line %d missing?", end, block.text, block.line)
	if elseIf > 0 {
		return "elseif is one word: else if begins another if, which wants an end of its own", token{line: elseIf}
	}
	return mend, token{}
}
