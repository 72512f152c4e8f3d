package eagi

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Silent is the level of digital silence, in dBFS, and the least that
// [Utterance.Level] gives: a logarithm of nothing would be no number to count
// with.
const Silent = -100.0

// noTime is when an utterance began of which that is not known.
var noTime time.Time

// Utterance is what somebody said: samples of one channel. It does not change,
// so any number of goroutines may use it. The zero value is one without samples
// and without a rate, of no use but as nothing.
type Utterance struct {
	samples []int16
	rate    int
	began   time.Time
}

// NewUtterance makes an utterance of samples, which are its own from then on, at
// a rate per second; began is when the first one was said, the zero time where
// nobody knows.
func NewUtterance(samples []int16, rate int, began time.Time) *Utterance {
	return &Utterance{samples, rate, began}
}

// Rate is how many samples a second has.
func (u *Utterance) Rate() int { return u.rate }

// Samples gives the samples, which are to be read only.
func (u *Utterance) Samples() []int16 { return u.samples }

// Began is when it began, by the clock; the zero time where that is not known.
func (u *Utterance) Began() time.Time { return u.began }

// Duration is how long it lasts.
func (u *Utterance) Duration() time.Duration {
	return lasting(int64(len(u.samples)), u.rate)
}

// lasting gives how long so many samples last.
func lasting(samples int64, rate int) time.Duration {
	if rate == 0 {
		return 0
	}
	whole, rest := samples/int64(rate), samples%int64(rate)
	return time.Duration(whole)*time.Second + time.Duration(rest)*time.Second/time.Duration(rate)
}

// Level is how loud it is on average (root mean square) in dBFS: 0 is the
// loudest there can be, a tone at full scale -3, a voice on the telephone about
// -25, [Silent] nothing.
func (u *Utterance) Level() float64 {
	sum := 0.0
	for _, v := range u.samples {
		sum += float64(v) * float64(v)
	}
	return decibels(math.Sqrt(sum / float64(max(1, len(u.samples)))))
}

// decibels is the level of a magnitude of samples.
func decibels(magnitude float64) float64 {
	return max(Silent, 20*math.Log10(magnitude/(1<<15)))
}

// WAV gives it as a WAV file of 16-bit mono at its own rate.
func (u *Utterance) WAV() []byte {
	return AppendWAV(make([]byte, 0, 44+2*len(u.samples)), u.samples, u.rate)
}

// Resample gives the utterance at another rate, per second, of 1 to [MaxRate];
// others panic. At its own rate it is the same utterance.
func (u *Utterance) Resample(rate int) *Utterance {
	if rate == u.rate {
		return u
	}
	return &Utterance{Resample(u.samples, u.rate, rate), rate, u.began}
}

// fileKind is a kind of file that Save writes.
type fileKind struct {
	extensions string // separated by blanks
	rate       int    // nought is the utterance's own
	coding     coding
	wav        bool
}

// fileKinds are by what Asterisk calls them.
var fileKinds = [...]fileKind{
	{".wav", 0, linear, true},
	{".wav16", 16000, linear, true},
	{".sln .slin .raw", 8000, linear, false},
	{".sln12", 12000, linear, false},
	{".sln16", 16000, linear, false},
	{".sln24", 24000, linear, false},
	{".sln32", 32000, linear, false},
	{".sln44", 44100, linear, false},
	{".sln48", 48000, linear, false},
	{".sln96", 96000, linear, false},
	{".sln192", 192000, linear, false},
	{".ulaw .ul .mu .ulw .pcm", 8000, muLaw, false},
	{".alaw .al .alw", 8000, aLaw, false},
}

// Save writes it to a file, as the extension of path says: .wav at its own rate
// (Asterisk plays 8 kHz only), or .wav16; raw samples as .sln (8 kHz), .sln12 to
// .sln192; .ulaw, .ul, .mu, .ulw or .pcm; .alaw, .al or .alw: resampled to what
// Asterisk expects under that name. Any other one, in capitals too, is an error
// for which errors.Is with [ErrFormat] holds.
//
// The file appears whole or not at all, in place of one that was there, and may
// be read by everybody: it is written under another name in the same folder and
// renamed. It is not synced: after a power failure it may be missing or empty.
// Where anything fails, nothing is left behind. Save blocks as the disk does.
func (u *Utterance) Save(path string) error {
	data, err := u.encode(path)
	if err == nil {
		err = replaceFile(path, data)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

// encode gives the bytes of a file of that name.
func (u *Utterance) encode(path string) ([]byte, error) {
	kind, err := kindOf(path)
	if err != nil {
		return nil, err
	}
	if u.rate == 0 {
		return nil, errors.New("an utterance without a rate")
	}
	u = u.Resample(cmp.Or(kind.rate, u.rate))
	if kind.wav {
		return u.WAV(), nil
	}
	return Format{coding: kind.coding}.AppendBytes(nil, u.samples), nil
}

// kindOf gives the kind of file that a name's extension stands for.
func kindOf(path string) (fileKind, error) {
	var known []string
	extension := filepath.Ext(path)
	for _, kind := range fileKinds {
		names := strings.Fields(kind.extensions)
		if slices.Contains(names, extension) {
			return kind, nil
		}
		known = append(known, names...)
	}
	return fileKind{}, fmt.Errorf("%w: %q: use one of %s", ErrFormat, extension, strings.Join(known, ", "))
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) (err error) {
	// A short name of its own kind, so that who waits for files with the
	// extension does not see it, and a name as long as can be still fits.
	f, err := os.CreateTemp(filepath.Dir(path), ".goagi-*")
	if err != nil {
		return withoutPath(err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = withoutPath(err)
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// withoutPath takes the temporary file's name, which says nothing to anybody,
// from an error.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
