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
