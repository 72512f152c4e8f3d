package eagi

import "math"

// echoPrompt is the prompt as far as it was read: its power in each band, in
// hops of 10 ms, up to 100 ms before its echo can come.
type echoPrompt struct {
	rest  []int16 // not read yet
	band  *telephoneBand
	fresh [bandFrame]float64
	past  [256]float64
	short *spectrum
	mean  [bands]float64 // slow mean of its dB
	hops  [64]echoHop    // a ring, longer than there are lags
	count int            // hops ever put into it
}

// echoHop is 10 ms of the prompt.
type echoHop struct {
	power [bands]float64
	swing [bands]float64 // dB over the slow mean
}

const (
	hopSize     = bandFrame / 2
	promptFloor = 1e-5 // -50 dBFS: what is quieter gives no echo to speak of
)

// silentHop is what a prompt is before its first.
var silentHop echoHop

func newEchoPrompt(rate int, prompt []int16) *echoPrompt {
	p := &echoPrompt{rest: prompt, band: newTelephoneBand(rate), short: newSpectrum(256)}
	for b := range p.mean {
		p.mean[b] = 10 * math.Log10(promptFloor*bandShare(b))
	}
	for range echoEarly / 2 {
		p.read()
	}
	return p
}

// read takes 20 ms more. After the prompt's end there is silence.
func (p *echoPrompt) read() {
	n := min(len(p.rest), p.band.frame)
	p.band.to(p.fresh[:], p.rest[:n])
	p.rest = p.rest[n:]
	for i := range 2 {
		copy(p.past[:], p.past[hopSize:])
		copy(p.past[len(p.past)-hopSize:], p.fresh[i*hopSize:])
		hop := &p.hops[p.count%len(p.hops)]
		byBand(p.short.of(p.past[:]), &hop.power)
		for b, power := range hop.power {
			db := 10 * math.Log10(power+promptFloor*bandShare(b))
			p.mean[b] += 0.025 * (db - p.mean[b])
			hop.swing[b] = db - p.mean[b]
		}
		p.count++
	}
}

// hop is the one lag hops ago.
func (p *echoPrompt) hop(lag int) *echoHop {
	at := p.count - 1 - lag
	if at < 0 {
		return &silentHop
	}
	return &p.hops[at%len(p.hops)]
}
