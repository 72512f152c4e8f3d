package asr

import (
	"encoding/binary"
	"time"
)

// Speech is what somebody said: one channel of 16-bit samples. Nothing here
// changes the samples, and nothing keeps them after the call they were given
// to has returned. The zero value is silence that no engine takes.
type Speech struct {
	Rate    int // samples a second, as in 8000
	Samples []int16
}

// Duration is how long it lasts, 0 where there is no rate.
func (s Speech) Duration() time.Duration { return lasts(len(s.Samples), s.Rate) }

func lasts(samples, rate int) time.Duration {
	if rate <= 0 {
		return 0
	}
	whole, rest := samples/rate, samples%rate // apart, as samples*time.Second overflows
	return time.Duration(whole)*time.Second + time.Duration(rest)*time.Second/time.Duration(rate)
}

// The rates that speech may have: below there is none, above nobody's telephone.
const minRate, maxRate = 4000, 192000

func (s Speech) valid() bool { return s.Rate >= minRate && s.Rate <= maxRate }

// wav gives it as a WAV file: the header of 44 bytes that every reader knows,
// then the samples.
func (s Speech) wav() []byte {
	size := uint32(2 * len(s.Samples))
	b := make([]byte, 0, 44+size)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, 36+size)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16) // bytes of what follows, up to "data"
	b = binary.LittleEndian.AppendUint16(b, 1)  // PCM
	b = binary.LittleEndian.AppendUint16(b, 1)  // channels
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(2*s.Rate)) // bytes a second
	b = binary.LittleEndian.AppendUint16(b, 2)                // bytes a sample
	b = binary.LittleEndian.AppendUint16(b, 16)               // bits a sample
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	return appendPCM(b, s.Samples)
}

// appendPCM adds samples as 16-bit little-endian.
func appendPCM(b []byte, samples []int16) []byte {
	for _, sample := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(sample))
	}
	return b
}
