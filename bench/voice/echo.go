package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"

	"goagi/eagi"
)

// playing is a prompt that comes back on the caller's line while it plays.
type playing struct {
	prompt []int16 // as the file has it
	line   []int16 // what comes from the caller's side
	truth  []bool  // where the caller speaks, each 20 ms
}

// echoed makes one: the prompt begins at start seconds into the line, which is
// up to 0.1 off what we know, and is heard 15 dB lower and 30 to 150 ms later.
// The caller, if caller is not nil, speaks at the time at, over dB above the
// echo.
func echoed(r *rand.Rand, prompt []float64, through codec, gain float64, caller *clip, over, at float64) (*playing, error) {
	p := &playing{prompt: quantise(prompt)}
	played, err := through.trip(p.prompt)
	if err != nil {
		return nil, err
	}
	delay := 0.03 + 0.12*r.Float64()
	off := 0.2*r.Float64() - 0.1
	n := len(prompt) + rate/2
	x := make([]float64, (n+frame-1)/frame*frame)
	a := math.Pow(10, gain/20)
	// The path is a hybrid's: two ways of unlike length, and duller than the
	// prompt.
	first, second := int((delay+off)*rate), int((delay+off+0.002+0.006*r.Float64())*rate)
	dull := 0.0
	echo := make([]float64, len(x))
	for i := range x {
		v := 0.0
		if k := i - first; k >= 0 && k < len(played) {
			v += 0.85 * float64(played[k]) / 32768
		}
		if k := i - second; k >= 0 && k < len(played) {
			v -= 0.35 * float64(played[k]) / 32768
		}
		dull += 0.8 * (v - dull)
		echo[i] = dull
	}
	loud := loudness(prompt) * a
	scale := 0.0
	if e := loudness(echo); e > 0 {
		scale = loud / e
	}
	noise := unit(telephone(pink(r, len(x))))
	level := math.Pow(10, (-50-10*r.Float64())/20)
	for i := range x {
		x[i] = scale*echo[i] + level*noise[i]
	}
	p.truth = make([]bool, len(x)/frame)
	if caller != nil {
		from := int(at*rate) / frame
		g := loud * math.Pow(10, over/20) / loudness(caller.x)
		for i, v := range caller.x {
			if k := from*frame + i; k < len(x) {
				x[k] += g * v
			}
		}
		for i, v := range caller.speech {
			if from+i < len(p.truth) {
				p.truth[from+i] = v
			}
		}
	}
	p.line, err = through.trip(quantise(x))
	return p, err
}

// barged says in which frame a prompt would have been stopped: the second of
// speech within four, as Listen has it. It is -1 if never.
func barged(heard []bool, from int) int {
	for i := max(from, 3); i < len(heard); i++ {
		n := 0
		for _, v := range heard[i-3 : i+1] {
			if v {
				n++
			}
		}
		if n >= 2 {
			return i
		}
	}
	return -1
}

// guards are the ways to hear a caller over a prompt.
var guards = []struct {
	name string
	make func(p *playing) *eagi.EchoGuard
}{
	{"with the prompt", func(p *playing) *eagi.EchoGuard { return eagi.NewEchoGuard(rate, p.prompt) }},
	{"without it", func(*playing) *eagi.EchoGuard { return eagi.NewEchoGuard(rate, nil) }},
	{"no guard", func(*playing) *eagi.EchoGuard { return nil }},
}

// hear is the line as a guarded detector hears it.
func (p *playing) hear(g *eagi.EchoGuard) []bool {
	d := eagi.NewDetector(rate)
	d.Guard(g)
	return heardBy(d, p.line)
}

// echoTables tells how often a prompt would stop itself, and how soon a caller
// stops it.
func echoTables(s *settings, w io.Writer, clips []clip) error {
	var prompts, callers []clip
	for _, c := range clips {
		if strings.Contains(c.source, "_") || strings.HasPrefix(c.source, "espeak") {
			prompts = append(prompts, c)
		}
		if !strings.Contains(c.source, "Allison") {
			callers = append(callers, c)
		}
	}
	fmt.Fprintf(w, "\nTalking over a prompt at -20 dBFS that comes back, 30 to 150 ms late, its start known to 100 ms\n")
	table := newTable(w, "guard", "codec", "echo", "stops itself", "caller over echo", "heard", "in 200 ms", "in 300 ms", "median", "p90")
	for _, guard := range guards {
		for _, through := range codecs[:2] {
			for _, gain := range []float64{-15, -70} {
				t := &echoTable{r: rand.New(rand.NewPCG(s.seed, 77)), prompts: prompts, callers: callers, through: through, gain: gain, guard: guard.make}
				times, seconds, err := t.itself(4 * s.calls)
				if err != nil {
					return err
				}
				echo := "none"
				if gain > -60 {
					echo = fmt.Sprintf("%.0f dB", gain)
				}
				itself := fmt.Sprintf("%d in %.0f min", times, seconds/60)
				if guard.make(&playing{}) == nil {
					tableRow(table, guard.name, through.name, echo, itself)
					continue
				}
				for _, over := range []float64{0, 3, 6, 10, 15} {
					b, err := t.callersOver(2*s.calls, over)
					if err != nil {
						return err
					}
					tableRow(table, guard.name, through.name, echo, itself, fmt.Sprintf("%+.0f dB", over), fmt.Sprintf("%d of %d", len(b.delays), b.calls),
						fmt.Sprintf("%.0f %%", percent(b.within(200), b.calls)), fmt.Sprintf("%.0f %%", percent(b.within(300), b.calls)),
						fmt.Sprintf("%.0f ms", quantile(b.delays, 0.5)), fmt.Sprintf("%.0f ms", quantile(b.delays, 0.9)))
				}
			}
		}
	}
	table.Flush()
	return nil
}

// echoTable makes lines for the rows of one guard, codec and echo.
type echoTable struct {
	r                *rand.Rand
	prompts, callers []clip
	through          codec
	gain             float64
	guard            func(*playing) *eagi.EchoGuard
}

// prompt is four files with pauses between them.
func (t *echoTable) prompt() (x []float64) {
	for range 4 {
		x = append(x, t.prompts[t.r.IntN(len(t.prompts))].x...)
		x = append(x, make([]float64, rate/4)...)
	}
	return x
}

// itself counts how often n prompts would be stopped with nobody talking.
func (t *echoTable) itself(n int) (times int, seconds float64, err error) {
	for range n {
		p, err := echoed(t.r, t.prompt(), t.through, t.gain, nil, 0, 0)
		if err != nil {
			return 0, 0, err
		}
		heard := p.hear(t.guard(p))
		for at := barged(heard, 0); at >= 0; at = barged(heard, at+25) {
			times++
		}
		seconds += float64(len(p.line)) / rate
	}
	return times, seconds, nil
}

// barges is what became of callers who talk over a prompt.
type barges struct {
	calls  int
	delays []float64 // ms from the caller's first frame to the prompt's end, of those who were heard
}

func (b *barges) within(ms float64) (n int) {
	for _, d := range b.delays {
		if d <= ms {
			n++
		}
	}
	return n
}

// callersOver has n callers speak, each from half a second into the prompt on
// at the earliest. One whose prompt has stopped before does not count as heard.
// Without an echo they are as loud as they would be over one of -15 dB.
func (t *echoTable) callersOver(n int, over float64) (b barges, err error) {
	if t.gain < -60 {
		over += -15 - t.gain
	}
	for range n {
		c := t.callers[t.r.IntN(len(t.callers))]
		x := t.prompt()
		p, err := echoed(t.r, x, t.through, t.gain, &c, over, 0.5+t.r.Float64()*(float64(len(x))/rate-3))
		if err != nil {
			return b, err
		}
		spoken := spans(p.truth, 25, 3)
		if len(spoken) == 0 {
			continue
		}
		b.calls++
		at := barged(p.hear(t.guard(p)), 0)
		if at >= spoken[0].from && at < spoken[0].to+hangover {
			b.delays = append(b.delays, 20*float64(at+1-spoken[0].from))
		}
	}
	return b, nil
}
