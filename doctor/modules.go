package doctor

import (
	"context"
	"regexp"
	"strings"
)

// needed is a module of Asterisk that goagi needs.
type needed struct {
	name  string
	level Level
	why   string // what is amiss without it
}

// judgeModules looks at the modules that goagi needs.
func (x *exam) judgeModules(ctx context.Context) {
	if x.says == nil {
		x.skip(x.unasked())
		return
	}
	var there []string
	for _, m := range [...]needed{
		{"res_speech", Wrong, "res_agi cannot be loaded without it"}, // so it comes first
		{"res_agi", Wrong, "there is no application AGI"},
		{"app_verbose", Warning, "what goes wrong in a script is not written to Asterisk's log"},
	} {
		loaded, err := x.loaded(ctx, m.name)
		switch {
		case err != nil:
			x.skip(m.name + ": " + err.Error())
		case loaded:
			there = append(there, m.name)
		default:
			text, mends := x.missing(ctx, m.name)
			x.add(m.level, text+": "+m.why, mends)
		}
	}
	if len(there) > 0 {
		x.ok(strings.Join(there, ", ") + " loaded")
	}
}

// loaded asks whether a module runs.
func (x *exam) loaded(ctx context.Context, name string) (bool, error) {
	out, err := x.cli(ctx, "module show like "+name+".so")
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, name+".so ") && !strings.Contains(line, "Not Running") {
			return true, nil
		}
	}
	return false, err
}

// missing says of a module that is not loaded why, and how it is: now, and after
// the next start.
func (x *exam) missing(ctx context.Context, name string) (text string, mends []string) {
	folder := x.folder("astmoddir", "Module directory", "/usr/lib/asterisk/modules")
	if _, err := x.stat(folder + "/" + name + ".so"); err != nil {
		mends = x.install(ctx, "asterisk-modules", "asterisk")
		if len(mends) == 0 {
			return name + " is not in " + folder + byHand(mends), nil
		}
		return name + " is not in " + folder, append(mends, x.asks("module load "+name+".so"))
	}
	load := x.asks("module load " + name + ".so")
	conf := x.folder("astetcdir", "Configuration directory", "/etc/asterisk") + "/modules.conf"
	text, mends = name+" is not loaded", []string{load}
	var auto, listed bool
	for line := range strings.Lines(x.read(conf)) {
		line, _, _ = strings.Cut(line, ";")
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(strings.TrimPrefix(value, ">"))
		is := strings.TrimSuffix(value, ".so") == name
		switch strings.TrimSpace(key) {
		case "autoload":
			auto = value == "yes" || value == "true" || value == "1"
		case "load", "preload", "require", "preload-require":
			listed = listed || is
		case "noload":
			if is {
				line = regexp.MustCompile(`\s+`).ReplaceAllString(pattern(strings.TrimSpace(line)), `[[:space:]]*`)
				return name + " is switched off in " + conf, []string{command("sed", "-i", "s/^[[:space:]]*"+line+"/;&/", conf), load}
			}
		}
	}
	if !auto && !listed && x.exists(conf) {
		mends = []string{command("sed", "-i", `/^\[modules\]/a load = `+name+".so", conf), load}
	}
	return text, mends
}
