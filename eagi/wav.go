package eagi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrWAV is a file that is no WAV, or one of a kind that cannot be read. The
// error that wraps it says what is wrong at which byte.
var ErrWAV = errors.New("no WAV file that can be read")

// MaxWAV is how many bytes of a WAV [ReadWAV] takes: 64 MiB, more than an hour
// of a call.
const MaxWAV = 64 << 20

// What a fmt chunk says of how the samples are written (mmreg.h).
const (
	wavPCM        = 1
	wavFloat      = 3
	wavALaw       = 6
	wavMuLaw      = 7
	wavExtensible = 0xfffe
)

// wavGUID is what follows the two bytes of the above in the GUID of
// WAVE_FORMAT_EXTENSIBLE.
const wavGUID = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

// wavFormat is a fmt chunk.
type wavFormat struct {
	tag, channels, rate, bits int
}

// ReadWAV reads a WAV to the end of r, as [ParseWAV] does. More than [MaxWAV]
// bytes are an error for which errors.Is with [ErrWAV] holds; one of r comes as
// it is.
func ReadWAV(r io.Reader) (*Utterance, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxWAV+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxWAV {
		return nil, fmt.Errorf("%w: longer than %d MiB", ErrWAV, MaxWAV>>20)
	}
	return ParseWAV(data)
}

// ParseWAV reads a WAV of 1 to [MaxRate] samples a second, in PCM of 8, 16, 24
// or 32 bits, float of 32 or 64, mu-law or A-law. More channels than one are
// mixed into one, finer samples rounded to 16 bits. A file that ends early, or
// whose header was written before its length was known, holds what is there.
// It keeps nothing of data. When it was said is not known: Began is zero.
func ParseWAV(data []byte) (*Utterance, error) {
	if err := riffHeader(data); err != nil {
		return nil, err
	}
	var format *wavFormat
	for at := 12; len(data)-at >= 8; {
		name, body := string(data[at:at+4]), data[at+8:]
		size := int64(binary.LittleEndian.Uint32(data[at+4:]))
		if name == "data" {
			if format == nil {
				return nil, wavError(at, "the samples come before their format")
			}
			if size == 0 && !lengthKnown(data) {
				size = math.MaxUint32
			}
			body = body[:min(size, int64(len(body)))]
			return NewUtterance(format.samples(body), format.rate, noTime), nil
		}
		if size > int64(len(body)) {
			return nil, wavError(at, "the file ends within %q", name)
		}
		if name == "fmt " {
			f, err := parseFormat(body[:size], at+8)
			if err != nil {
				return nil, err
			}
			format = &f
		}
		at += 8 + int(min(size+size&1, int64(len(body)))) // chunks begin at even places
	}
	return nil, wavError(len(data), "the file ends without samples")
}

func wavError(at int, format string, args ...any) error {
	return fmt.Errorf("%w: byte %d: %s", ErrWAV, at, fmt.Sprintf(format, args...))
}

func riffHeader(data []byte) error {
	switch {
	case len(data) == 0:
		return wavError(0, "the file is empty")
	case bytes.HasPrefix(data, []byte("RIFX")):
		return wavError(0, "RIFX: only little-endian files are read")
	case bytes.HasPrefix(data, []byte("RF64")), bytes.HasPrefix(data, []byte("BW64")):
		return wavError(0, "%s: only files below 4 GiB are read", data[:4])
	case !bytes.HasPrefix(data, []byte("RIFF")):
		return wavError(0, "it begins with %.16q, not with RIFF", data)
	case len(data) < 12:
		return wavError(len(data), "the file ends within its header")
	case string(data[8:12]) != "WAVE":
		return wavError(8, "a RIFF file of kind %q, not WAVE", data[8:12])
	}
	return nil
}

// lengthKnown reports whether the header tells the file's true length. A program
// that writes into a pipe does not know it, and writes nought for it, or a lot.
func lengthKnown(data []byte) bool {
	size := int64(binary.LittleEndian.Uint32(data[4:]))
	return size == int64(len(data)-8) || size == int64(len(data)-8+len(data)&1)
}

// parseFormat reads the body of a fmt chunk, which begins at a byte of the
// file.
func parseFormat(body []byte, at int) (wavFormat, error) {
	if len(body) < 16 {
		return wavFormat{}, wavError(at, "a format of %d bytes, not 16 or more", len(body))
	}
	u16 := func(i int) int { return int(binary.LittleEndian.Uint16(body[i:])) }
	f := wavFormat{tag: u16(0), channels: u16(2), bits: u16(14)}
	rate, block := binary.LittleEndian.Uint32(body[4:]), u16(12)
	if f.tag == wavExtensible {
		if len(body) < 40 {
			return f, wavError(at, "an extensible format of %d bytes, not 40", len(body))
		}
		if string(body[26:40]) != wavGUID {
			return f, wavError(at+24, "an encoding that is known by a GUID only: % x", body[24:40])
		}
		f.tag = u16(24)
	}
	if !f.known() {
		return f, wavError(at, "%s; PCM, float, mu-law and A-law are read", f.encoding())
	}
	switch {
	case f.channels == 0:
		return f, wavError(at+2, "no channel")
	case rate < 1 || rate > MaxRate:
		return f, wavError(at+4, "%d samples a second, not 1 to %d", rate, MaxRate)
	case block != f.channels*f.bits/8:
		return f, wavError(at+12, "%d bytes for %d samples of %d bits", block, f.channels, f.bits)
	}
	f.rate = int(rate)
	return f, nil
}

// known reports whether samples of the encoding and its bits can be read.
func (f *wavFormat) known() bool {
	switch f.tag {
	case wavPCM:
		return f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32
	case wavFloat:
		return f.bits == 32 || f.bits == 64
	case wavALaw, wavMuLaw:
		return f.bits == 8
	}
	return false
}

// encoding names what is not known.
func (f *wavFormat) encoding() string {
	name := fmt.Sprintf("encoding %#x", f.tag)
	switch f.tag {
	case wavPCM, wavFloat, wavALaw, wavMuLaw:
		name = [...]string{wavPCM: "PCM", wavFloat: "float", wavALaw: "A-law", wavMuLaw: "mu-law"}[f.tag]
		return fmt.Sprintf("%s of %d bits", name, f.bits)
	case 0x02:
		name = "Microsoft's ADPCM"
	case 0x11:
		name = "IMA ADPCM"
	case 0x31:
		name = "GSM (Asterisk's wav49)"
	case 0x50, 0x55:
		name = "MPEG"
	}
	return name
}

// samples decodes whole frames, and mixes each into one sample.
func (f *wavFormat) samples(body []byte) []int16 {
	bytes := f.bits / 8
	frame := bytes * f.channels
	out := make([]int16, 0, len(body)/frame)
	for ; len(body) >= frame; body = body[frame:] {
		sum := 0.0
		for at := 0; at < frame; at += bytes {
			sum += f.sample(body[at : at+bytes])
		}
		out = append(out, toSample(sum/float64(f.channels)))
	}
	return out
}

// sample decodes one sample on the scale of 16 bits.
func (f *wavFormat) sample(p []byte) float64 {
	switch f.tag {
	case wavALaw:
		return float64(aLawSample(p[0]))
	case wavMuLaw:
		return float64(muLawSample(p[0]))
	case wavFloat:
		if f.bits == 32 {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(p))) * (1 << 15)
		}
		return math.Float64frombits(binary.LittleEndian.Uint64(p)) * (1 << 15)
	}
	switch f.bits {
	case 8:
		return float64(int(p[0])-128) * (1 << 8)
	case 16:
		return float64(int16(binary.LittleEndian.Uint16(p)))
	case 24:
		v := int32(p[0])<<8 | int32(p[1])<<16 | int32(p[2])<<24
		return float64(v) / (1 << 16)
	}
	return float64(int32(binary.LittleEndian.Uint32(p))) / (1 << 16)
}

// AppendWAV appends to dst a WAV of 16-bit mono samples, with a header of 44
// bytes. Samples at their rate are read back from it as they were.
func AppendWAV(dst []byte, samples []int16, rate int) []byte {
	dst = AppendWAVHeader(dst, len(samples), rate)
	return formats[0].AppendBytes(dst, samples)
}

// AppendWAVHeader appends to dst the 44 bytes that come before so many 16-bit
// mono samples in a WAV. A recorder that does not know yet how many they will be
// writes it again when it does; files over 4 GiB are given the largest length.
func AppendWAVHeader(dst []byte, samples, rate int) []byte {
	size := min(2*uint64(samples), math.MaxUint32-36)
	le := binary.LittleEndian
	dst = append(dst, "RIFF"...)
	dst = le.AppendUint32(dst, uint32(36+size))
	dst = append(dst, "WAVEfmt "...)
	dst = le.AppendUint32(dst, 16)
	dst = le.AppendUint16(dst, wavPCM)
	dst = le.AppendUint16(dst, 1)
	dst = le.AppendUint32(dst, uint32(rate))
	dst = le.AppendUint32(dst, uint32(2*rate))
	dst = le.AppendUint16(dst, 2)
	dst = le.AppendUint16(dst, 16)
	dst = append(dst, "data"...)
	return le.AppendUint32(dst, uint32(size))
}
