package eagi

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gsmTone is a tenth of a second of 440 Hz, half as loud as can be, as sox and
// libgsm code it.
const gsmTone = "d238d429a25056fc819b349d500df8e58d3923ae68380df9932dd406f604ba96dbd236ec6de2f00189117b3067d8c1b266cc19b36d61157d455d596d20a9f325ef" +
	"09d236ec2da29320dd51575454dd20e84bda12f6b7c05ac4b1b6e5dba0469cd19d23d237ec29a29320a9ab49d91bdd003b1b7244dcdd6044dc9136eddd20b6e5b12774" +
	"d235ec6de2b5c0b4ee854fd06d8199f32a6b126d216f5153660cb7e0b4a56d3727"

// A prompt is decoded to the very samples that Asterisk plays: libgsm's.
func TestGSM(t *testing.T) {
	data, err := hex.DecodeString(gsmTone)
	if err != nil {
		t.Fatal(err)
	}
	samples := decodeGSM(data)
	var pcm []byte
	for _, v := range samples {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(v))
	}
	if len(samples) != 800 || crc32.ChecksumIEEE(pcm) != 0xceb512ce {
		t.Errorf("%d samples, checksum %08x", len(samples), crc32.ChecksumIEEE(pcm))
	}
	data[2*gsmFrame] = 0x12 // no frame
	if broken := decodeGSM(append(data, 0xd0)); len(broken) != 800 || broken[2*gsmSamples] != 0 {
		t.Errorf("with a broken frame: %d samples", len(broken))
	}
}

// Nothing that is in a file makes the decoder fail.
func FuzzGSM(f *testing.F) {
	data, _ := hex.DecodeString(gsmTone)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if got := decodeGSM(data); len(got) != len(data)/gsmFrame*gsmSamples {
			t.Errorf("%d bytes are %d samples", len(data), len(got))
		}
	})
}

// A prompt is found as Asterisk finds it, and read whatever it is coded in.
func TestSounds(t *testing.T) {
	dir := t.TempDir()
	tone := make([]int16, 800)
	for i := range tone {
		tone[i] = int16(16000 * math.Sin(2*math.Pi*440*float64(i)/8000))
	}
	for _, name := range []string{"en/a.wav", "en/b.ulaw", "en/c.alaw", "en/d.sln", "en/e.sln16", "f.sln", "en_US/a.sln", "en/menu/g.wav"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := NewUtterance(tone, 8000, noTime).Save(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	data, _ := hex.DecodeString(gsmTone)
	if err := os.WriteFile(filepath.Join(dir, "en/h.gsm"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a": "en_US/a.sln", "b": "en/b.ulaw", "c": "en/c.alaw", "d": "en/d.sln", "e": "en/e.sln16", "f": "f.sln", "menu/g": "en/menu/g.wav", "h": "en/h.gsm",
		filepath.Join(dir, "en/a"): "en/a.wav",
	} {
		path, err := FindSound(dir, "en_US", name)
		if err != nil || path != filepath.Join(dir, want) {
			t.Errorf("%s: %s, %v; want %s", name, path, err, want)
			continue
		}
		u, err := ReadSound(path)
		if err != nil || u.Duration() < 90e6 || u.Duration() > 110e6 || math.Abs(u.Level()+9.2) > 1 {
			t.Errorf("%s: %+v at %.1f dBFS, %v", path, u.Duration(), u.Level(), err)
		}
	}
	for _, name := range []string{"nosuch", "", ".", "menu", strings.Repeat("x", 5000), "a\x00"} {
		if path, err := FindSound(dir, "en_US", name); err == nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%.20q is %s", name, path)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "cut.gsm"), data[:40], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSound(filepath.Join(dir, "cut.gsm")); err == nil {
		t.Error("a GSM file of a frame and a bit is read")
	}
}
