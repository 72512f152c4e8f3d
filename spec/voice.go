package spec

import (
	"os"
	"sync"

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

// says adds what is in a file.
func (p *placed) says(a luabind.Args) {
	if !p.sim.Enhanced {
		a.Misuse("the script cannot hear it: place(script, {transport = \"eagi\"})")
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
	said = said.Resample(8000)
	p.sim.Speak(said.Duration())
	p.voice.mu.Lock()
	defer p.voice.mu.Unlock()
	p.voice.rest = append(p.voice.rest, eagi.Format{}.AppendBytes(nil, said.Samples())...)
}
