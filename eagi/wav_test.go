package eagi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// chunk is one of a RIFF file, padded where it must be.
func chunk(name string, body []byte) []byte {
	p := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
	p = append(p, body...)
	return append(p, make([]byte, len(body)%2)...)
}

// riff puts chunks into a WAV.
func riff(chunks ...[]byte) []byte {
	return chunk("RIFF", append([]byte("WAVE"), slices.Concat(chunks...)...))
}

// fmtChunk says how samples are written.
func fmtChunk(tag, channels, rate, bits int) []byte {
	le := binary.LittleEndian
	p := le.AppendUint16(nil, uint16(tag))
	p = le.AppendUint16(p, uint16(channels))
	p = le.AppendUint32(p, uint32(rate))
	p = le.AppendUint32(p, uint32(rate*channels*bits/8))
	p = le.AppendUint16(p, uint16(channels*bits/8))
	p = le.AppendUint16(p, uint16(bits))
	return chunk("fmt ", p)
}

// extensible is the fmt chunk of WAVE_FORMAT_EXTENSIBLE.
func extensible(tag, channels, rate, bits int) []byte {
	p := fmtChunk(wavExtensible, channels, rate, bits)[8:]
	p = binary.LittleEndian.AppendUint16(p, 22)
	p = binary.LittleEndian.AppendUint16(p, uint16(bits)) // that are used
	p = append(p, 4, 0, 0, 0)                             // the speaker in the middle
	p = binary.LittleEndian.AppendUint16(p, uint16(tag))
	return chunk("fmt ", append(p, wavGUID...))
}

// floats are samples of float32 or float64.
func floats[T float32 | float64](values ...T) []byte {
	p, _ := binary.Append(nil, binary.LittleEndian, values)
	return p
}

// Whatever program a file comes from, its voice is heard: every usual encoding,
// mixed down and rounded as little as can be.
func TestParseWAV(t *testing.T) {
	pcm := []byte{1, 0, 0xff, 0x7f, 0, 0x80}
	want := []int16{1, 32767, -32768}
	inf := math.Inf(1)
	for _, row := range []struct {
		what string
		data []byte
		rate int
		want []int16
	}{
		{"plain", riff(fmtChunk(1, 1, 8000, 16), chunk("data", pcm)), 8000, want},
		{"lowest rate", riff(fmtChunk(1, 1, 1, 16), chunk("data", pcm)), 1, want},
		{"highest rate", riff(fmtChunk(1, 1, 384000, 16), chunk("data", pcm)), 384000, want},
		{"extensible", riff(extensible(1, 1, 44100, 16), chunk("data", pcm)), 44100, want},
		{"chunks before, between and behind", riff(chunk("bext", []byte("odd")), fmtChunk(1, 1, 8000, 16), chunk("LIST", []byte("INFOx")),
			chunk("data", pcm), chunk("id3 ", []byte("tags"))), 8000, want},
		{"a longer format", riff(chunk("fmt ", append(fmtChunk(1, 1, 8000, 16)[8:], 0, 0)), chunk("data", pcm)), 8000, want},
		{"8 bits", riff(fmtChunk(1, 1, 8000, 8), chunk("data", []byte{128, 129, 255, 0, 127})), 8000, []int16{0, 256, 32512, -32768, -256}},
		{"24 bits", riff(fmtChunk(1, 1, 48000, 24), chunk("data", []byte{0, 1, 0, 0x7f, 1, 0, 0x80, 1, 0, 0xff, 0xff, 0x7f, 0, 0, 0x80})), 48000,
			[]int16{1, 1, 2, 32767, -32768}},
		{"32 bits", riff(fmtChunk(1, 1, 48000, 32), chunk("data", []byte{0, 0, 1, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0x80})), 48000,
			[]int16{1, 32767, -32768}},
		{"float32", riff(fmtChunk(3, 1, 16000, 32), chunk("data", floats[float32](0, 0.5, -1, 1, 2, -2, float32(math.NaN()), float32(inf)))), 16000,
			[]int16{0, 16384, -32768, 32767, 32767, -32768, 0, 32767}},
		{"float64", riff(extensible(3, 1, 16000, 64), chunk("data", floats(0, 0.25, -inf, 1e300))), 16000, []int16{0, 8192, -32768, 32767}},
		{"mu-law", riff(fmtChunk(7, 1, 8000, 8), chunk("data", []byte{0xff, 0x80, 0})), 8000, []int16{0, 32124, -32124}},
		{"A-law", riff(fmtChunk(6, 1, 8000, 8), chunk("data", []byte{0xd5, 0xaa, 0x2a})), 8000, []int16{8, 32256, -32256}},
		{"two channels", riff(fmtChunk(1, 2, 8000, 16), chunk("data", []byte{100, 0, 200, 0, 0xff, 0x7f, 0xff, 0x7f, 5, 0, 0xfb, 0xff})), 8000,
			[]int16{150, 32767, 0}},
		{"six channels", riff(extensible(1, 6, 48000, 16), chunk("data", []byte{6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})), 48000, []int16{1}},
		{"no sample", riff(fmtChunk(1, 1, 8000, 16), chunk("data", nil)), 8000, []int16{}},
		{"no sample, but tags", riff(fmtChunk(1, 1, 8000, 16), chunk("data", nil), chunk("LIST", []byte("INFO"))), 8000, []int16{}},
		{"half a frame at the end", riff(fmtChunk(1, 2, 8000, 16), chunk("data", []byte{1, 0, 1, 0, 9})), 8000, []int16{1}},
	} {
		u, err := ParseWAV(row.data)
		if err != nil {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		if u.Rate() != row.rate || !slices.Equal(u.Samples(), row.want) || !u.Began().IsZero() {
			t.Errorf("%s: %v at %d, want %v at %d", row.what, u.Samples(), u.Rate(), row.want, row.rate)
		}
	}
}

// What a program writes into a pipe, whose length it does not know yet, and
// what a full disk or a broken connection has cut off, is heard as far as it
// goes.
func TestParseWAVOfUnknownLength(t *testing.T) {
	samples := []int16{5, -6, 7}
	for _, size := range []uint32{0, 0x7ffff000, 0x7fffffff, 0xfffff000, 0xffffffff} {
		for _, outer := range []uint32{0, 36, 0x7ffff024, 0xffffffff} {
			data := AppendWAV(nil, samples, 22050)
			binary.LittleEndian.PutUint32(data[4:], outer)
			binary.LittleEndian.PutUint32(data[40:], size)
			if u, err := ParseWAV(data); err != nil || !slices.Equal(u.Samples(), samples) {
				t.Errorf("lengths %#x and %#x: %v, %v", outer, size, u, err)
			}
		}
	}
	whole := AppendWAV(nil, samples, 8000)
	for end := 44; end < len(whole); end++ {
		u, err := ParseWAV(whole[:end])
		if err != nil || !slices.Equal(u.Samples(), samples[:(end-44)/2]) {
			t.Errorf("the first %d bytes: %v, %v", end, u, err)
		}
	}
	for end := range 44 {
		if u, err := ParseWAV(whole[:end]); !errors.Is(err, ErrWAV) {
			t.Errorf("the first %d bytes: %v, %v", end, u, err)
		}
	}
}

// Who gives a file that cannot be read is told what it is, and where.
func TestParseWAVRefuses(t *testing.T) {
	guid := extensible(1, 1, 8000, 16)
	guid[len(guid)-1]++
	block := fmtChunk(1, 1, 8000, 16)
	block[20]++
	data := chunk("data", []byte{1, 0})
	for _, row := range []struct {
		data []byte
		want string
	}{
		{nil, "byte 0: the file is empty"},
		{[]byte("\xff\xfb\x90\x00 an MP3 file of some length"), "byte 0: it begins with"},
		{[]byte("RIFX\x00\x00\x00\x00WAVE"), "byte 0: RIFX: only little-endian"},
		{[]byte("RF64\xff\xff\xff\xffWAVE"), "byte 0: RF64: only files below 4 GiB"},
		{[]byte("RIFF\x00\x00\x00\x00AVI LIST"), `byte 8: a RIFF file of kind "AVI "`},
		{[]byte("RIFF\x00\x00"), "byte 6: the file ends within its header"},
		{riff(), "byte 12: the file ends without samples"},
		{riff(fmtChunk(1, 1, 8000, 16)), "byte 36: the file ends without samples"},
		{riff(data), "byte 12: the samples come before their format"},
		{riff(chunk("fmt ", make([]byte, 14)), data), "byte 20: a format of 14 bytes"},
		{riff(fmtChunk(1, 0, 8000, 16), data), "byte 22: no channel"},
		{riff(fmtChunk(1, 1, 0, 16), data), "byte 24: 0 samples a second"},
		{riff(fmtChunk(1, 1, 384001, 16), data), "byte 24: 384001 samples a second"},
		{riff(block, data), "byte 32: 3 bytes for 1 samples of 16 bits"},
		{riff(fmtChunk(1, 1, 8000, 12), data), "byte 20: PCM of 12 bits"},
		{riff(fmtChunk(3, 1, 8000, 16), data), "byte 20: float of 16 bits"},
		{riff(fmtChunk(2, 1, 8000, 4), data), "byte 20: Microsoft's ADPCM"},
		{riff(fmtChunk(0x31, 1, 8000, 0), data), "byte 20: GSM (Asterisk's wav49)"},
		{riff(fmtChunk(0x55, 1, 8000, 0), data), "byte 20: MPEG"},
		{riff(fmtChunk(0x1234, 1, 8000, 16), data), "byte 20: encoding 0x1234"},
		{riff(guid, data), "byte 44: an encoding that is known by a GUID only"},
		{riff(chunk("fmt ", fmtChunk(wavExtensible, 1, 8000, 16)[8:]), data), "byte 20: an extensible format of 16 bytes"},
		{riff(fmtChunk(1, 1, 8000, 16), []byte("LIST\xff\x00\x00\x00INFO")), `byte 36: the file ends within "LIST"`},
	} {
		u, err := ParseWAV(row.data)
		if !errors.Is(err, ErrWAV) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v, %v, want %s", u, err, row.want)
		}
	}
}

// A file that never ends does not fill the memory, and why a stream broke off
// is said.
func TestReadWAV(t *testing.T) {
	whole := AppendWAV(nil, []int16{1, 2}, 8000)
	u, err := ReadWAV(iotest.OneByteReader(bytes.NewReader(whole)))
	if err != nil || !slices.Equal(u.Samples(), []int16{1, 2}) {
		t.Errorf("%v, %v", u, err)
	}
	broken := errors.New("broken")
	if _, err := ReadWAV(io.MultiReader(bytes.NewReader(whole), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := ReadWAV(io.MultiReader(bytes.NewReader(whole), endless{})); !errors.Is(err, ErrWAV) || !strings.Contains(err.Error(), "longer than 64 MiB") {
		t.Errorf("%v", err)
	}
}

// endless reads zeros for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A recorder's first header stands for a length that it does not know, and the
// last for the one that it has.
func TestAppendWAVHeader(t *testing.T) {
	want := "RIFF\x2a\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x06\x00\x00\x00"
	if got := string(AppendWAVHeader(nil, 3, 8000)); got != want {
		t.Errorf("%q", got)
	}
	if got := string(AppendWAV([]byte("x"), []int16{1, -2, 3}, 8000)); got != "x"+want+"\x01\x00\xfe\xff\x03\x00" {
		t.Errorf("%q", got)
	}
	u, err := ParseWAV(append(AppendWAVHeader(nil, math.MaxInt, 8000), 1, 0))
	if err != nil || !slices.Equal(u.Samples(), []int16{1}) {
		t.Errorf("%v, %v", u, err)
	}
}

// No file crashes the call or fills its memory, and what is read from one is
// written and read back the same.
func FuzzWAV(f *testing.F) {
	f.Add(AppendWAV(nil, []int16{1, -2, 3}, 8000))
	f.Add(riff(chunk("x", []byte("odd")), extensible(3, 2, 44100, 32), chunk("data", floats[float32](1, 0.5))))
	f.Add(riff(fmtChunk(7, 3, 8000, 8), chunk("data", []byte("abcdef"))))
	f.Add(riff(fmtChunk(1, 1, 8000, 24), []byte("data\xff\xff\xff\xffabcdef")))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		u, err := ParseWAV(data)
		if err != nil {
			if !errors.Is(err, ErrWAV) || strings.ContainsAny(err.Error(), "\n\r\x00\x1b") {
				t.Fatalf("%v", err)
			}
			return
		}
		if u.Rate() < 1 || u.Rate() > MaxRate || cap(u.Samples()) > len(data) {
			t.Fatalf("%d samples of %d bytes at %d", cap(u.Samples()), len(data), u.Rate())
		}
		again, err := ParseWAV(u.WAV())
		if err != nil || again.Rate() != u.Rate() || !slices.Equal(again.Samples(), u.Samples()) {
			t.Fatalf("%v at %d comes back as %v, %v", u.Samples(), u.Rate(), again, err)
		}
	})
}
