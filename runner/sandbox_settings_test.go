package runner

import "testing"

// Bytes are written as people write them.
func TestByteCount(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "268435456": 256 << 20, "256M": 256 << 20, "256m": 256 << 20, "256MB": 256 << 20, "256MiB": 256 << 20, "1G": 1 << 30, "2T": 2 << 40,
		"20000K": 20000 << 10,
	} {
		if got, err := byteCount(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "M", "1.5G", "-1", "1 G", "G1", "1X", "10000000T", "15M", "B", "iB"} {
		if got, err := byteCount(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
}
