package runner

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// helpLines are what ? shows.
var helpLines = [...][2]string{
	{"0-9 * # A-D", "press a phone key"},
	{"space", "skip what plays"},
	{"h", "hang up"},
	{"r", "place the call again"},
	{"v", "variables, database"},
	{"w", "the AGI wire"},
	{"up, down", "look back"},
	{"q", "hang up and leave"},
	{"Ctrl-C", "the same; twice: now"},
}

const (
	narrow   = 76 // a screen with fewer columns shows one thing at a time
	margin   = 19 // columns before the text of a row
	furled   = 8  // a screen with fewer rows shows only the list and the keys
	hintless = 4  // ... and with fewer than that only the list
	barLeft  = 12 // the least columns of a bar
)

// view gives the lines of a screen of this size. It asks nothing and waits for
// nothing but the phone's lock.
//
//	goagi try pin.lua 0042                    1001 -> 100  answered  0:07
//	───────────────────────────────────────────────────────────────────────
//	what happened                         │ pane
//	───────────────────────────────────────────────────────────────────────
//	▶ conf-getpin ━━━━━━━━━━━╌╌╌╌╌╌╌╌╌ 1.2 / 2.7 s
//	  what it says
//	keys 0 0 4 2
//	0-9 * # keys   h hang up   space skip ...
func (p *phone) view(width, height int, now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	rule := p.line(width).put(faintly, strings.Repeat("─", width)).String()
	body := height - 7
	switch {
	case height < hintless:
		return p.body(width, height)
	case height < furled:
		return append(p.body(width, height-1), p.hints(width))
	}
	screen := append([]string{p.head(width, now), rule}, p.body(width, body)...)
	screen = append(screen, rule)
	screen = append(screen, p.playing(width, now)...)
	return append(screen, p.pressedKeys(width), p.hints(width))
}

func (p *phone) head(width int, now time.Time) string {
	took := p.took
	if !p.over {
		took = now.Sub(p.begin)
	}
	status := fmt.Sprintf("%s  %s  %d:%02d ", visible([]byte(p.route)), p.status, int(took.Minutes()), int(took.Seconds())%60)
	words := append([]string{filepath.Base(p.asked.words[0])}, p.asked.words[1:]...)
	title := string(visible([]byte(" goagi try " + strings.Join(words, " "))))
	l := p.line(width)
	if room := width - widthOf(status); room > 1 {
		l.put(turned, clip(title, room-1)).fill(turned, room).put(turned, status)
		return l.String()
	}
	return l.put(turned, title).fill(turned, width).String()
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// body is the list of what happened, and the pane beside it.
func (p *phone) body(width, height int) []string {
	var beside []*line
	left := width
	if p.pane != noPane {
		if left = width * 11 / 20; width < narrow {
			left = 0
		}
		beside = p.beside(width-left-2*min(left, 1), height)
	}
	list := p.list(left-2*min(left, 1), height)
	lines := make([]string, height)
	for i := range lines {
		l := p.line(width)
		if i < len(list) && left > 0 {
			l.add(list[i])
		}
		if p.pane != noPane {
			if left > 0 {
				l.fill(plainly, left-1).put(faintly, "│").put(plainly, " ")
			}
			if i < len(beside) {
				l.add(beside[i])
			}
		}
		lines[i] = l.String()
	}
	return lines
}

// list gives the last rows that fit, or those before, where it is scrolled back.
func (p *phone) list(width, height int) []*line {
	var all []*line
	indent := min(margin, width/2)
	room := max(width-indent, 1)
	for _, r := range p.rows {
		for i, text := range wrap(r.text, room) {
			l := p.line(width)
			if i == 0 {
				label := p.line(max(indent-1, 0)).put(faintly, fmt.Sprintf("%6.1f  ", r.at.Seconds())).put(r.style, r.what)
				l.add(label).fill(plainly, indent).put(plainly, text)
			} else {
				l.fill(plainly, indent).put(plainly, text)
			}
			all = append(all, l)
		}
		if r.words != "" {
			for _, text := range wrap(r.words, room) {
				all = append(all, p.line(width).fill(plainly, indent).put(faintly, text))
			}
		}
	}
	p.back = max(0, min(p.back, len(all)-height))
	end := len(all) - p.back
	return all[max(0, end-height):end]
}

// beside gives the lines of the pane.
func (p *phone) beside(width, height int) []*line {
	var all []*line
	add := func(style, text string) {
		for i, part := range wrap(text, width-2) {
			if i > 0 {
				part = "  " + part
			}
			all = append(all, p.line(width).put(style, part))
		}
	}
	switch p.pane {
	case wirePane:
		add(boldly, "AGI wire")
		for _, text := range p.wires {
			style := plainly
			if text[0] == '<' {
				style = faintly
			}
			add(style, text)
		}
		if len(all) > height {
			return append(all[:1:1], all[len(all)-height+1:]...)
		}
	case varsPane:
		add(boldly, "variables")
		for _, name := range slices.Sorted(maps.Keys(p.vars)) {
			add(plainly, string(visible([]byte(name+" = "+p.vars[name]))))
		}
		if len(p.db) > 0 {
			add(boldly, "database")
		}
		for _, name := range slices.Sorted(maps.Keys(p.db)) {
			add(plainly, string(visible([]byte(name+" = "+p.db[name]))))
		}
		if n := len(all) - height; n > 0 {
			all = append(all[:height-1], p.line(width).put(faintly, fmt.Sprintf("%d more lines", n+1)))
		}
	case helpPane:
		add(boldly, "keys")
		for _, help := range helpLines {
			all = append(all, p.line(width).put(inYellow, help[0]).fill(plainly, 13).put(plainly, help[1]))
		}
	}
	return all
}

// playing gives the two lines of what the caller hears now.
func (p *phone) playing(width int, now time.Time) []string {
	// A sound may have begun after the moment that is drawn.
	at, s := max(0, now.Sub(p.sound.from)), p.sound
	switch {
	case p.over:
		style := inGreen
		if p.ending.code != exitDone {
			style = inRed
		}
		return []string{p.line(width).put(style, " ■ "+p.ending.line()).String(), ""}
	case s.verb != "" && (s.length == 0 || at < s.length):
		sign := " ▶ "
		if s.verb == "records" {
			sign = " ● "
		}
		times := fmt.Sprintf(" %.1f s", at.Seconds())
		if s.length > 0 {
			times = fmt.Sprintf(" %.1f / %.1f s", at.Seconds(), s.length.Seconds())
		}
		l := p.line(width).put(inCyan, sign)
		name := clip(s.name, max(width-widthOf(times)-barLeft-5, 5))
		l.put(boldly, name+" ")
		if room := width - l.width - widthOf(times) - 1; s.length > 0 && room > 3 {
			done := int(float64(room) * at.Seconds() / s.length.Seconds())
			l.put(inCyan, strings.Repeat("━", done)).put(faintly, strings.Repeat("╌", room-done))
		}
		return []string{l.put(plainly, times).String(), p.line(width).put(plainly, "   "+s.words).String()}
	case p.music != "":
		return []string{p.line(width).put(inCyan, " ♪ ").put(boldly, "music on hold").put(faintly, "  "+p.music).String(), p.line(width).put(faintly, "   "+p.command).String()}
	case p.command != "":
		return []string{p.line(width).put(plainly, " · silence").String(), p.line(width).put(faintly, "   "+p.command).String()}
	}
	return []string{p.line(width).put(plainly, " · silence").put(faintly, "  the script is at work").String(), ""}
}

func (p *phone) pressedKeys(width int) string {
	if p.edited {
		return p.line(width).put(inYellow, " "+string(visible([]byte(filepath.Base(p.asked.script.path))))+" has been edited: r places the call again").String()
	}
	if p.leaving && !p.over {
		return p.line(width).put(inYellow, " hung up; waits until the script has ended: Ctrl-C ends it now").String()
	}
	l := p.line(width).put(plainly, " keys ")
	keys := p.keys
	if most := max((width-8)/2, 0); len(keys) > most {
		keys = keys[len(keys)-most:]
	}
	for _, k := range keys {
		style := inYellow
		if k.lost {
			style = faintly
		}
		l.put(plainly, " ").put(style, k.key)
	}
	if !p.over {
		l.put(turned, " ")
	}
	return l.String()
}

// hints say what can be typed: no key that does nothing any more, and where there is
// not room for all, the last ones, which lead to the others and away.
func (p *phone) hints(width int) string {
	var keys [][2]string
	switch {
	case p.over, p.status == "hung up" && !p.leaving:
		keys = append(keys, [2]string{"r", "again"})
	case !p.leaving:
		keys = append(keys, [2]string{"0-9 * #", "press"}, [2]string{"space", "skip"}, [2]string{"h", "hang up"})
	}
	keys = append(keys, [2]string{"v", "variables"}, [2]string{"w", "wire"}, [2]string{"?", "help"})
	if p.leaving && !p.over {
		keys = append(keys, [2]string{"Ctrl-C", "now"})
	} else {
		keys = append(keys, [2]string{"q", "leave"})
	}
	first, room := len(keys), width+1 // before the first one is one blank, and not two
	for first > 0 {
		room -= 3 + widthOf(keys[first-1][0]) + widthOf(keys[first-1][1])
		if room < 0 {
			break
		}
		first--
	}
	l := p.line(width)
	for i, key := range keys[min(first, len(keys)-1):] {
		l.put(plainly, strings.Repeat(" ", 1+min(i, 1))).put(boldly, key[0]).put(faintly, " "+key[1])
	}
	return l.String()
}
