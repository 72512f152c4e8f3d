package eagi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrFormat is audio in a format that this package has no code for. The error
// that wraps it names the format and those that can be used.
var ErrFormat = errors.New("no audio format that can be used")

// frameTime is the length of the frames that Asterisk passes on.
const frameTime = 20 * time.Millisecond

// Format is how audio is written on fd 3: one channel of samples, whole frames
// without anything between them. Formats can be compared with ==. The zero
// value has no rate and is no format of Asterisk's.
type Format struct {
	Name   string // as Asterisk has it: "slin", "slin16", "ulaw"
	Rate   int    // samples a second
	coding coding
}

// coding is how one sample is written.
type coding int

const (
	linear coding = iota // signed 16 bits, little-endian
	muLaw                // one byte of G.711
	aLaw
)

// formats are those of Asterisk's format cache that hold plain samples.
var formats = [...]Format{
	{"slin", 8000, linear},
	{"slin12", 12000, linear},
	{"slin16", 16000, linear},
	{"slin24", 24000, linear},
	{"slin32", 32000, linear},
	{"slin44", 44100, linear},
	{"slin48", 48000, linear},
	{"slin96", 96000, linear},
	{"slin192", 192000, linear},
	{"ulaw", 8000, muLaw},
	{"alaw", 8000, aLaw},
}

// FormatByName gives the format that EAGI_AUDIO_FORMAT names, in any case, as
// Asterisk looks it up (format_cache.c: ast_format_cache_get); "" is slin, as
// without the variable. Any other name is an error for which errors.Is with
// [ErrFormat] holds: Asterisk writes what it names where it knows it, as gsm,
// and slin where it does not.
func FormatByName(name string) (Format, error) {
	if name == "" {
		return formats[0], nil
	}
	for _, f := range formats {
		// Of equal length, because EqualFold takes more than ASCII for the same.
		if len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			return f, nil
		}
	}
	names := make([]string, 0, len(formats))
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("%w: %q: use one of %s", ErrFormat, name, strings.Join(names, ", "))
}

// SampleBytes is how many bytes one sample takes: 1 or 2.
func (f Format) SampleBytes() int {
	if f.coding == linear {
		return 2
	}
	return 1
}

// Bytes is how many bytes the whole samples of a time take; none where it is
// negative.
func (f Format) Bytes(d time.Duration) int {
	if d < 0 {
		return 0
	}
	rate := int64(f.Rate)
	whole, rest := int64(d/time.Second), int64(d%time.Second)
	return int(whole*rate+rest*rate/int64(time.Second)) * f.SampleBytes()
}

// FrameSamples is how many samples one of Asterisk's frames of 20 ms has.
func (f Format) FrameSamples() int {
	return f.Rate * int(frameTime/time.Millisecond) / 1000
}

// AppendSamples decodes the whole samples of p and appends them to dst. Where p
// ends in the middle of a sample, that last byte is left out: who reads a
// stream in pieces keeps it, len(p) % SampleBytes() bytes, for the next one.
func (f Format) AppendSamples(dst []int16, p []byte) []int16 {
	switch f.coding {
	case muLaw:
		for _, b := range p {
			dst = append(dst, muLawSample(b))
		}
	case aLaw:
		for _, b := range p {
			dst = append(dst, aLawSample(b))
		}
	default:
		for ; len(p) >= 2; p = p[2:] {
			dst = append(dst, int16(binary.LittleEndian.Uint16(p)))
		}
	}
	return dst
}

// AppendBytes encodes samples and appends them to dst. AppendSamples gives the
// same samples back, but for what the companding of ulaw and alaw rounds.
func (f Format) AppendBytes(dst []byte, samples []int16) []byte {
	switch f.coding {
	case muLaw:
		for _, v := range samples {
			dst = append(dst, muLawByte(v))
		}
	case aLaw:
		for _, v := range samples {
			dst = append(dst, aLawByte(v))
		}
	default:
		for _, v := range samples {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(v))
		}
	}
	return dst
}
