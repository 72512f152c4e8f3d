package eagi

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"goagi/sim"
)

// feed is the caller's phone: what is written to it comes out of fd 3.
type feed struct {
	*sim.End
	next int16
}

// call gives audio of 8 kHz that a test feeds.
func call(t *testing.T, keep time.Duration) (*Audio, *feed) {
	t.Helper()
	out, in := sim.Pipe()
	a := Drain(in, keep)
	a.SetFormat(slin(t))
	t.Cleanup(func() {
		out.Close()
		a.Close()
	})
	return a, &feed{End: out, next: 1}
}

func slin(t *testing.T) Format {
	t.Helper()
	f, err := FormatByName("")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// say feeds frames of 20 ms on the clock, each full of its own number.
func (f *feed) say(frames int) {
	for range frames {
		time.Sleep(20 * time.Millisecond)
		f.frame(f.next)
		f.next++
	}
}

func (f *feed) frame(value int16) {
	frame := make([]byte, 320)
	for i := range 160 {
		frame[2*i], frame[2*i+1] = byte(value), byte(value>>8)
	}
	f.Write(frame)
}

// read reads so many frames, and gives the first sample of each.
func read(t *testing.T, r *Reader, frames int) []int16 {
	t.Helper()
	var got []int16
	frame := make([]int16, 160)
	for range frames {
		n, err := r.Read(t.Context(), frame)
		if err != nil || n != 160 || frame[0] != frame[159] {
			t.Fatalf("after %v: %d samples, %v, from %d to %d", got, n, err, frame[0], frame[159])
		}
		got = append(got, frame[0])
	}
	return got
}

func numbers(from, to int16) []int16 {
	var list []int16
	for n := from; n <= to; n++ {
		list = append(list, n)
	}
	return list
}

func reader(t *testing.T, a *Audio, earlier time.Duration) *Reader {
	t.Helper()
	r, err := a.NewReader(earlier)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// What the caller says while the script is busy is not lost.
func TestNothingIsLostWhileTheScriptIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, phone := call(t, 0)
		r := reader(t, a, 0)
		phone.say(25 * 50)
		if got := read(t, r, 25*50); !slices.Equal(got, numbers(1, 25*50)) {
			t.Errorf("of 25 s, read %v ... %v", got[:3], got[len(got)-3:])
		}
		if missed := r.Missed(); missed != 0 {
			t.Errorf("%v were missed", missed)
		}
		if late := reader(t, a, 10*time.Second); !slices.Equal(read(t, late, 2), numbers(15*50+1, 15*50+2)) {
			t.Error("ten seconds ago is another time")
		}
	})
}

// Audio that nobody reads takes no more memory than what is kept, and who comes
// later is told.
func TestOnlyTheNewestIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, phone := call(t, 2*time.Second)
		r := reader(t, a, 0)
		phone.say(300 * 50)
		time.Sleep(restHeard)
		synctest.Wait()
		if got := len(a.ring.buf); got > 2*8000 {
			t.Errorf("five minutes take room for %d samples", got)
		}
		if got := read(t, r, 1); got[0] != 298*50+1 {
			t.Errorf("goes on at frame %d", got[0])
		}
		if missed := r.Missed(); missed != 298*time.Second {
			t.Errorf("%v were missed", missed)
		}
		if stats := a.Stats(); stats.Missed != 298*time.Second || stats.Heard != 300*time.Second || stats.Gaps != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

// A recorder and a recogniser hear the same, each at its own pace.
func TestReadersAreIndependent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, phone := call(t, 0)
		fast, slow := reader(t, a, 0), reader(t, a, 0)
		done := make(chan []int16)
		go func() { done <- read(t, fast, 50) }()
		phone.say(50)
		if got := <-done; !slices.Equal(got, numbers(1, 50)) {
			t.Errorf("one heard %v", got)
		}
		if got := read(t, slow, 50); !slices.Equal(got, numbers(1, 50)) {
			t.Errorf("the other heard %v", got)
		}
	})
}

// While no audio comes, time passes all the same: a gap is silence of its
// length, also for who waits in it.
func TestGapsAreSilenceOfTheirLength(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, phone := call(t, 0)
		r := reader(t, a, 0)
		begin := time.Now()
		go func() {
			phone.say(50)
			time.Sleep(3 * time.Second)
			phone.say(50)
		}()
		got := read(t, r, 5*50)
		silence := 0
		for _, value := range got {
			if value == 0 {
				silence++
			}
		}
		if silence != 3*50 || got[49] != 50 || got[50] != 0 || got[4*50] != 51 {
			t.Errorf("%d frames of silence: %v", silence, got)
		}
		if took := time.Since(begin); took < 5*time.Second || took > 5*time.Second+lateness {
			t.Errorf("five seconds took %v", took)
		}
		if stats := a.Stats(); stats.Heard != 2*time.Second || stats.Gaps != 3*time.Second {
			t.Errorf("%+v", stats)
		}
	})
}

// A phone that sends nothing at all keeps nobody waiting for ever.
func TestNoAudioAtAllIsSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := call(t, 0)
		r := reader(t, a, 0)
		begin := time.Now()
		read(t, r, 100)
		if took := time.Since(begin); took > 2*time.Second+lateness {
			t.Errorf("two seconds took %v", took)
		}
	})
}

// Audio that is late, and then comes all at once, is no gap, and nothing of it
// is lost.
func TestLateAudioIsNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, phone := call(t, 0)
		r := reader(t, a, 0)
		phone.say(10)
		for range 20 { // 200 ms late, again and again
			time.Sleep(220 * time.Millisecond)
			for range 11 {
				phone.frame(phone.next)
				phone.next++
			}
		}
		if got := read(t, r, 230); !slices.Equal(got, numbers(1, 230)) {
			t.Errorf("read %v", got)
		}
		if stats := a.Stats(); stats.Gaps != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

// What came before the format was asked for is not lost.
func TestAudioBeforeTheFormatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, in := sim.Pipe()
		a := Drain(in, 0)
		defer a.Close()
		if _, err := a.NewReader(0); !errors.Is(err, ErrFormat) {
			t.Errorf("a reader before the format: %v", err)
		}
		phone := &feed{End: out, next: 1}
		phone.say(10)
		synctest.Wait()
		a.SetFormat(slin(t))
		if got := read(t, reader(t, a, time.Minute), 10); !slices.Equal(got, numbers(1, 10)) {
			t.Errorf("read %v", got)
		}
	})
}

// Audio that cannot be used is still read away: Asterisk would log each frame.
func TestRefusedAudioIsDrained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, in := sim.Pipe()
		a := Drain(in, 0)
		defer a.Close()
		reason := errors.New("no such format")
		a.Refuse(reason)
		phone := &feed{End: out}
		phone.say(100)
		if _, err := a.NewReader(0); err != reason {
			t.Errorf("a reader: %v", err)
		}
		time.Sleep(restUnheard)
		synctest.Wait()
		if stats := a.Stats(); stats.Dropped != 32000 || stats.Bytes != 32000 {
			t.Errorf("%+v", stats)
		}
	})
}

// A hangup ends a read at once, with its cause, and what has come is read
// first.
func TestHangupEndsARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, phone := call(t, 0)
		r := reader(t, a, 0)
		phone.say(1)
		synctest.Wait()
		hangup := errors.New("the caller hung up")
		ctx, end := context.WithCancelCause(t.Context())
		end(hangup)
		frame := make([]int16, 160)
		if n, err := r.Read(ctx, frame); n != 160 || err != nil {
			t.Errorf("what has come: %d, %v", n, err)
		}
		begin := time.Now()
		if _, err := r.Read(ctx, frame); err != hangup || time.Since(begin) != 0 {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// At the end of the audio comes what is left, then io.EOF, for good.
func TestEndOfTheAudio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, phone := call(t, 0)
		r := reader(t, a, 0)
		phone.say(1)
		phone.Write(make([]byte, 101)) // and half a sample
		phone.Close()
		frame := make([]int16, 160)
		for _, want := range []int{160, 50, 0, 0} {
			n, err := r.Read(t.Context(), frame)
			if n != want || (err == io.EOF) != (want == 0) {
				t.Errorf("read %d, %v, want %d", n, err, want)
			}
		}
		if stats := a.Stats(); stats.Dropped != 1 {
			t.Errorf("%+v", stats)
		}
		time.Sleep(time.Minute)
		if n, err := r.Read(t.Context(), frame); n != 0 || err != io.EOF {
			t.Errorf("a minute later: %d, %v", n, err)
		}
	})
}

// Pieces of any size give the same samples: pipes do not keep frames apart, nor
// the two bytes of a sample.
func FuzzChunks(f *testing.F) {
	f.Add(uint64(1))
	f.Add(uint64(7))
	f.Fuzz(func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) {
			a, phone := call(t, 0)
			r := reader(t, a, 0)
			random := rand.New(rand.NewPCG(seed, 0))
			want := make([]int16, 1+random.IntN(5000))
			var data []byte
			for i := range want {
				want[i] = int16(random.Uint32())
				data = slin(t).AppendBytes(data, want[i:i+1])
			}
			go func() {
				for rest := data; len(rest) > 0; {
					n := min(1+random.IntN(700), len(rest))
					phone.Write(rest[:n])
					rest = rest[n:]
				}
				phone.Close()
			}()
			var got []int16
			frame := make([]int16, 160)
			for {
				n, err := r.Read(t.Context(), frame)
				got = append(got, frame[:n]...)
				if err != nil {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d samples became %d", len(want), len(got))
			}
		})
	})
}

// broken is a pipe that cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
func (b broken) Close() error             { return nil }

// Why there is no audio is what its readers get, not just that it has ended.
func TestAudioThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := errors.New("input/output error")
		a := Drain(broken{want}, 0)
		a.SetFormat(slin(t))
		defer a.Close()
		if n, err := reader(t, a, 0).Read(t.Context(), make([]int16, 160)); n != 0 || !errors.Is(err, want) {
			t.Errorf("%d samples, %v", n, err)
		}
	})
}
