package eagi

// Detector tells speech from silence, 20 ms at a time. So far by its level
// alone.
type Detector struct{}

// NewDetector makes a detector for audio of a rate, samples a second.
func NewDetector(int) *Detector { return &Detector{} }

// Frame is what a detector says of 20 ms.
type Frame struct {
	Speech bool
	Level  float64 // in dBFS
}

// Frame takes the next 20 ms.
func (d *Detector) Frame(frame []int16) Frame {
	level := NewUtterance(frame, 0, noTime).Level()
	return Frame{Speech: level > -45, Level: level}
}

// EchoGuard keeps a detector from taking a prompt that comes back for the caller.
type EchoGuard struct{}

// NewEchoGuard makes a guard for a prompt, whose samples are nil where they are
// not known.
func NewEchoGuard(rate int, prompt []int16) *EchoGuard { return &EchoGuard{} }

// Guard has the detector reckon with a prompt that begins now; nil with none.
func (d *Detector) Guard(g *EchoGuard) {}
