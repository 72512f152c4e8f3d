package asr

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A script that streams need not know whether its engine can: one that cannot
// gets all of it at the end.
func TestListenToAnEngineThatCannotStream(t *testing.T) {
	stream, err := Listen(t.Context(), script(t, `wc -c`, nil), 8000)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	frame := make([]int16, 160)
	for range 50 {
		if err := stream.Write(frame); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if got, err := stream.End(t.Context()); err != nil || got.Text != "16044" || got.Engine != "command" || got.Dropped != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if stream.Partial() != "" {
		t.Error("there is something before the end")
	}
}

// Speech without end fills no memory, and what is lost is counted.
func TestGatheredStreamIsBounded(t *testing.T) {
	stream, err := Listen(t.Context(), script(t, `wc -c`, nil), 8000)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	minute := make([]int16, 60*8000)
	for range 7 {
		if err := stream.Write(minute); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := stream.End(t.Context()); err != nil || got.Text != "4800044" || got.Dropped != 2*time.Minute {
		t.Errorf("%+v, %v", got, err)
	}
}

// A hangup or Close ends a transcription in progress, and nothing is written
// any more.
func TestGatheredStreamEnds(t *testing.T) {
	hungup := errors.New("the caller hung up")
	for _, closes := range []bool{false, true} {
		ctx, hangup := context.WithCancelCause(t.Context())
		stream, err := Listen(ctx, script(t, `kill -STOP $$`, nil), 8000)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Write(hello().Samples); err != nil {
			t.Fatal(err)
		}
		want := hungup
		if closes {
			want = errClosed
			time.AfterFunc(0, func() { stream.Close() })
		} else {
			time.AfterFunc(0, func() { hangup(hungup) })
		}
		if _, err := stream.End(t.Context()); !errors.Is(err, want) {
			t.Error(err)
		}
		if err := stream.Write(hello().Samples); !errors.Is(err, want) {
			t.Errorf("writing after it: %v", err)
		}
		stream.Close()
		hangup(nil)
	}
}
