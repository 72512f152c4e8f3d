package install_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// settings is the part of "core show settings" that install.sh reads, in Asterisk's own columns
// (main/asterisk.c: handle_show_settings).
const settings = `
PBX Core settings
-----------------
  Version:                     22.10.1
  User name and group:         /

* Directories
  -------------
  Configuration file:          /etc/asterisk/asterisk.conf
  Data directory:              /usr/share/asterisk
  IAX2 Keys directory:         /var/lib/asterisk/keys
  AGI Scripts directory:       AGIDIR
  Cache directory:             /var/cache/asterisk
`

// TestFindAgiDir looks for the agi-bin the way Asterisk itself arrives at it.
func TestFindAgiDir(t *testing.T) {
	const dead = "#!/bin/sh\necho 'Unable to connect to remote asterisk (does /var/run/asterisk/asterisk.ctl exist?)' >&2\nexit 1\n"
	for _, test := range []struct {
		name     string
		asterisk string // the stub of the program
		conf     string // asterisk.conf
		from     string // where the answer was found; CONF and ASTERISK are paths
	}{
		{
			name:     "running",
			asterisk: "#!/bin/sh\ncat <<'END'" + settings + "END\n",
			conf:     "[directories]\nastagidir => /nowhere\n",
			from:     "the running Asterisk",
		},
		{
			name:     "conf",
			asterisk: dead,
			conf:     "[options]\nastagidir => /wrong\n\n[directories]\n;astagidir => /wrong\nastdatadir => /wrong\nAstAgiDir = AGIDIR ; where it is\n[files]\nastagidir => /wrong\n",
			from:     "astagidir in CONF",
		},
		{
			name:     "conf adds to a section",
			asterisk: dead,
			conf:     "[directories](!)\nastagidir => /wrong\n[directories](+)\nastagidir=>AGIDIR\n",
			from:     "astagidir in CONF",
		},
		{
			name:     "Debian's template sets nothing",
			asterisk: dead + "# \x00/etc/asterisk\x00AGIDIR\x00/var/spool/asterisk\x00\n",
			conf:     "[directories](!)\nastagidir => /wrong\n",
			from:     "the default compiled into ASTERISK",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t)
			h.agi = filepath.Join(h.dir, "share/asterisk/agi-bin")
			h.mkdir("share/asterisk/agi-bin")
			h.write("bin/asterisk", strings.ReplaceAll(test.asterisk, "AGIDIR", h.agi), 0o755)
			h.write("asterisk.conf", strings.ReplaceAll(test.conf, "AGIDIR", h.agi), 0o644)
			conf := filepath.Join(h.dir, "asterisk.conf")
			from := strings.NewReplacer("CONF", conf, "ASTERISK", filepath.Join(h.dir, "bin/asterisk")).Replace(test.from)
			out := h.run("--conf", conf, "--binary", "../stub")
			contains(t, out, "agi-bin: "+h.agi+" ("+from+")")
			h.holds(map[string]string{"goagi": stub})
		})
	}
}
