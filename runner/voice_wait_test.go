package runner

import (
	"bufio"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"goagi/eagi"
	"goagi/sim"
)

// The caller speaks when the script can hear it and not before: each word that
// comes over a prompt, before the answer or into a deaf command would be missing
// from the transcript, and the script looked broken.
func TestVoiceWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slin, _ := eagi.FormatByName("")
		sound := func(samples int, v int16) *eagi.Utterance {
			all := make([]int16, samples)
			for i := range all {
				all[i] = v
			}
			return eagi.NewUtterance(all, 8000, time.Time{})
		}
		v := &voice{after: speakAfter, silent: breath, format: slin, todo: []speech{
			{"say", "first", sound(8000+7, 1)}, {"audio", "a/second.wav", sound(400, 2)}, {"say", "third", sound(1, 3)}, {"say", "never", sound(1, 4)},
		}}
		call := &sim.Call{}
		var says []string
		v.join(call, func(e sim.Event) { says = append(says, fmt.Sprintf("%v %s", e.At, e.Text)) })
		asterisk, program := sim.Pipe()
		ended := make(chan sim.Result, 1)
		go func() { ended <- call.Run(t.Context(), asterisk) }()
		heard := make(chan []int16)
		go func() {
			bytes, _ := io.ReadAll(v.audio)
			heard <- slin.AppendSamples(nil, bytes)
		}()
		replies := bufio.NewReader(program)
		for line := ""; line != "\n"; {
			line, _ = replies.ReadString('\n')
		}
		begin := time.Now()
		for _, command := range []struct {
			line string
			at   time.Duration // when it is over
		}{
			{"WAIT FOR DIGIT 1000", 1000 * time.Millisecond},
			{"ANSWER", 1000 * time.Millisecond},
			{"EXEC Wait 2", 3000 * time.Millisecond},     // deaf
			{"STREAM FILE a #", 4000 * time.Millisecond}, // a prompt
			{"WAIT FOR DIGIT 300", 4300 * time.Millisecond},
			{"STREAM FILE a #", 5300 * time.Millisecond}, // once more, before the caller has begun
			{"WAIT FOR DIGIT 1000", 6300 * time.Millisecond},
			{"STREAM FILE a #", 7300 * time.Millisecond}, // over the caller's first, which ends at 6.8
			{"WAIT FOR DIGIT 2000", 9300 * time.Millisecond},
			{"WAIT FOR DIGIT 2000", 11300 * time.Millisecond},
		} {
			fmt.Fprintln(program, command.line)
			if reply, err := replies.ReadString('\n'); err != nil || time.Since(begin) != command.at {
				t.Errorf("%s: %q, %v at %v, want %v", command.line, reply, err, time.Since(begin), command.at)
			}
		}
		program.Close()
		<-ended
		var got []string
		for samples, from := <-heard, 0; from < len(samples); {
			to := from
			for to < len(samples) && samples[to] == samples[from] {
				to++
			}
			if samples[from] != 0 {
				got = append(got, fmt.Sprintf("%d of %d", to-from, samples[from]))
			}
			from = to
		}
		// The deaf two seconds are missing from the bytes, not from the times.
		if want := "[8007 of 1 400 of 2 1 of 3]"; fmt.Sprint(got) != want {
			t.Errorf("the script heard %v, want %s", got, want)
		}
		if want := "[5.78s first 8.8s second.wav 10.86s third]"; fmt.Sprint(says) != want {
			t.Errorf("said %v, want %s", says, want)
		}
		if want := `the caller never got to --say "never": callers wait until the script listens and no prompt plays`; v.unsaid() != want {
			t.Errorf("%q", v.unsaid())
		}
	})
}
