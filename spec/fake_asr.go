package spec

import (
	"context"
	"errors"
	"strconv"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"goagi/asr"
	"goagi/luabind"
)

// heard is an engine that understands what the test says that it does, one
// utterance after the other.
type heard struct {
	mu    sync.Mutex
	texts []string
	fails []bool // where the engine is to fail
	left  func(error)
}

// fakeASR reads what the engine is to understand.
func (t *tree) fakeASR(a luabind.Args) int {
	list, ok := a.L.Get(1).(*lua.LTable)
	if !ok {
		a.Fail(1, "a list of texts")
	}
	h := &heard{left: t.blame}
	for i := 1; i <= list.Len(); i++ {
		item := list.RawGetInt(i)
		if item.Type() != lua.LTString && item != lua.LFalse {
			a.Fail(1, "a list of texts, or of false where the engine is to fail")
		}
		h.texts, h.fails = append(h.texts, item.String()), append(h.fails, item == lua.LFalse)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard = h
	return 0
}

// callHeard is heard for one call, whose ladder shows it.
type callHeard struct {
	*heard
	p *placed
}

// Transcribe gives the next text.
func (h *callHeard) Transcribe(ctx context.Context, speech asr.Speech) (asr.Transcript, error) {
	shown := h.p.goesOut("asr")
	found, err := h.heard.transcribe(ctx, speech)
	if err != nil {
		shown(err.Error())
	} else {
		shown(strconv.Quote(found.Text))
	}
	return found, err
}

func (h *heard) transcribe(ctx context.Context, speech asr.Speech) (asr.Transcript, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.texts) == 0 {
		err := errors.New("fake.asr has no text left for this utterance")
		h.left(err)
		return asr.Transcript{}, err
	}
	text, fails := h.texts[0], h.fails[0]
	h.texts, h.fails = h.texts[1:], h.fails[1:]
	if fails {
		return asr.Transcript{}, errors.New("fake: the engine failed")
	}
	return asr.Transcript{Text: text, Engine: "fake"}, nil
}

// Close keeps it for the next.
func (h *heard) Close() error { return nil }
