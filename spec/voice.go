package spec

import (
	"math"
	"os"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/eagi"
	"goagi/luabind"
)

// voice is what the caller says in an EAGI call: bytes of signed linear audio at
// 8 kHz.
type voice struct {
	mu   sync.Mutex
	rest []byte
}

// fill fills a frame, which comes filled with silence. It is called by the
// simulator.
func (v *voice) fill(frame []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rest = v.rest[copy(frame, v.rest):]
}

// says has the caller say what a test names.
func (p *placed) says(a luabind.Args) {
	if !p.enhanced {
		a.Misuse("the script cannot hear it: place(script, {transport = \"eagi\"})")
	}
	p.line.say(p.speech(a))
}

// speech gives what the caller is to say, at 8 kHz.
func (p *placed) speech(a luabind.Args) *eagi.Utterance {
	if seconds, ok := a.L.Get(1).(lua.LNumber); ok {
		if seconds <= 0 || seconds > 600 {
			a.Fail(1, "a file's name, or seconds up to 600")
		}
		return eagi.NewUtterance(murmur(int(seconds*8000)), 8000, time.Time{})
	}
	path, err := p.tree.file.beside(a.Text(1), "")
	if err != nil {
		a.Misuse("%s", err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		a.Misuse("%s", err)
	}
	said, err := eagi.ParseWAV(file)
	if err != nil {
		a.Misuse("%s: %s", path, err)
	}
	return said.Resample(8000)
}

// murmur is a voice that says nothing: vowels of a pitch of 130 Hz, four a
// second, loud enough for every detector of voices.
func murmur(samples int) []int16 {
	said := make([]int16, samples)
	for n := range said {
		t, v := float64(n)/8000, 0.0
		for f := 130.0; f < 3400; f += 130 {
			v += math.Sin(2*math.Pi*f*t) * (peak(f, 600, 250) + peak(f, 1400, 300)/2 + 0.1)
		}
		said[n] = int16(v * 1500 * (0.6 + 0.4*math.Sin(2*math.Pi*4*t)))
	}
	return said
}

// peak is how much a formant of a width lets through at a frequency.
func peak(f, at, width float64) float64 { return math.Exp(-(f - at) * (f - at) / (width * width)) }
