package eagi

import "testing"

// Samples and bytes that Asterisk and the ITU's reference code have for each
// other: a step beside it is distortion in every call.
func TestG711Vectors(t *testing.T) {
	for _, row := range []struct {
		sample  int16
		mu, a   byte
		muS, aS int16 // what the bytes are decoded to
	}{
		{0, 0xff, 0xd5, 0, 8},
		{3, 0xff, 0xd5, 0, 8},
		{4, 0xfe, 0xd5, 8, 8},
		{16, 0xfd, 0xd4, 16, 24},
		{-1, 0x7f, 0x55, 0, -8},
		{-4, 0x7f, 0x55, 0, -8},
		{-5, 0x7e, 0x55, -8, -8},
		{-16, 0x7d, 0x55, -16, -8},
		{-17, 0x7d, 0x54, -16, -24},
		{100, 0xf2, 0xd3, 104, 104},
		{-100, 0x73, 0x53, -96, -104},
		{1000, 0xce, 0xfa, 988, 1008},
		{-1000, 0x4e, 0x7a, -988, -1008},
		{8031, 0xa0, 0x8a, 7932, 8064},
		{32635, 0x80, 0xaa, 32124, 32256},
		{32767, 0x80, 0xaa, 32124, 32256},
		{-32768, 0x00, 0x2a, -32124, -32256},
	} {
		if got := muLawByte(row.sample); got != row.mu {
			t.Errorf("mu-law of %d: %#02x, want %#02x", row.sample, got, row.mu)
		}
		if got := aLawByte(row.sample); got != row.a {
			t.Errorf("A-law of %d: %#02x, want %#02x", row.sample, got, row.a)
		}
		if got := muLawSample(row.mu); got != row.muS {
			t.Errorf("mu-law %#02x: %d, want %d", row.mu, got, row.muS)
		}
		if got := aLawSample(row.a); got != row.aS {
			t.Errorf("A-law %#02x: %d, want %d", row.a, got, row.aS)
		}
	}
}

// Audio that is decoded and encoded again, as a recording that is played, stays
// as it was: every byte comes back. Only mu-law has two zeros.
func TestG711RoundTrip(t *testing.T) {
	for i := range 256 {
		b := byte(i)
		if got := aLawByte(aLawSample(b)); got != b {
			t.Errorf("A-law %#02x comes back as %#02x", b, got)
		}
		want := b
		if b == 0x7f {
			want = 0xff
		}
		if got := muLawByte(muLawSample(b)); got != want {
			t.Errorf("mu-law %#02x comes back as %#02x", b, got)
		}
	}
}

// A louder sample is never written as a softer one, and none is further from
// what it stands for than half of its step.
func TestG711IsMonotonic(t *testing.T) {
	lastMu, lastA := muLawSample(muLawByte(-32768)), aLawSample(aLawByte(-32768))
	for v := -32768; v <= 32767; v++ {
		mu, a := muLawSample(muLawByte(int16(v))), aLawSample(aLawByte(int16(v)))
		if mu < lastMu || a < lastA {
			t.Fatalf("at %d: mu-law %d after %d, A-law %d after %d", v, mu, lastMu, a, lastA)
		}
		lastMu, lastA = mu, a
		size := max(v, -v)
		if far := max(int(mu)-v, v-int(mu)); far > (size+muBias)/32 && size <= 32635 {
			t.Errorf("mu-law of %d is %d away", v, far)
		}
		if far := max(int(a)-v, v-int(a)); far > max(8, size/32) {
			t.Errorf("A-law of %d is %d away", v, far)
		}
	}
}

// A recording of minutes is companded in no time.
func BenchmarkG711(b *testing.B) {
	samples := make([]int16, 8000)
	for i := range samples {
		samples[i] = int16(i * 7919)
	}
	ulaw, _ := FormatByName("ulaw")
	alaw, _ := FormatByName("alaw")
	for _, f := range []Format{ulaw, alaw} {
		b.Run(f.Name, func(b *testing.B) {
			var bytes []byte
			var back []int16
			for b.Loop() {
				bytes = f.AppendBytes(bytes[:0], samples)
				back = f.AppendSamples(back[:0], bytes)
			}
			b.ReportMetric(float64(b.N)*float64(len(samples))/b.Elapsed().Seconds(), "samples/s")
		})
	}
}
