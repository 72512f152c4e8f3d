// Package asr turns speech into text by engines that others have written: a
// program, or a server.
//
//	             ┌─ command ─────── any program that reads a WAV file
//	Speech ─────▶├─ pocketsphinx ── the program of that name
//	  Transcribe ├─ openai ──────── POST /v1/audio/transcriptions
//	   or Listen └─ vosk ────────── a WebSocket, with partial results
//	                 │
//	Transcript ◀─────┘
//
// [Open] makes an engine of options, all in one table, and [Options] says which
// there are. In goagi.toml, [asr] holds engine, and the options of each engine
// are in a table of its own: [asr.command], [asr.pocketsphinx], [asr.openai] and
// [asr.vosk]; those that a script gives go before them. Every wait ends when its
// context does: programs are killed with all they started, connections closed.
//
// Programs that read a WAV file need no more than their command line, in the
// form of a settings file:
//
//	[asr]
//	engine = "command"
//
//	[asr.command]
//	command = ["whisper-cli", "-m", "/opt/ggml-base.en.bin", "-np", "-nt", "-l", "{language}", "-f", "{wav}"]
//	language = "en"
//	rate = 16000
//
// or, with the same [asr],
//
//	[asr.command]
//	command = ["nice", "/usr/local/bin/recognise"] # gets the file on stdin
//	output = "json"
//	field = "results.0.text"
//
// whisper.cpp's server and others with OpenAI's interface want engine =
// "openai", and their url in [asr.openai]; whisper.cpp's must be started with
// --inference-path /v1/audio/transcriptions, or the url name its /inference.
//
// What comes from an engine is foreign: text is one line, valid UTF-8, without
// control characters and of bounded length; errors show what the engine said,
// cut and printable, and never a key.
//
// Nothing here records, detects speech or plays. Speech comes in as samples,
// and is resampled only to a rate that an engine's rate option asks for.
package asr
