package sim_test

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"goagi/sim"
)

// The caller's audio flows between commands and in those that pass it on, and
// not in the others; nobody waits for a program that does not read it.
func TestAudio(t *testing.T) {
	call := &sim.Call{
		Enhanced: true,
		Vars:     map[string]string{"EAGI_AUDIO_FORMAT": "slin16"},
		Voice:    func(frame []byte) { frame[0]++ },
	}
	synctest.Test(t, func(t *testing.T) {
		asterisk, fd3 := sim.Pipe()
		call.Audio = asterisk
		p := dial(t, t.Context(), call)
		second := func(want int) {
			t.Helper()
			fd3.SetReadDeadline(time.Now())
			got, buf := 0, make([]byte, 4096)
			for {
				n, err := fd3.Read(buf)
				if got += n; err != nil {
					break
				}
			}
			if got != want {
				t.Errorf("%d bytes, want %d", got, want)
			}
		}
		p.ask("WAIT FOR DIGIT 1000", "200 result=0")
		second(50 * 640)
		p.ask("EXEC Wait 1", "200 result=0")
		second(0)
		p.ask("SAY ALPHA aa #", "200 result=0")
		second(1300 / 20 * 640)
		time.Sleep(10*time.Second + 10*time.Millisecond) // 102.4 frames fit
		second(102 * 640)
		p.finish()
		fd3.SetReadDeadline(time.Time{})
		if rest, err := io.ReadAll(fd3); len(rest) > 640 || err != nil {
			t.Errorf("at the end: %d bytes, %v", len(rest), err)
		}
		p.end.Close()
		<-p.done
	})
}
