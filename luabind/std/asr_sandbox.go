package std

import (
	"net/url"

	"goagi/asr"
	"goagi/luabind"
)

// allowedASR says whether the sandbox allows what the script's own options of an
// engine ask for, and makes the files that they name those of the sandbox. What the settings
// file says is its owner's will.
func allowedASR(sandbox *luabind.Sandbox, engine string, settings, options map[string]any) error {
	if command, ok := options["command"].([]string); ok && len(command) > 0 {
		if err := sandbox.Program(command[0]); err != nil {
			return err
		}
	}
	program, given := options["program"].(string)
	if _, more := options["arguments"]; more && !given {
		// Arguments can have a program write anywhere.
		program, _ = settings["program"].(string)
		given = true
	}
	if given {
		if err := sandbox.Program(program); err != nil {
			return err
		}
	}
	for _, o := range asr.Options(engine) {
		if file, ok := options[o.Name].(string); ok && o.File && file != "" {
			path, err := sandbox.Path(file, false)
			if err != nil {
				return err
			}
			options[o.Name] = path
		}
	}
	if _, ok := options["key_env"]; ok {
		if err := sandbox.Environment(); err != nil {
			return err
		}
	}
	text, ok := options["url"].(string)
	if !ok {
		return nil
	}
	if sandbox.Listed {
		// The key is for the server that the settings name.
		delete(settings, "key_file")
		delete(settings, "key_env")
	}
	at, err := url.Parse(text)
	if err != nil {
		return nil // the engine says so
	}
	port := at.Port()
	if port == "" {
		port = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}[at.Scheme]
	}
	return sandbox.Reach(at.Hostname(), port)
}
