package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// formatModule gives the module that reads sound files of an ending, "" where the
// ending is of none.
func formatModule(ending string) string {
	switch ending {
	case "gsm":
		return "format_gsm"
	case "ulaw", "alaw", "ul", "al", "pcm", "g722", "au", "mu":
		return "format_pcm"
	case "sln", "slin", "raw", "sln12", "sln16", "sln24", "sln32", "sln44", "sln48", "sln96", "sln192":
		return "format_sln"
	case "wav", "wav16":
		return "format_wav"
	case "WAV", "wav49":
		return "format_wav_gsm"
	case "g729":
		return "format_g729"
	case "siren7":
		return "format_siren7"
	case "siren14":
		return "format_siren14"
	}
	return ""
}

// language is a folder of sounds.
type language struct {
	name    string
	prompts int
	endings map[string]int
}

// judgeSounds looks at the sounds that Asterisk has, by language.
func (x *exam) judgeSounds(ctx context.Context) {
	folder := filepath.Join(x.folder("astdatadir", "Data directory", "/usr/share/asterisk"), "sounds")
	if x.says == nil && x.config["astdatadir"] == "" && !x.exists(folder) {
		folder = "/var/lib/asterisk/sounds"
	}
	real, err := x.real(folder)
	if err == nil {
		_, err = os.ReadDir(x.file(real))
	}
	speaks := x.says["Default language"]
	if speaks == "" {
		speaks = "en"
	}
	short, _, _ := strings.Cut(speaks, "_")
	mends := x.install(ctx, "asterisk-core-sounds-"+short+"-gsm", "asterisk-sounds-core-"+short+"-gsm")
	switch {
	case x.program == "" && err != nil:
		x.skip("there is no Asterisk")
		return
	case os.IsPermission(err):
		x.skip(folder + ": " + x.whoSees())
		return
	case err != nil:
		x.warn("there is no "+folder+": every prompt is missing"+byHand(mends), mends...)
		return
	}
	languages := x.languages(real)
	if len(languages) == 0 {
		x.warn(folder+" has no sounds: every prompt is missing"+byHand(mends), mends...)
		return
	}
	reads, known := x.formats(ctx)
	var texts []string
	bad, usual := false, false
	for _, l := range languages {
		endings := slices.Sorted(maps.Keys(l.endings))
		texts = append(texts, fmt.Sprintf("%s %d (%s)", l.name, l.prompts, strings.Join(endings, ", ")))
		usual = usual || l.name == speaks
		if known && !slices.ContainsFunc(endings, func(e string) bool { return slices.Contains(reads, e) }) {
			text, mends := x.missing(ctx, formatModule(endings[0]))
			x.wrong(fmt.Sprintf("Asterisk reads none of the formats that the prompts in %s are in (%s): %s", l.name, strings.Join(endings, ", "), text), mends...)
			bad = true
		}
	}
	if shut, _ := x.denied(ctx, "r", real); len(shut) > 0 {
		x.wrong(fmt.Sprintf("Asterisk's user %s cannot read %s", x.user.Name, real), command("chmod", "-R", "o+rX", real))
		bad = true
	}
	if !usual {
		x.warn(fmt.Sprintf("calls are in %s unless they say otherwise, and %s has no prompts in it: only %s%s", speaks, folder, strings.Join(texts, "; "), byHand(mends)), mends...)
		bad = true
	}
	if !bad {
		x.ok(folder + ": prompts by language: " + strings.Join(texts, "; "))
	}
}

// languages lists the folders that have sounds, links to one another as well.
func (x *exam) languages(folder string) (list []language) {
	entries, _ := os.ReadDir(x.file(folder))
	for _, e := range entries {
		l := language{name: e.Name(), endings: make(map[string]int)}
		real, err := x.real(filepath.Join(folder, e.Name()))
		if err != nil {
			continue
		}
		prompts := make(map[string]bool)
		_ = filepath.WalkDir(x.file(real), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			if ending := strings.TrimPrefix(filepath.Ext(path), "."); formatModule(ending) != "" {
				l.endings[ending]++
				prompts[strings.TrimSuffix(path, filepath.Ext(path))] = true
			}
			return nil
		})
		if info, err := x.stat(real); err != nil || !info.IsDir() || len(prompts) < fewest {
			continue
		}
		l.prompts = len(prompts)
		list = append(list, l)
	}
	return list
}

// fewest is how many prompts make a folder a language: others hold recordings.
const fewest = 10

// formats asks Asterisk for the endings of the files that it reads.
func (x *exam) formats(ctx context.Context) (endings []string, known bool) {
	if x.says == nil {
		return nil, false
	}
	out, err := x.cli(ctx, "core show file formats")
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 3 {
			endings = append(endings, strings.Split(f[2], "|")...)
		}
	}
	return endings, err == nil && strings.Contains(out, "Extensions")
}
