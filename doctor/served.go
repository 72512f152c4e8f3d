package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// process is a goagi serve that runs on this host.
type process struct {
	pid   string
	words []string // what it was started with
}

// servers lists those that take calls where Asterisk here would get to them: one
// in a container has another network, or other files.
func (x *exam) servers() (list []process) {
	paths, _ := filepath.Glob(x.file("/proc/[0-9]*"))
	here, _ := os.Readlink(x.file("/proc/self/ns/net"))
	root, _ := x.stat("/")
	for _, path := range paths {
		pid := filepath.Base(path)
		words := strings.Split(strings.TrimSuffix(x.read("/proc/"+pid+"/cmdline"), "\x00"), "\x00")
		there, _ := os.Readlink(x.file("/proc/" + pid + "/ns/net"))
		its, err := x.stat("/proc/" + pid + "/root")
		if filepath.Base(words[0]) == "goagi" && slices.Contains(words, "serve") && here == there && (err != nil || os.SameFile(root, its)) {
			list = append(list, process{pid, words})
		}
	}
	return list
}

// served gives the folder that goagi serve on this host has its scripts in: none
// where nothing here tells it.
func (x *exam) served() []string {
	servers := x.servers()
	switch {
	case len(servers) == 1:
		exe, _ := os.Readlink(x.file("/proc/" + servers[0].pid + "/exe"))
		return x.servedBy(servers[0].words, strings.ReplaceAll(x.read("/proc/"+servers[0].pid+"/environ"), "\x00", "\n"), exe)
	case len(servers) > 1:
		return nil // one of them
	case x.exists(unit):
		words, environment := x.execStart()
		exe := ""
		if len(words) > 0 {
			exe, _ = x.real(words[0])
		}
		return x.servedBy(words, environment, exe)
	case len(x.Listen) > 0 || x.Scripts != "":
		if folders := x.folders(); len(folders) > 0 {
			return folders[:1]
		}
	}
	return nil
}

// servedBy gives the scripts folder of a server: a flag's, a variable's, the
// settings file's, else the one beside its program (runner: scriptFolders).
func (x *exam) servedBy(words []string, environment, exe string) []string {
	if len(words) == 0 {
		return nil
	}
	before, rest, ok := x.words(words[1:])
	if !ok || len(rest) == 0 || rest[0] != "serve" {
		return nil
	}
	folder, _, ok := x.words(rest[1:])
	if folder == "" {
		folder = before
	}
	if _, value, is := strings.Cut("\n"+environment, "\nGOAGI_SCRIPTS="); is && folder == "" {
		folder, _, _ = strings.Cut(value, "\n")
	}
	if folder == "" {
		folder = x.Scripts
	}
	if folder == "" && exe != "" {
		folder = filepath.Join(filepath.Dir(exe), "scripts")
	}
	if !ok || !filepath.IsAbs(folder) {
		return nil
	}
	return []string{folder}
}

// execStart reads what the service starts, and the environment that it has, a line
// each: what its own file says, and what others say beside it.
func (x *exam) execStart() (words []string, environment string) {
	files, _ := filepath.Glob(x.file(unit + ".d/*.conf"))
	for _, file := range append([]string{x.file(unit)}, files...) {
		text, _ := os.ReadFile(file)
		for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			value = strings.NewReplacer(`"`, "", "'", "").Replace(value)
			switch key {
			case "ExecStart":
				words = strings.Fields(strings.TrimLeft(value, "@-:+!"))
			case "Environment":
				environment += strings.Join(strings.Fields(value), "\n") + "\n"
			}
		}
	}
	return words, environment
}
