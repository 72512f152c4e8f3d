package eagi

// ring keeps the newest samples. A position counts samples from the first one
// ever, and never goes back. The zero value keeps nothing.
type ring struct {
	buf        []int16 // a sample's place is its position modulo the length
	most       int     // as long as buf gets
	start, end int64   // the positions kept: from start up to, not with, end
}

// firstRing is as many samples as a ring begins with.
const firstRing = 8192

// write adds samples.
func (r *ring) write(samples []int16) {
	if n := len(samples); n > r.most {
		r.end += int64(n - r.most)
		r.start = r.end
		samples = samples[n-r.most:]
	}
	r.room(len(samples))
	for len(samples) > 0 {
		n := copy(r.buf[r.end%int64(len(r.buf)):], samples)
		samples = samples[n:]
		r.end += int64(n)
	}
	r.start = max(r.start, r.end-int64(len(r.buf)))
}

// silence adds n samples of none.
func (r *ring) silence(n int64) {
	var none [256]int16
	if skip := n - int64(r.most); skip > 0 {
		r.end += skip
		r.start = r.end
		n -= skip
	}
	for n > 0 {
		part := none[:min(n, int64(len(none)))]
		r.write(part)
		n -= int64(len(part))
	}
}

// room makes buf hold n more than it holds, up to most.
func (r *ring) room(n int) {
	want := min(int(r.end-r.start)+n, r.most)
	if want <= len(r.buf) {
		return
	}
	size := max(len(r.buf), firstRing)
	for size < want {
		size *= 2
	}
	old := *r
	r.buf = make([]int16, min(size, r.most))
	for pos := old.start; pos < old.end; {
		part := old.buf[pos%int64(len(old.buf)):]
		part = part[:min(int64(len(part)), old.end-pos)]
		for len(part) > 0 {
			k := copy(r.buf[pos%int64(len(r.buf)):], part)
			part = part[k:]
			pos += int64(k)
		}
	}
}

// read copies samples from a position that is kept, and gives how many.
func (r *ring) read(dst []int16, pos int64) int {
	n := 0
	for n < len(dst) && pos < r.end {
		part := r.buf[pos%int64(len(r.buf)):]
		part = part[:min(int64(len(part)), r.end-pos)]
		k := copy(dst[n:], part)
		n += k
		pos += int64(k)
	}
	return n
}
