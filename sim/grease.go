package sim

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// grease makes the lawful surprises of Call.Grease, or nil: none.
type grease struct{ rand *rand.Rand }

func newGrease(seed uint64) *grease {
	if seed == 0 {
		return nil
	}
	return &grease{rand.New(rand.NewPCG(seed, seed))}
}

// header adds a line that no version of Asterisk sends, yet.
func (g *grease) header(add func(name, value string)) {
	if g != nil {
		add("agi_grease_"+strconv.Itoa(g.rand.IntN(1000)), "a: b")
	}
}

// tail puts a word nobody knows behind a reply that ends in its number or in
// endpos. Digits and values are left alone.
func (g *grease) tail(line string) string {
	result, ok := strings.CutPrefix(line, "200 result=")
	if g == nil || !ok || g.rand.IntN(2) == 0 {
		return line
	}
	number, rest, _ := strings.Cut(result, " ")
	if _, err := strconv.Atoi(number); err != nil || rest != "" && !strings.HasPrefix(rest, "endpos=") {
		return line
	}
	return line + " grease=" + strconv.Itoa(g.rand.IntN(1000))
}

// pieces cuts bytes at odd places; a millisecond passes between two.
func (g *grease) pieces(p []byte, write func([]byte)) {
	if g == nil {
		write(p)
		return
	}
	for len(p) > 0 {
		n := min(len(p), 1+g.rand.IntN(12))
		write(p[:n])
		if p = p[n:]; len(p) > 0 {
			<-time.After(time.Millisecond)
		}
	}
}
