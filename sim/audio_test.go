package sim_test

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"goagi/sim"
)

// listen runs test as the program of an EAGI call, with a function that takes
// what has come on fd 3.
func listen(t *testing.T, call *sim.Call, test func(p *program, heard func() []byte)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		asterisk, fd3 := sim.Pipe()
		call.Enhanced, call.Audio = true, asterisk
		p := dial(t, t.Context(), call)
		test(p, func() (got []byte) {
			synctest.Wait() // for the frame of this very moment
			fd3.SetReadDeadline(time.Now())
			buf := make([]byte, 4096)
			for {
				n, err := fd3.Read(buf)
				if got = append(got, buf[:n]...); err != nil {
					return got
				}
			}
		})
		p.finish()
		fd3.SetReadDeadline(time.Time{})
		// Little more than a frame: the rest of the last step.
		if rest, err := io.ReadAll(fd3); len(rest) > 7680 || err != nil {
			t.Errorf("at the end: %d bytes, %v", len(rest), err)
		}
		p.end.Close()
		<-p.done
	})
}

// The caller's audio flows between commands and in those that pass it on, and
// not in the others: exactly that much is missing for a program that listens.
func TestAudioFlows(t *testing.T) {
	for _, row := range []struct {
		command, reply string
		length, passed time.Duration
	}{
		{"WAIT FOR DIGIT 1000", "200 result=0", time.Second, time.Second},
		{"STREAM FILE a #", "200 result=0 endpos=8000", time.Second, time.Second},
		{"GET DATA a 1000", "200 result= (timeout)", 2 * time.Second, 2 * time.Second},
		{"GET OPTION a 12 500", "200 result=0 endpos=8000", 1500 * time.Millisecond, 1500 * time.Millisecond},
		{"SAY NUMBER 21 #", "200 result=0", 1600 * time.Millisecond, 1600 * time.Millisecond},
		{"SAY DIGITS 12 #", "200 result=0", 1600 * time.Millisecond, 1600 * time.Millisecond},
		{"SAY ALPHA aa #", "200 result=0", 1300 * time.Millisecond, 1300 * time.Millisecond},
		{"SAY PHONETIC aa #", "200 result=0", 1800 * time.Millisecond, 1800 * time.Millisecond},
		{`CONTROL STREAM FILE a ""`, "200 result=0 endpos=-1", time.Second, 0},
		{"SAY DATE 0 #", "200 result=0", 7400 * time.Millisecond, 0},
		{"SAY TIME 0 #", "200 result=0", 2700 * time.Millisecond, 0},
		{"SAY DATETIME 0 #", "200 result=0", 8400 * time.Millisecond, 0},
		{"RECORD FILE x wav # 1000", "200 result=20 (timeout) endpos=8000", time.Second, 0},
		{"RECEIVE CHAR 1000", "200 result=-1 (hangup)", time.Second, 0},
		{"RECEIVE TEXT 1000", "200 result=-1", time.Second, 0},
		{"EXEC Wait 1", "200 result=0", time.Second, 0},
		{"EXEC Playback a", "200 result=0", time.Second, 0},
	} {
		call := &sim.Call{}
		frames := make(chan bool, 1000)
		call.Voice = func([]byte) { frames <- call.Heard() }
		listen(t, call, func(p *program, heard func() []byte) {
			heard()
			for range len(frames) {
				<-frames
			}
			begin := time.Now()
			p.ask(row.command, row.reply)
			if took := time.Since(begin); took != row.length {
				t.Errorf("%s: took %v, want %v", row.command, took, row.length)
			}
			if got, want := len(heard()), int(row.passed/(20*time.Millisecond))*320; got != want {
				t.Errorf("%s: %d bytes, want %d", row.command, got, want)
			}
			if len(frames) == 0 || <-frames != (row.passed > 0) {
				t.Errorf("%s: the caller is told another thing", row.command)
			}
			time.Sleep(time.Second)
			if got := len(heard()); got != 50*320 {
				t.Errorf("after %s: %d bytes", row.command, got)
			}
		})
	}
}

// A frame is 20 ms in the format that the dialplan names, and a caller who says
// nothing is silence there, not noise; Asterisk takes a name it does not know
// for slin.
func TestAudioFormats(t *testing.T) {
	for _, row := range []struct {
		format string
		bytes  int
		quiet  byte
	}{
		{"", 320, 0}, {"slin", 320, 0}, {"slin12", 480, 0}, {"SLIN16", 640, 0}, {"slin24", 960, 0}, {"slin32", 1280, 0},
		{"slin44", 1764, 0}, {"slin48", 1920, 0}, {"slin96", 3840, 0}, {"slin192", 7680, 0},
		{"ulaw", 160, 0xff}, {"Alaw", 160, 0xd5}, {"nosuch", 320, 0},
	} {
		spoken := 0
		say := func(frame []byte) {
			if spoken++; spoken%2 == 1 {
				frame[0] = 7 // and says nothing in every other frame
			}
		}
		for _, voice := range []func([]byte){nil, say} {
			call := &sim.Call{Vars: map[string]string{"EAGI_AUDIO_FORMAT": row.format}, Voice: voice}
			listen(t, call, func(p *program, heard func() []byte) {
				p.ask("WAIT FOR DIGIT 40", "200 result=0")
				want := bytes.Repeat([]byte{row.quiet}, 2*row.bytes)
				if voice != nil {
					want[0] = 7
				}
				if got := heard(); !bytes.Equal(got, want) {
					t.Errorf("%q: %d bytes % x ..., want %d of %#02x", row.format, len(got), got[:min(4, len(got))], len(want), row.quiet)
				}
			})
		}
	}
}

// Nobody waits for a program that does not read: what does not fit is lost.
func TestAudioUnread(t *testing.T) {
	listen(t, &sim.Call{Vars: map[string]string{"EAGI_AUDIO_FORMAT": "slin16"}}, func(p *program, heard func() []byte) {
		time.Sleep(10*time.Second + 10*time.Millisecond) // 102.4 frames fit
		p.ask("NOOP", "200 result=0")
		if got := len(heard()); got != 102*640 {
			t.Errorf("%d bytes", got)
		}
	})
}

// Nothing comes from a caller who has hung up, or who sends nothing.
func TestAudioEnds(t *testing.T) {
	call := &sim.Call{}
	listen(t, call, func(p *program, heard func() []byte) {
		time.Sleep(time.Second)
		call.Hangup()
		synctest.Wait()
		heard()
		time.Sleep(time.Second)
		p.send("EXEC Wait 1")
		p.read() // HANGUP, as it has no signal
		p.want("200 result=0")
		if got := len(heard()); got != 0 {
			t.Errorf("%d bytes after the hangup", got)
		}
	})
	listen(t, &sim.Call{Mute: true}, func(p *program, heard func() []byte) {
		time.Sleep(time.Second)
		if got := len(heard()); got != 0 {
			t.Errorf("%d bytes of a mute caller", got)
		}
	})
}

// A caller can wait until no prompt plays: to its end, or to where a key or the
// next command stops it.
func TestPlaying(t *testing.T) {
	frames := make(chan bool, 1000)
	call := &sim.Call{}
	call.Voice = func([]byte) { frames <- call.Playing() }
	listen(t, call, func(p *program, heard func() []byte) {
		count := func(what string, on, off int) {
			t.Helper()
			synctest.Wait()
			yes, no := 0, 0
			for range len(frames) {
				if <-frames {
					yes++
				} else {
					no++
				}
			}
			if yes != on || no != off {
				t.Errorf("%s: a prompt plays in %d of %d frames, want %d of %d", what, yes, yes+no, on, on+off)
			}
		}
		count("at the start", 0, 0)
		time.Sleep(100 * time.Millisecond)
		p.ask("NOOP", "200 result=0")
		count("no command", 0, 5)
		p.ask("STREAM FILE a #", "200 result=0 endpos=8000")
		count("a prompt", 49, 1) // it has ended by the last frame's end
		p.ask("WAIT FOR DIGIT 100", "200 result=0")
		count("a wait behind it", 0, 5)
		p.ask("GET DATA a 200", "200 result= (timeout)")
		count("a prompt with a wait", 49, 11)
		p.ask("SAY DIGITS 1 #", "200 result=0")
		count("what is said", 39, 1)
		p.ask("EXEC Playback a", "200 result=0")
		count("an application's prompt", 49, 1)
		p.send("GET DATA a 200")
		time.Sleep(410 * time.Millisecond)
		call.Press("1") // until 510 ms; then the wait of 200 ms
		p.want("200 result=1 (timeout)")
		count("a prompt with a key", 25, 10)
		p.send("STREAM FILE a #")
		time.Sleep(200*time.Millisecond + time.Millisecond)
		p.send("NOOP")
		p.want("200 result=0")
		time.Sleep(200*time.Millisecond - time.Millisecond)
		p.ask("NOOP", "200 result=0")
		count("a prompt that is interrupted", 10, 10)
		heard()
	})
}
