package lint

import "github.com/yuin/gopher-lua/ast"

// change is what a local held before an assignment.
type change struct {
	local *local
	was   value
}

// set gives a local another value, and notes the one that it had.
func (w *walk) set(l *local, holds value) {
	if l.holds == holds {
		return
	}
	w.changes = append(w.changes, change{l, l.holds})
	l.holds = holds
}

// assigned is an assignment of the script's to a local. One that a function inside
// assigns to may hold anything from then on, as nobody knows when that runs.
func (w *walk) assigned(l *local, holds value) {
	if l.level < w.level {
		l.shared = true
	}
	if l.shared {
		holds = either(holds, value{hostile: l.holds.hostile, keys: l.holds.keys})
	}
	w.assigns++
	l.last = w.assigns
	w.set(l, holds)
}

// undo takes the changes since a moment back, and gives what they led to.
func (w *walk) undo(since int) map[*local]value {
	after := make(map[*local]value)
	for _, c := range w.changes[since:] {
		after[c.local] = c.local.holds
	}
	for i := len(w.changes) - 1; i >= since; i-- {
		w.changes[i].local.holds = w.changes[i].was
	}
	w.changes = w.changes[:since]
	return after
}

// forget drops what is known of locals that are assigned to somewhere: where a loop
// comes round again, or a function is called later, they may hold something else.
func (w *walk) forget(s *scope) {
	for ; s != nil; s = s.outer {
		for _, l := range s.locals {
			if w.changing[l.name] {
				w.set(l, value{hostile: l.holds.hostile, keys: l.holds.keys})
			}
		}
	}
}

// either gives what is known of a value that is one of two.
func either(a, b value) value {
	switch {
	case a == b || b.none:
		return a
	case a.none:
		return b
	}
	hostile, keys := tainted(a, b)
	return value{text: a.text && b.text, hostile: hostile, keys: keys}
}

// branches walks through an if: afterwards holds what does on all ways that lead
// on.
func (w *walk) branches(st *ast.IfStmt, s *scope) {
	w.ask(st.Condition, s)
	since := len(w.changes)
	w.narrow(st.Condition, true, s)
	w.block(st.Then, &scope{outer: s})
	then := w.undo(since)
	w.narrow(st.Condition, false, s)
	w.block(st.Else, &scope{outer: s})
	otherwise := w.undo(since)
	thenEnds, elseEnds := w.givesUp(st.Then, s), w.givesUp(st.Else, s)
	merge := func(l *local) {
		a, ok := then[l]
		if !ok {
			a = l.holds
		}
		b, ok := otherwise[l]
		if !ok {
			b = l.holds
		}
		switch {
		case thenEnds:
			w.set(l, b)
		case elseEnds:
			w.set(l, a)
		default:
			w.set(l, either(a, b))
		}
	}
	for l := range then {
		merge(l)
	}
	for l := range otherwise {
		if _, both := then[l]; !both {
			merge(l)
		}
	}
}

// times is how often a loop's body runs.
type times int

const (
	anyTimes times = iota
	once           // at least, and to its end
	forever        // until it breaks
)

// loop walks through a loop's body.
func (w *walk) loop(list []ast.Stmt, runs times, s, inner *scope) {
	since, start := len(w.changes), w.assigns
	w.forget(s)
	w.breaks = append(w.breaks, make(map[*local]value))
	w.block(list, inner)
	breaks := w.breaks[len(w.breaks)-1]
	w.breaks = w.breaks[:len(w.breaks)-1]
	for l, holds := range w.undo(since) {
		switch {
		case l.last <= start: // the body leaves it alone
		case runs == once:
			w.set(l, holds)
		default:
			hostile, keys := tainted(l.holds, holds)
			w.set(l, value{hostile: hostile, keys: keys})
		}
	}
	for l, holds := range breaks {
		switch {
		case l.last <= start:
		case runs == forever:
			w.set(l, holds)
		default:
			hostile, keys := tainted(l.holds, holds)
			w.set(l, value{hostile: hostile, keys: keys})
		}
	}
}

// breaksOff notes what locals hold where a loop is left.
func (w *walk) breaksOff(s *scope) {
	if len(w.breaks) == 0 {
		return
	}
	breaks := w.breaks[len(w.breaks)-1]
	for ; s != nil; s = s.outer {
		for _, l := range s.locals {
			if !w.changing[l.name] {
				continue
			}
			if before, ok := breaks[l]; ok {
				breaks[l] = either(before, l.holds)
			} else {
				breaks[l] = l.holds
			}
		}
	}
}

// jumps notes what a caller has a say in where the script goes on at a label.
func (w *walk) jumps(s *scope) {
	for ; s != nil; s = s.outer {
		for _, l := range s.locals {
			if l.holds.hostile != "" {
				w.jumped[l] = either(l.holds, w.jumped[l])
			}
		}
	}
}

// label forgets what may be otherwise where a goto comes to.
func (w *walk) label(s *scope) {
	w.forget(s)
	for ; s != nil && len(w.jumped) > 0; s = s.outer {
		for _, l := range s.locals {
			if holds, ok := w.jumped[l]; ok {
				hostile, keys := tainted(l.holds, holds)
				w.set(l, value{hostile: hostile, keys: keys})
			}
		}
	}
}

// givesUp reports whether a list of statements leads nowhere. After agi.hangup() the
// next command, and whatever else waits, ends the script.
func (w *walk) givesUp(list []ast.Stmt, s *scope) bool {
	if len(list) > 0 {
		if last, ok := list[len(list)-1].(*ast.FuncCallStmt); ok {
			if call, ok := last.Expr.(*ast.FuncCallExpr); ok && len(call.Args) == 0 && named(call.Func, s) == "agi.hangup" {
				return true
			}
		}
	}
	return w.leavesBlock(list, s)
}

// leavesBlock reports whether nothing comes behind a list of statements.
func (w *walk) leavesBlock(list []ast.Stmt, s *scope) bool {
	return len(list) > 0 && w.ends(list[len(list)-1], s)
}
