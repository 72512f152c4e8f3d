package runner

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"goagi/sim"
)

// A line that is wider than the terminal, or one line too many, pushes the rest
// of the screen away: none is, at any size, in any state of the call.
func TestViewFits(t *testing.T) {
	t.Parallel()
	asked := &tryAsked{words: []string{"flows/a-script-of-a-long-name.lua", "日本語", "x\x1b[2J"}}
	p := newPhone(asked, true)
	a := &attempt{tryAsked: asked, caller: &sim.Call{Vars: map[string]string{"A": strings.Repeat("v", 300)}, DB: map[string]string{"f/k": "v"}}}
	p.dial(a)
	styles := regexp.MustCompile("\x1b\\[[0-9]+m")
	fits := func(what string) {
		t.Helper()
		for _, width := range []int{1, 2, 9, 20, 40, 75, 76, 80, 129} {
			for _, height := range []int{1, 7, 8, 24} {
				for _, pane := range []pane{noPane, varsPane, wirePane, helpPane} {
					p.pane = pane
					lines := p.view(width, height, p.begin.Add(1500*time.Millisecond))
					if len(lines) > height {
						t.Fatalf("%s: %d lines in %dx%d", what, len(lines), width, height)
					}
					for _, l := range lines {
						plain := styles.ReplaceAllString(l, "")
						if n := widthOf(plain); n > width || strings.ContainsAny(plain, "\x1b\n\t") {
							t.Fatalf("%s, pane %q: a line of %d in %dx%d: %q", what, pane, n, width, height, plain)
						}
					}
				}
			}
		}
	}
	fits("it rings")
	p.wire('>', `STREAM FILE "日本語" ""`)
	p.hear(sim.Event{Kind: sim.Prompt, Text: strings.Repeat("日本語", 20), Length: 2 * time.Second})
	p.plays(0, 2*time.Second)
	fits("a prompt plays")
	for range 100 {
		p.hear(sim.Event{Kind: sim.Key, Text: "5", Lost: true})
	}
	p.plays(0, 0)
	p.hear(sim.Event{Kind: sim.Recording, Text: "msg.wav"})
	fits("it records")
	p.hear(sim.Event{Kind: sim.Recorded, Text: "msg.wav", Length: time.Second})
	p.hear(sim.Event{Kind: sim.Music, Text: "on", Args: "default"})
	fits("music plays")
	p.hear(sim.Event{Kind: sim.Music, Text: "off"})
	p.hear(sim.Event{Kind: sim.Number, Text: "777777", Length: time.Second})
	p.wire('<', "200 result=0")
	p.edited = true
	p.Write([]byte("goagi: error: odd\n\tat x\n"))
	fits("it was edited")
	p.edited, p.leaving = false, true
	fits("it is left")
	p.end(outcome{code: 1, vars: a.caller.Vars})
	p.back = 20
	fits("it is over")
}

// The picture is of a moment that was taken before the phone was free to be looked
// at: a sound that has begun since then stands at its beginning.
func TestViewOfASoundThatBeganLater(t *testing.T) {
	t.Parallel()
	asked := &tryAsked{words: []string{"x.lua"}}
	p := newPhone(asked, false)
	p.dial(&attempt{tryAsked: asked, caller: &sim.Call{}})
	now := time.Now()
	p.hear(sim.Event{Kind: sim.Prompt, Text: "beep", Length: 300 * time.Millisecond})
	p.plays(0, 300*time.Millisecond)
	p.sound.from = now.Add(100 * time.Millisecond)
	if line := regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(p.playing(80, now)[0], ""); !strings.Contains(line, "▶ beep ╌") || !strings.HasSuffix(line, " 0.0 / 0.3 s") {
		t.Errorf("%q", line)
	}
}

// A list of what prompts say is a file that anybody may have written: it does
// nothing to the terminal.
func TestPromptTextsAreText(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "core-sounds-en.txt"), []byte("welcome: a\x1b[2Jb \u202ec\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	asked := &tryAsked{words: []string{"x.lua"}, sounds: &soundFiles{folder: dir}}
	p := newPhone(asked, false)
	p.dial(&attempt{tryAsked: asked, caller: &sim.Call{Language: "en"}})
	p.hear(sim.Event{Kind: sim.Prompt, Text: "welcome", Length: time.Second})
	if got, want := p.rows[0].words, `a\x1b[2Jb \xe2\x80\xaec`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The last keys are what a newcomer looks for: help, and the way out. What does
// nothing any more is not offered.
func TestHints(t *testing.T) {
	t.Parallel()
	p := newPhone(&tryAsked{words: []string{"x.lua"}}, false)
	p.dial(&attempt{tryAsked: p.asked, caller: &sim.Call{}})
	hints := func(width int) string {
		return regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(p.hints(width), "")
	}
	for width, want := range map[int]string{
		80: " 0-9 * # press  space skip  h hang up  v variables  w wire  ? help  q leave",
		75: " 0-9 * # press  space skip  h hang up  v variables  w wire  ? help  q leave",
		74: " space skip  h hang up  v variables  w wire  ? help  q leave",
		60: " space skip  h hang up  v variables  w wire  ? help  q leave",
		40: " v variables  w wire  ? help  q leave",
		24: " w wire  ? help  q leave",
		16: " ? help  q leave",
		15: " q leave",
		8:  " q leave",
		5:  " q l…",
	} {
		if got := hints(width); got != want {
			t.Errorf("%d: %q, want %q", width, got, want)
		}
	}
	p.hear(sim.Event{Kind: sim.Hangup})
	for _, want := range []string{" r again  v variables  w wire  ? help  q leave", " v variables  w wire  ? help  Ctrl-C now", " r again  v variables  w wire  ? help  q leave"} {
		if got := hints(80); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if p.leaving {
			p.end(outcome{})
		}
		p.leaving = true
	}
}
