package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	rate  = 8000
	frame = rate / 50
)

// clip is one utterance without noise in the telephone band, its loud frames
// at -20 dBFS.
type clip struct {
	name   string
	source string // who speaks
	x      []float64
	speech []bool // each 20 ms
}

// sources finds the speech this machine has; those it lacks it names.
func sources(s *settings) (clips []clip, lacking []string, err error) {
	add := func(found []clip, e error, what string) {
		if e != nil && err == nil {
			err = e
		}
		if len(found) == 0 && e == nil {
			lacking = append(lacking, what)
		}
		clips = append(clips, found...)
	}
	found, e := sphinx(s.sphinx)
	add(found, e, "pocketsphinx-testdata")
	for _, folder := range []string{"en_US_f_Allison", "es_MX_f_Allison", "fr_CA_f_June", "it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU"} {
		found, e := prompts(filepath.Join(s.sounds, folder), 40)
		add(found, e, "asterisk-core-sounds-"+folder[:2]+"-gsm")
	}
	for _, voice := range []string{"en-us", "en-gb-scotland", "en-us+f3", "en+m7", "de+f2", "es+m3"} {
		found, e := spoken("espeak-ng", voice, "-v", voice, "--stdout")
		add(found, e, "espeak-ng")
	}
	for _, voice := range []string{"kal16", "awb", "rms", "slt"} {
		found, e := spoken("flite", voice, "-voice", voice, "-o", "/dev/stdout", "-t")
		add(found, e, "flite")
	}
	slices.Sort(lacking)
	return clips, slices.Compact(lacking), err
}

func sphinx(dir string) (clips []clip, err error) {
	var files []string
	for _, pattern := range []string{"cards/*.wav", "librivox/*.wav", "*.raw", "tidigits/*.raw"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		files = append(files, found...)
	}
	for _, file := range files {
		var as []string
		if strings.HasSuffix(file, ".raw") {
			as = []string{"-t", "raw", "-r", "16000", "-e", "signed", "-b", "16", "-c", "1"}
		}
		c, err := load(file, "sphinx", as)
		if err != nil {
			return nil, err
		}
		clips = append(clips, c)
	}
	return clips, nil
}

// prompts takes n prompts of one and a half to six seconds, always the same.
func prompts(dir string, n int) (clips []clip, err error) {
	var files []string
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".gsm" {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		const second = 1650
		name := d.Name()
		if size := info.Size(); size > 3*second/2 && size < 6*second &&
			filepath.Base(filepath.Dir(path)) != "silence" && !strings.Contains(name, "tone") && !strings.Contains(name, "monkeys") && !strings.Contains(name, "beep") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b string) int { return int(hash(a)>>1&0xffffff) - int(hash(b)>>1&0xffffff) })
	for _, file := range files[:min(n, len(files))] {
		c, err := load(file, filepath.Base(dir), nil)
		if err != nil {
			return nil, err
		}
		clips = append(clips, c)
	}
	return clips, nil
}

// sentences are what the synthetic voices say: short answers and long ones.
var sentences = []string{
	"Yes please.", "No.", "Operator.", "Three seven one nine double four.",
	"I would like to speak to somebody about my last bill.",
	"My flight leaves on Thursday at half past six in the morning.",
	"Could you say that again?", "Sixty six, fifty five, zero.",
	"It is the small grey house behind the petrol station, on the left hand side.",
	"Please send the papers to Hamburg, not to Paris.",
}

func spoken(program, voice string, args ...string) (clips []clip, err error) {
	if _, err := exec.LookPath(program); err != nil {
		return nil, nil
	}
	for i, text := range sentences {
		wav, err := pipe(nil, program, append(slices.Clone(args), text)...)
		if err != nil {
			return nil, err
		}
		pcm, err := pipe(wav, "sox", "-q", "-D", "--ignore-length", "-t", "wav", "-", "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-", "rate", "8000", "sinc", "300-3400")
		if err != nil {
			return nil, err
		}
		clips = append(clips, newClip(fmt.Sprintf("%s/%s/%d", program, voice, i), program+" "+voice, pcm))
	}
	return clips, nil
}

func load(file, source string, as []string) (clip, error) {
	args := slices.Concat([]string{"-q", "-D"}, as, []string{file, "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", "8000", "-", "rate", "8000", "sinc", "300-3400"})
	pcm, err := pipe(nil, "sox", args...)
	if err != nil {
		return clip{}, err
	}
	return newClip(file, source, pcm), nil
}

// newClip brings the clip to its level and labels it.
func newClip(name, source string, pcm []byte) clip {
	c := clip{name: name, source: source, x: make([]float64, len(pcm)/2/frame*frame)}
	for i := range c.x {
		c.x[i] = float64(int16(binary.LittleEndian.Uint16(pcm[2*i:]))) / 32768
	}
	loud := loudness(c.x)
	for i := range c.x {
		c.x[i] *= 0.1 / loud
	}
	c.speech = label(c.x)
	return c
}

// loudness is the root mean square of the frames within 20 dB of the loudest
// tenth: about what an active speech meter shows.
func loudness(x []float64) float64 {
	e := energies(x)
	sorted := slices.Sorted(slices.Values(e))
	top := sorted[len(sorted)*9/10]
	sum, n := 0.0, 0
	for _, v := range e {
		if v > top/100 {
			sum, n = sum+v, n+1
		}
	}
	return math.Sqrt(sum / float64(n))
}

// label is the truth: speech is where the clean signal is within 25 dB of its
// active level; gaps of up to 60 ms are closed (the silence before a p or t is
// part of the word), and what then lasts less than 60 ms is dropped.
func label(x []float64) []bool {
	e := energies(x)
	threshold := square(loudness(x)) * math.Pow(10, -2.5)
	speech := make([]bool, len(e))
	for i, v := range e {
		speech[i] = v > threshold
	}
	bridge(speech, true, 3)
	bridge(speech, false, 2)
	return speech
}

// bridge turns runs of !to of at most n frames between two of to into to.
func bridge(s []bool, to bool, n int) {
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] == s[i] {
			j++
		}
		if s[i] != to && j-i <= n && (!to || i > 0 && j < len(s)) {
			for ; i < j; i++ {
				s[i] = to
			}
		}
		i = j
	}
}

func energies(x []float64) []float64 {
	e := make([]float64, len(x)/frame)
	for i := range e {
		for _, v := range x[i*frame : (i+1)*frame] {
			e[i] += v * v
		}
		e[i] /= frame
	}
	return e
}

func square(x float64) float64 { return x * x }

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// pipe runs a program on in and returns what it writes.
func pipe(in []byte, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", name, err, stderr.Bytes())
	}
	return out, nil
}

// half picks the clips of one half. The detector was tuned on one of them and
// is judged on the other.
func half(clips []clip, which string) []clip {
	if which == "all" {
		return clips
	}
	return slices.DeleteFunc(slices.Clone(clips), func(c clip) bool {
		odd := hash(strings.TrimPrefix(c.name, string(os.PathSeparator)))&0x10 != 0
		return odd != (which == "held")
	})
}
