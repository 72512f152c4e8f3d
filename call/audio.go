package call

import "goagi/eagi"

// drain begins to read the caller's audio.
func (r *run) drain() error {
	in, err := r.Call.Audio()
	if err != nil {
		return err
	}
	r.audio = eagi.Drain(in, r.Keep)
	return nil
}

// learnFormat asks how the audio is written: Asterisk reads the variable once,
// when it starts the program, and tells it nowhere else (res_agi.c: eagi_exec).
func (r *run) learnFormat() {
	if r.audio == nil {
		return
	}
	name, _, err := r.session.GetVariable("EAGI_AUDIO_FORMAT")
	if err != nil {
		r.audio.Refuse(err)
		return
	}
	format, err := eagi.FormatByName(name)
	if err != nil {
		r.Log.Warn("the caller's audio cannot be used", "error", err)
		r.audio.Refuse(err)
		return
	}
	r.audio.SetFormat(format)
}
