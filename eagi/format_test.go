package eagi

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// A dialplan's EAGI_AUDIO_FORMAT, in whatever case, is read as Asterisk reads
// it: otherwise the caller's voice comes out as noise.
func TestFormatByName(t *testing.T) {
	for _, row := range []struct {
		name, want  string
		rate, frame int // samples a second; bytes of 20 ms
	}{
		{"", "slin", 8000, 320},
		{"slin", "slin", 8000, 320},
		{"SLIN", "slin", 8000, 320},
		{"slin12", "slin12", 12000, 480},
		{"Slin16", "slin16", 16000, 640},
		{"slin24", "slin24", 24000, 960},
		{"slin32", "slin32", 32000, 1280},
		{"slin44", "slin44", 44100, 1764},
		{"slin48", "slin48", 48000, 1920},
		{"slin96", "slin96", 96000, 3840},
		{"slin192", "slin192", 192000, 7680},
		{"ulaw", "ulaw", 8000, 160},
		{"ALAW", "alaw", 8000, 160},
	} {
		f, err := FormatByName(row.name)
		if err != nil || f.Name != row.want || f.Rate != row.rate {
			t.Errorf("%q: %+v, %v", row.name, f, err)
			continue
		}
		if got := f.Bytes(20 * time.Millisecond); got != row.frame || f.FrameSamples()*f.SampleBytes() != row.frame {
			t.Errorf("%q: a frame of %d bytes, or %d samples of %d, want %d", row.name, got, f.FrameSamples(), f.SampleBytes(), row.frame)
		}
	}
}

// Who names a format that cannot be read is told so, and what can.
func TestFormatRefused(t *testing.T) {
	for _, name := range []string{"gsm", "g722", "slin8", "slin 16", " slin", "slin16 ", "ulaw,alaw", "\u017flin16", "x"} {
		f, err := FormatByName(name)
		if !errors.Is(err, ErrFormat) || f != (Format{}) {
			t.Errorf("%q: %+v, %v", name, f, err)
			continue
		}
		if text := err.Error(); !strings.Contains(text, name) && !strings.Contains(text, "\\u") || !strings.Contains(text, "slin192, ulaw, alaw") {
			t.Errorf("%q: %s", name, text)
		}
	}
}

// A time is counted in whole samples, also one that would overflow when
// multiplied, and none is ever less than nothing.
func TestFormatBytes(t *testing.T) {
	for _, row := range []struct {
		name string
		d    time.Duration
		want int
	}{
		{"slin", 0, 0},
		{"slin", -time.Second, 0},
		{"slin", 124 * time.Microsecond, 0},
		{"slin", 125 * time.Microsecond, 2},
		{"slin44", 10 * time.Millisecond, 882},
		{"slin44", 15 * time.Millisecond, 1322}, // 661.5 samples
		{"ulaw", time.Second, 8000},
		{"slin192", time.Hour, 3600 * 384000},
	} {
		f, _ := FormatByName(row.name)
		if got := f.Bytes(row.d); got != row.want {
			t.Errorf("%v of %s: %d bytes, want %d", row.d, row.name, got, row.want)
		}
	}
}

// A sample cut in two by the stream's pieces is not heard as two wrong ones.
func TestFormatSamples(t *testing.T) {
	slin, _ := FormatByName("slin")
	ulaw, _ := FormatByName("ulaw")
	alaw, _ := FormatByName("alaw")
	samples := []int16{0, 1, -1, 256, 32767, -32768}
	bytes := slin.AppendBytes([]byte("x"), samples)
	if want := []byte("x\x00\x00\x01\x00\xff\xff\x00\x01\xff\x7f\x00\x80"); !slices.Equal(bytes, want) {
		t.Errorf("slin: % x", bytes)
	}
	if got := slin.AppendSamples([]int16{7}, append(bytes[1:], 0x55)); !slices.Equal(got, append([]int16{7}, samples...)) {
		t.Errorf("slin: %v", got)
	}
	if got := slin.AppendSamples(nil, []byte{1}); len(got) != 0 {
		t.Errorf("half a sample: %v", got)
	}
	if got := ulaw.AppendSamples(nil, ulaw.AppendBytes(nil, []int16{0, 32124, -32124, 1000})); !slices.Equal(got, []int16{0, 32124, -32124, 988}) {
		t.Errorf("ulaw: %v", got)
	}
	if got := alaw.AppendSamples(nil, alaw.AppendBytes(nil, []int16{8, 32256, -32256, 1000})); !slices.Equal(got, []int16{8, 32256, -32256, 1008}) {
		t.Errorf("alaw: %v", got)
	}
}
