package sim

import "time"

// Kind says what an Event tells.
type Kind string

// What a caller hears and what happens to the call. Text is given in brackets.
const (
	Prompt      Kind = "prompt"      // a sound file begins (its name); Length is the file's
	Beep        Kind = "beep"        // the beep before a recording
	Digits      Kind = "digits"      // said one by one (the digits)
	Number      Kind = "number"      // said as a number (the number)
	Letters     Kind = "letters"     // spelt (the characters)
	Phonetic    Kind = "phonetic"    // spelt as alfa, bravo (the characters)
	Date        Kind = "date"        // said (Unix seconds)
	Time        Kind = "time"        // said (Unix seconds)
	DateTime    Kind = "datetime"    // said (Unix seconds); Args is format and zone
	Recording   Kind = "recording"   // a recording begins (file name with its format)
	Recorded    Kind = "recorded"    // it has ended (the same); Length is how long it is
	Music       Kind = "music"       // music on hold ("on" or "off"); Args is its class
	Tone        Kind = "tone"        // what a dialplan application makes (ringing, busy, ...)
	Application Kind = "application" // an application runs (its name as written); Args as it gets them
	Verbose     Kind = "verbose"     // a line on Asterisk's console (the line)
	Log         Kind = "log"         // a line in Asterisk's log (the line); Args is the level
	Answer      Kind = "answer"      // the channel is answered, for the first time
	Text        Kind = "text"        // a text message to the caller
	Image       Kind = "image"       // an image to the caller (its name)
	Key         Kind = "key"         // the caller pressed a key (one character)
	Hangup      Kind = "hangup"      // the channel has hung up
)

// An Event is one thing that the caller hears or that happens.
type Event struct {
	Kind   Kind
	Text   string
	Args   string
	Length time.Duration // how long it lasts unless cut short; 0 where it has no length
	At     time.Duration // since Run began
	Lost   bool          // a Key that no command took
}

// sounds tells whether it is a prompt that begins.
func (e Event) sounds() bool {
	switch e.Kind {
	case Prompt, Beep, Digits, Number, Letters, Phonetic, Date, Time, DateTime:
		return true
	}
	return false
}
