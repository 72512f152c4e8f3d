package doctor

import (
	"path/filepath"
	"slices"
	"strings"

	"goagi/ami"
)

func (x *exam) managerConf() string { return filepath.Join(x.etc(), "manager.conf") }

// included adds a settings file of Asterisk's to a list, and those that it includes
// (config.c: process_text_line).
func (x *exam) included(path string, list []string) []string {
	const atMost = 100
	if slices.Contains(list, path) || len(list) == atMost {
		return list
	}
	list = append(list, path)
	for line := range strings.Lines(x.read(path)) {
		line, _, _ = strings.Cut(line, ";")
		word, name, _ := strings.Cut(strings.Replace(strings.TrimSpace(line), "\t", " ", 1), " ")
		if word != "#include" && word != "#tryinclude" {
			continue
		}
		name = strings.Trim(name, " \t\"<>'")
		if !filepath.IsAbs(name) {
			name = filepath.Join(x.etc(), name)
		}
		files, _ := filepath.Glob(x.file(name))
		for _, file := range files {
			if rel, err := filepath.Rel(x.Root, file); err == nil {
				list = x.included("/"+rel, list)
			}
		}
	}
	return list
}

// withSection gives the file that a section of manager.conf stands in. only is
// false where it stands nowhere, or in more places than one: no command of ours
// tells these apart.
func (x *exam) withSection(name string) (file string, only bool) {
	file = x.managerConf()
	for _, path := range x.included(file, nil) {
		for line := range strings.Lines(x.read(path)) {
			if !strings.HasPrefix(line, "["+name+"]") {
				continue
			}
			if only {
				return file, false
			}
			file, only = path, true
		}
	}
	return file, only
}

// head and section are the addresses by which sed finds the first line of a section,
// and all of it up to the next one's.
func head(name string) string    { return `/^\[` + pattern(name) + `\]/` }
func section(name string) string { return head(name) + `,/^\[/` }

// without is what takes keys out of a section: a pattern of sed's that knows them.
func without(name, keys string) string {
	return section(name) + `{/^[[:space:]]*` + keys + `[[:space:]]*=/d}`
}

func (x *exam) reloads() string { return x.asks("manager reload") }

// editor gives the command that lets a person change what no command of ours does.
func editor(file string) string { return "${EDITOR:-vi} " + Quote(file) }

// sets gives the commands that set one key of a section of manager.conf.
func (x *exam) sets(name, key, value string) []string {
	file, only := x.withSection(name)
	if !only {
		return []string{editor(file), x.reloads()}
	}
	return []string{command("sed", "-i", "-e", without(name, key), "-e", head(name)+"a "+key+" = "+value, file), x.reloads()}
}

// taking is the first part of a shell's command that goes on only where there is a
// secret, and has it in a variable. A semicolon would begin a comment.
func taking(printing string) string {
	return `(secret=$(` + printing + ` | sed 's/;/\\;/g') && : "${secret:?}" && `
}

// printing gives a command of a shell that prints an account's secret, "" where
// none is known.
func (x *exam) printing(a ami.Account) string {
	if x.Secret == nil {
		return ""
	}
	return x.Secret(a)
}

// setsSecret gives the file that an account's user stands in, and the commands that
// set its secret to ours. It stands in no program's arguments, which everybody on
// the machine can see: what the shell does itself has none.
func (x *exam) setsSecret(a ami.Account) (file string, mends []string) {
	file, only := x.withSection(a.User)
	printing := x.printing(a)
	if !only || printing == "" {
		return file, []string{editor(file), x.reloads()}
	}
	return file, []string{
		taking(printing) + `printf 'secret = %s\n' "$secret" | ` + command("sed", "-i", "-e", without(a.User, "secret"), "-e", head(a.User)+"r /dev/stdin", file) + ")",
		x.reloads(),
	}
}

// newUser gives the commands that make an account's user.
func (x *exam) newUser(a ami.Account) []string {
	file := x.managerConf()
	for _, path := range x.included(file, nil) {
		if filepath.Base(path) == "manager_custom.conf" { // FreePBX writes the others anew
			file = path
		}
	}
	printing := x.printing(a)
	if printing == "" {
		return []string{editor(file), x.reloads()}
	}
	return []string{
		taking(printing) + `printf '\n[%s]\nsecret = %s\nread = ` + readRights + `\nwrite = ` + writeRights + `\n' ` + Quote(a.User) + ` "$secret" >> ` + Quote(file) + ")",
		x.reloads(),
	}
}
