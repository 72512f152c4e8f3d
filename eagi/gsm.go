package eagi

import "math"

// gsmFrame and gsmSamples are the bytes and samples of 20 ms of GSM full rate.
const gsmFrame, gsmSamples = 33, 160

// Tables of GSM 06.10: the quantisers of the filter (4.2.8), of the long-term
// gain (4.2.12) and of the pulses (4.2.15).
var (
	gsmBits    = [8]uint{6, 6, 5, 5, 4, 4, 3, 3}
	gsmLeast   = [8]int16{-32, -32, -16, -16, -8, -8, -4, -4}
	gsmOffset  = [8]int16{0, 0, 2048, -2560, 94, -1792, -341, -1144}
	gsmInverse = [8]int16{13107, 13107, 13107, 13107, 19223, 17476, 31454, 29708}
	gsmGain    = [4]int16{3277, 11469, 21299, 32767}
	gsmPulse   = [8]int16{18431, 20479, 22527, 24575, 26623, 28671, 30719, 32767}
)

// gsmDecoder is the decoder of GSM 06.10 in its fixed-point arithmetic, which
// most of Asterisk's prompts are coded in. The zero value is ready.
type gsmDecoder struct {
	past     [160]int16 // the last 120 samples of the excitation, then 40 new ones
	lag      int
	ratios   [2][8]int16 // of the filter, this frame's and the last one's
	turn     int
	filter   [9]int16
	emphasis int16
}

// decodeGSM gives the samples of whole frames, at 8 kHz. What is no frame is
// passed over as silence.
func decodeGSM(data []byte) []int16 {
	d := gsmDecoder{lag: 40}
	samples := make([]int16, 0, len(data)/gsmFrame*gsmSamples)
	for ; len(data) >= gsmFrame; data = data[gsmFrame:] {
		samples = d.frame(samples, data[:gsmFrame])
	}
	return samples
}

// gsmReader reads bits from the most significant on.
type gsmReader struct {
	data []byte
	at   uint
}

func (r *gsmReader) bits(n uint) int16 {
	v := int16(0)
	for range n {
		v = v<<1 | int16(r.data[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return v
}

func (d *gsmDecoder) frame(samples []int16, data []byte) []int16 {
	r := gsmReader{data: data}
	if r.bits(4) != 0xd {
		return append(samples, make([]int16, gsmSamples)...)
	}
	d.turn ^= 1
	ratios, last := &d.ratios[d.turn], &d.ratios[d.turn^1]
	for i := range ratios {
		v := saturate(int(r.bits(gsmBits[i])+gsmLeast[i]) << 10)
		v = saturate(int(v) - int(gsmOffset[i])*2)
		v = product(gsmInverse[i], v)
		ratios[i] = saturate(2 * int(v))
	}
	var excited [gsmSamples]int16
	for sub := range 4 {
		d.excite(&r)
		copy(excited[sub*40:], d.past[120:])
		copy(d.past[:120], d.past[40:])
	}
	start := 0
	for part, end := range [...]int{13, 27, 40, gsmSamples} {
		var reflection [8]int16
		for i := range reflection {
			a, b := int(last[i]), int(ratios[i])
			reflection[i] = reflected([...]int{a>>2 + b>>2 + a>>1, a>>1 + b>>1, a>>2 + b>>2 + b>>1, b}[part])
		}
		for _, v := range excited[start:end] {
			samples = append(samples, d.sample(v, &reflection))
		}
		start = end
	}
	return samples
}

// excite reads a quarter of a frame and makes its excitation, in past from 120
// on (4.3.2, 4.2.16, 4.2.17).
func (d *gsmDecoder) excite(r *gsmReader) {
	lag, gain, grid, loudest := int(r.bits(7)), r.bits(2), int(r.bits(2)), int(r.bits(6))
	if lag >= 40 && lag <= 120 {
		d.lag = lag
	}
	exponent, mantissa := 0, 0
	if loudest > 15 {
		exponent = loudest>>3 - 1
	}
	mantissa = loudest - exponent<<3
	if mantissa == 0 {
		exponent, mantissa = -4, 7
	} else {
		for mantissa <= 7 {
			mantissa = mantissa<<1 | 1
			exponent--
		}
		mantissa -= 8
	}
	shift := 6 - exponent
	half := int16(1)
	if shift > 0 {
		half = 1 << (shift - 1)
	}
	var pulses [40]int16
	for i := range 13 {
		v := product(gsmPulse[mantissa], (r.bits(3)<<1-7)<<12)
		pulses[grid+3*i] = saturate(int(v)+int(half)) >> shift
	}
	for k, v := range pulses {
		d.past[120+k] = saturate(int(v) + int(product(gsmGain[gain], d.past[120+k-d.lag])))
	}
}

// reflected gives a reflection coefficient for a logarithmic area ratio (4.2.9.2).
func reflected(ratio int) int16 {
	v := min(int(math.MaxInt16), max(ratio, -ratio))
	switch {
	case v < 11059:
		v <<= 1
	case v < 20070:
		v += 11059
	default:
		v = v>>2 + 26112
	}
	if ratio < 0 {
		return -saturate(v)
	}
	return saturate(v)
}

// sample filters one sample and takes back the emphasis (4.3.4, 4.3.5).
func (d *gsmDecoder) sample(v int16, reflection *[8]int16) int16 {
	for i := 7; i >= 0; i-- {
		v = saturate(int(v) - int(product(reflection[i], d.filter[i])))
		d.filter[i+1] = saturate(int(d.filter[i]) + int(product(reflection[i], v)))
	}
	d.filter[0] = v
	d.emphasis = saturate(int(v) + int(product(d.emphasis, 28180)))
	return saturate(2*int(d.emphasis)) &^ 7
}

// product multiplies fractions of 15 bits, rounded.
func product(a, b int16) int16 { return saturate((int(a)*int(b) + 16384) >> 15) }

func saturate(v int) int16 { return int16(min(math.MaxInt16, max(math.MinInt16, v))) }
