package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"goagi/agi"
)

// specSounds begins the names of prompts that a test made up, in Asterisk's sounds.
const specSounds = "goagi-spec/"

// prompts makes those that the test gave a length.
func (r *realCall) prompts() error {
	for _, name := range r.order.missing {
		r.own[name] = true
	}
	for name, length := range r.order.lengths {
		r.own[name] = true
		if !filepath.IsLocal(name) {
			return fmt.Errorf("prompts: %q leads out of the folder of sounds", name)
		}
		path := filepath.Join(r.x.Dir, "data/sounds", r.sounds, name+".sln")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			return err
		}
		if err := os.Truncate(path, int64(length.Seconds()*8000)*2); err != nil {
			return err
		}
	}
	return nil
}

// instead gives a command with the names of prompts that the test made up.
func (r *realCall) instead(c agi.Command) agi.Command {
	switch c.Name {
	case "STREAM FILE", "GET DATA", "GET OPTION", "CONTROL STREAM FILE":
		if len(c.Args) > 0 && r.own[c.Args[0]] {
			c.Args = append([]string{r.sounds + c.Args[0]}, c.Args[1:]...)
		}
	case "EXEC":
		if len(c.Args) > 1 {
			c.Args = append([]string{c.Args[0], r.insteadIn(c.Args[1], promptsOf(c.Args[0]))}, c.Args[2:]...)
		}
	}
	return c
}

// promptsOf says which argument of an application has the names of prompts, -1 for
// none.
func promptsOf(app string) int {
	switch strings.ToLower(app) {
	case "playback", "background", "controlplayback":
		return 0
	case "read":
		return 1
	}
	return -1
}

// insteadIn gives an application's arguments with the names of prompts, which stand
// in one of them with & between, that the test made up.
func (r *realCall) insteadIn(args string, at int) string {
	all := strings.Split(args, ",")
	if at < 0 || at >= len(all) {
		return args
	}
	names := strings.Split(all[at], "&")
	for i, name := range names {
		if r.own[name] {
			names[i] = r.sounds + name
		}
	}
	all[at] = strings.Join(names, "&")
	return strings.Join(all, ",")
}

// asMadeUp gives the names of prompts in a text as the test made them up.
func asMadeUp(text string) string {
	for {
		before, after, ok := strings.Cut(text, specSounds)
		if !ok {
			return text
		}
		_, after, _ = strings.Cut(after, "/")
		text = before + after
	}
}
