package eagi

import "math/bits"

// G.711 writes a sample as a byte of sign, segment and step: the steps double
// from one segment to the next. mu-law counts in 14 bits, A-law in 13, here
// both on the scale of 16-bit samples.
//
//	sign  segment  step
//	  s   e e e    m m m m      mu-law inverts all bits, A-law every other one
//
// A negative sample is made positive by inverting its bits, as in the ITU's
// own code (G.191) and in Asterisk's tables (ulaw.c, alaw.c). The zero trap of
// MIL-STD-188, which writes 0x02 for 0x00, is no part of G.711.

// muBias is what mu-law adds so that every segment begins at a power of two.
const muBias = 0x84

// muMax is the largest magnitude whose sum with the bias has its place.
const muMax = 0x7fff - muBias

func muLawSample(b byte) int16 {
	b = ^b
	v := (int16(b&0x0f)<<3+muBias)<<(b>>4&7) - muBias
	if b&0x80 != 0 {
		return -v
	}
	return v
}

func muLawByte(v int16) byte {
	sign := byte(0)
	if v < 0 {
		v, sign = ^v, 0x80
	}
	m := uint(min(v, muMax)) + muBias
	segment := bits.Len(m) - 8
	return ^(sign | byte(segment)<<4 | byte(m>>(segment+3))&0x0f)
}

func aLawSample(b byte) int16 {
	b ^= 0x55
	v := int16(b&0x0f)<<4 + 8 // the middle of its step
	if segment := b >> 4 & 7; segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		return -v
	}
	return v
}

func aLawByte(v int16) byte {
	sign := byte(0x80)
	if v < 0 {
		v, sign = ^v, 0
	}
	m := uint(v) >> 4
	// The first two segments have steps of the same size.
	if segment := bits.Len(m >> 4); segment > 0 {
		m = uint(segment)<<4 | m>>(segment-1)&0x0f
	}
	return (sign | byte(m)) ^ 0x55
}
