package eagi

import (
	"math"
	"testing"
)

// echoOf gives the line on which prompt comes back, gain dB louder and delay
// seconds later, through a path that is duller than it and rings a little.
func echoOf(prompt *signal, gain, delay float64) *signal {
	s := newSignal(30).silence(float64(prompt.frames())/50 + 0.5)
	a, shift, dull := amplitude(gain), int(delay*bandRate), 0.0
	for i := range s.x {
		v := 0.0
		if k := i - shift; k >= 0 && k < len(prompt.x) {
			v = prompt.x[k]
		}
		if k := i - shift - 37; k >= 0 && k < len(prompt.x) {
			v -= 0.4 * prompt.x[k]
		}
		dull += 0.7 * (v - dull)
		s.x[i] = a * dull
	}
	return s
}

// talkOver mixes what the caller says into the line from a frame on, as long
// as the line is.
func (s *signal) talkOver(from int, caller *signal) *signal {
	for i, v := range caller.x {
		if k := from*bandFrame + i; k < len(s.x) {
			s.x[k] += v
		}
	}
	return s
}

// guarded hears s with a guard for prompt, which may be nil.
func guarded(s *signal, prompt *signal) []Frame {
	var samples []int16
	if prompt != nil {
		samples = prompt.pcm(bandRate)
	}
	d := NewDetector(bandRate)
	d.Guard(NewEchoGuard(bandRate, samples))
	return hear(d, bandRate, s.pcm(bandRate))
}

func somePrompt() *signal { return newSignal(31).silence(0.1).say(8, -20, 200).silence(0.4) }

// A prompt that hears itself would stop after its first word, for every caller
// on an analogue or mobile line.
func TestThePromptsEchoIsNotTheCaller(t *testing.T) {
	prompt := somePrompt()
	for _, delay := range []float64{-0.05, 0.03, 0.09, 0.15, 0.25} {
		line := echoOf(prompt, -15, delay).over(-55)
		frames := guarded(line, prompt)
		noSpeech(t, frames, 0, len(frames), "echo, with the prompt's samples")
		if delay < 0 {
			continue
		}
		frames = guarded(line, nil)
		noSpeech(t, frames, 0, len(frames), "echo, without them")
		if n, _, _ := speechIn(detect(line), 0, len(frames)); n < 100 {
			t.Errorf("an echo that nobody would take for speech proves nothing: %d frames", n)
		}
	}
}

// Who talks over the prompt must be heard while he still talks: a few dB above
// the echo with the prompt's samples, and well above it without.
func TestACallerIsHeardOverTheEcho(t *testing.T) {
	prompt := somePrompt()
	for _, from := range []int{60, 150, 290} {
		line := echoOf(prompt, -15, 0.08).talkOver(from, newSignal(32).say(1.4, -29, 115)).over(-55)
		_, first, _ := speechIn(guarded(line, prompt), 0, from+70)
		if first < from || first > from+12 {
			t.Errorf("6 dB above the echo, at frame %d: told at %d", from, first-from)
		}
		line = echoOf(prompt, -15, 0.08).talkOver(from, newSignal(32).say(1.4, -18, 115)).over(-55)
		_, first, _ = speechIn(guarded(line, nil), 0, from+70)
		if first < from || first > from+12 {
			t.Errorf("17 dB above it without samples, at frame %d: told at %d", from, first-from)
		}
	}
}

// Most lines have no echo. There the guard must not make the caller shout.
func TestACallerIsHeardWhereThereIsNoEcho(t *testing.T) {
	prompt := somePrompt()
	for _, with := range []*signal{prompt, nil} {
		line := newSignal(33).silence(6).talkOver(150, newSignal(34).say(1.4, -35, 115)).over(-58)
		_, first, _ := speechIn(guarded(line, with), 0, 300)
		if first < 150 || first > 158 {
			t.Errorf("samples %v: told at frame %d", with != nil, first-150)
		}
	}
}

// A key pressed in the network's tones during the prompt is a key.
func TestAKeyOverTheEchoIsNotSpeech(t *testing.T) {
	prompt := somePrompt()
	for _, from := range []int{60, 150, 290} {
		line := echoOf(prompt, -15, 0.08).talkOver(from, newSignal(0).tone(0.2, -13, 770, 1209)).over(-55)
		frames := guarded(line, prompt)
		noSpeech(t, frames, 0, len(frames), "a key over the echo")
	}
}

// When the prompt has ended the caller answers, as low as he likes.
func TestTheGuardEndsWithThePrompt(t *testing.T) {
	prompt := somePrompt()
	d := NewDetector(bandRate)
	d.Guard(NewEchoGuard(bandRate, prompt.pcm(bandRate)))
	hear(d, bandRate, echoOf(prompt, -15, 0.08).over(-55).pcm(bandRate))
	d.Guard(nil)
	frames := hear(d, bandRate, newSignal(35).silence(0.5).say(1.4, -38, 120).over(-58).pcm(bandRate))
	if _, first, _ := speechIn(frames, 0, len(frames)); first < 25 || first > 31 {
		t.Errorf("told at frame %d", first-25)
	}
}

// The prompt's file may have another rate than the line had when the delay
// was found: both come to the same band.
func TestTheGuardWorksAtOtherRates(t *testing.T) {
	prompt := somePrompt()
	line := echoOf(prompt, -15, 0.08).over(-55)
	d := NewDetector(16000)
	d.Guard(NewEchoGuard(16000, prompt.pcm(16000)))
	frames := hear(d, 16000, line.pcm(16000))
	noSpeech(t, frames, 0, len(frames), "echo at 16 kHz")
}

func TestTheGuardFindsTheDelay(t *testing.T) {
	prompt := somePrompt()
	d := NewDetector(bandRate)
	g := NewEchoGuard(bandRate, prompt.pcm(bandRate))
	d.Guard(g)
	hear(d, bandRate, echoOf(prompt, -15, 0.12).over(-55).pcm(bandRate)[:100*bandFrame])
	if got := float64(g.lag-echoEarly) * 10; math.Abs(got-120) > 15 {
		t.Errorf("a delay of 120 ms is taken for %.0f", got)
	}
}
