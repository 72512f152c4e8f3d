package pbx

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// modules is all that Asterisk loads: enough for every AGI command and the
// applications that scripts use, and nothing that talks to a network.
const modules = `
	pbx_config res_agi res_speech res_musiconhold res_clioriginate res_timing_timerfd
	app_verbose app_playback app_echo app_dial app_senddtmf app_record app_stack app_exec app_read
	app_system app_while app_channelredirect app_userevent app_sendtext
	codec_gsm codec_ulaw codec_alaw codec_resample format_gsm format_wav format_pcm format_sln
	func_callerid func_channel func_strings func_logic func_base64 func_db func_uri func_env
	func_math func_timeout func_shell func_global
	bridge_simple`

// quiet is a sound file of ten minutes' silence.
const quiet = "quiet"

// configure fills Dir: one folder for each kind of file that Asterisk keeps.
func (a *Asterisk) configure(o Options) error {
	if err := os.Chmod(a.Dir, 0o755); err != nil {
		return err
	}
	for _, dir := range []string{"etc", "lib", "db", "log", "spool", "run", "key", "agi", "data/sounds"} {
		if err := os.MkdirAll(filepath.Join(a.Dir, dir), 0o755); err != nil {
			return err
		}
	}
	moddir, err := first(a.Root, "usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules", "usr/local/lib/asterisk/modules")
	if err != nil {
		return err
	}
	// Prompts and documentation stay where they are; what calls record goes
	// to a sounds folder of this Asterisk's own.
	shared, err := first(a.Root, "usr/share/asterisk/sounds", "var/lib/asterisk/sounds")
	if err != nil {
		return err
	}
	if err := a.link(filepath.Dir(shared), "data", "sounds", "agi-bin"); err != nil {
		return err
	}
	if err := a.link(shared, "data/sounds"); err != nil {
		return err
	}
	if err := a.ownWritable(shared); err != nil {
		return err
	}
	if err := a.addSounds(o.Sounds); err != nil {
		return err
	}
	silence := filepath.Join(a.Dir, "data/sounds", quiet+".sln")
	if err := os.WriteFile(silence, nil, 0o644); err != nil {
		return err
	}
	if err := os.Truncate(silence, 10*60*8000*2); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(a.AMI)
	if err != nil {
		return err
	}

	dirs := ""
	for _, d := range [][2]string{
		{"astetcdir", "etc"}, {"astvarlibdir", "lib"}, {"astdbdir", "db"}, {"astkeydir", "key"},
		{"astdatadir", "data"}, {"astagidir", "agi"}, {"astspooldir", "spool"}, {"astrundir", "run"},
		{"astlogdir", "log"}, {"astcachedir", "lib"},
	} {
		dirs += d[0] + " => " + a.Inside(d[1]) + "\n"
	}
	load := ""
	for _, m := range slices.Concat(strings.Fields(modules), o.Modules) {
		load += "load = " + m + ".so\n"
	}
	agi := "agi://" + a.hub.addr
	boot := "channel originate Local/up@boot/n application Wait 1"
	debug := ""
	if o.Debug {
		debug = "agi set debug on = yes\n"
	}
	for name, text := range map[string]string{
		"asterisk.conf": "[directories]\n" + dirs + "astmoddir => /" + strings.TrimPrefix(strings.TrimPrefix(moddir, a.Root), "/") +
			"\n[options]\nverbose = 4\nhideconnect = yes\n",
		"modules.conf": "[modules]\nautoload = no\n" + load,
		"logger.conf":  "[general]\ndateformat = %T.%3q\n[logfiles]\nfull => notice,warning,error,verbose\n",
		"manager.conf": fmt.Sprintf("[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = %s\n"+
			"[%s]\nsecret = %s\nread = all\nwrite = all\nwritetimeout = 5000\n"+
			"[worker]\nsecret = %[3]s\nread = agi,call\nwrite = agi,call,reporting\n", port, a.User, a.Pass),
		"cli.conf":         "[startup_commands]\n" + debug + boot + " = yes\n",
		"musiconhold.conf": "[default]\nmode = files\ndirectory = " + a.Inside("lib") + "\n",
		"extensions.conf": "[general]\nautofallthrough = yes\nclearglobalvars = yes\n" +
			"[boot]\nexten => up,1,AGI(" + agi + "/up)\n same => n,Hangup()\n" +
			"[caller]\nexten => _X!,1,Set(AGIEXITONHANGUP=yes)\n same => n,Answer(,i)\n same => n,AGI(" + agi + "/caller/${EXTEN})\n same => n,Hangup()\n" +
			"[elsewhere]\nexten => _[0-9a-z]!,1,Set(ELSEWHERE=${CONTEXT} ${EXTEN} ${PRIORITY})\n same => 5,Set(ELSEWHERE=${CONTEXT} ${EXTEN} ${PRIORITY})\n" +
			"exten => h,1,AGI(${REPORT})\n" +
			"[subroutine]\nexten => _[0-9a-z]!,1,Set(ELSEWHERE=${ARG1})\n same => n,Return()\n" +
			"[handler]\nexten => s,1,Set(AGISTATUS=)\n same => n,AGI(${ARG1},${ARG2})\n same => n,AGI(${REPORT})\n same => n,Return()\n",
	} {
		mode := fs.FileMode(0o644)
		if name == "manager.conf" { // who reads it may run programs as Asterisk's user
			mode = 0o600
		}
		if err := os.WriteFile(filepath.Join(a.Dir, "etc", name), []byte(text), mode); err != nil {
			return err
		}
	}
	return a.own()
}

// own gives Dir and all in it to Asterisk's user.
func (a *Asterisk) own() error {
	if a.uid < 0 {
		return nil
	}
	return filepath.WalkDir(a.Dir, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, a.uid, a.gid)
	})
}

// link makes links in a folder of Dir to all entries of another folder.
func (a *Asterisk) link(from, to string, except ...string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if slices.Contains(except, e.Name()) {
			continue
		}
		target := "/" + strings.TrimPrefix(strings.TrimPrefix(filepath.Join(from, e.Name()), a.Root), "/")
		if err := os.Symlink(target, filepath.Join(a.Dir, to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Install copies a program to the agi-bin folder, so that AGI(name) runs it.
func (a *Asterisk) Install(program, name string) error {
	text, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	return a.write(name, text, 0o755)
}

// Script writes a file, such as "scripts/hello.lua", under the agi-bin folder.
// One that begins with #! is executable.
func (a *Asterisk) Script(name, text string) error {
	if strings.HasPrefix(text, "#!") {
		return a.write(name, []byte(text), 0o755)
	}
	return a.write(name, []byte(text), 0o644)
}

func (a *Asterisk) write(name string, text []byte, mode fs.FileMode) error {
	file := filepath.Join(a.Dir, "agi", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	// A new file each time: one that runs cannot be written to.
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.WriteFile(file, text, mode); err != nil {
		return err
	}
	// Asterisk's user reads it as one of the others, whatever our umask.
	if err := os.Chmod(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.Chmod(file, mode)
}

// first gives the first path under root that matches one of the patterns.
func first(root string, patterns ...string) (string, error) {
	for _, p := range patterns {
		if found, _ := filepath.Glob(filepath.Join(root, p)); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("no %s under %s", strings.Join(patterns, ", "), root)
}
