package runner

import (
	"os"
	"strings"
	"testing"

	"goagi/ami"
	"goagi/doctor"
)

var somethingWrong = []doctor.Finding{
	{Look: "asterisk", Level: doctor.OK, Text: "there"},
	{Look: "modules", Level: doctor.Wrong, Text: "res_agi is not loaded", Mends: []string{"asterisk -rx 'module load res_agi.so' && true"}},
	{Look: "sounds", Level: doctor.Warning, Text: "none \x1b[2J"},
	{Look: "call", Level: doctor.Skipped, Text: "--call was not given"},
}

// A person sees a line for each look, with what mends it behind, ready to be
// pasted; what a file is named takes over no terminal.
func TestReportForPeople(t *testing.T) {
	var out strings.Builder
	r := &report{w: &out}
	for _, f := range somethingWrong {
		r.add(f)
	}
	const want = `ok        asterisk   there
wrong     modules    res_agi is not loaded
    asterisk -rx 'module load res_agi.so' && true
warning   sounds     none \x1b[2J
not seen  call       --call was not given

1 wrong, 1 warning, 1 not seen
The indented lines mend what stands above them, in a shell of root.
Root sees more: sudo goagi doctor
`
	if code := r.end(false); code != exitFailed || out.String() != want {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
	out.Reset()
	r = &report{w: &out, color: true}
	r.add(somethingWrong[1])
	if !strings.HasPrefix(out.String(), "\x1b[1;31mwrong   \x1b[0m  modules") {
		t.Errorf("%q", out.String())
	}
}

// A program gets one value, with the mends as a shell takes them.
func TestReportForPrograms(t *testing.T) {
	var out strings.Builder
	r := &report{w: &out, json: true, color: true}
	r.add(somethingWrong[1])
	code := r.end(true)
	for _, part := range []string{`"well": false`, `"root": true`, `"look": "modules"`, `"level": "wrong"`, `module load res_agi.so' && true"`} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("no %s in %s", part, out.String())
		}
	}
	if code != exitFailed || strings.Contains(out.String(), "\x1b") {
		t.Errorf("exit code %d: %q", code, out.String())
	}
	r = &report{w: &out}
	r.add(somethingWrong[2])
	if code := r.end(true); code != exitDone {
		t.Errorf("a warning alone gives exit code %d", code)
	}
	out.Reset()
	r = &report{w: &out}
	r.add(doctor.Finding{Look: "running", Level: doctor.Skipped, Text: "only root and Asterisk's user may ask Asterisk"})
	if code := r.end(false); code != exitFailed || !strings.Contains(out.String(), "That all is well cannot be said: not seen were running.\n") {
		t.Errorf("what was not seen is taken for health: exit code %d, %s", code, out.String())
	}
	out.Reset()
	r.json = true
	if r.end(false); !strings.Contains(out.String(), `"well": false`) {
		t.Errorf("what was not seen is taken for health: %s", out.String())
	}
}

// Which settings are secrets: who misses one tells everybody on the machine.
func TestHoldsPassword(t *testing.T) {
	for _, row := range []struct {
		key   string
		value any
		holds bool
	}{
		{"url", "postgres://ivr:secret@db.example.com/crm", true},
		{"url", "postgres://ivr@db.example.com/crm", false},
		{"url", "sqlite:calls.db", false},
		{"password", "x", true},
		{"password", "", false},
		{"api_key", "x", true},
		{"databases", map[string]any{"crm": map[string]any{"url": "redis://:pw@127.0.0.1"}}, true},
		{"timeout", int64(3), false},
	} {
		if holds := holdsPassword(row.key, row.value); holds != row.holds {
			t.Errorf("%s = %v: %v", row.key, row.value, holds)
		}
	}
}

// How a mend comes to an account's secret: as goagi async does, a file before the
// variable.
func TestPrinting(t *testing.T) {
	shared, own := ami.Account{User: "a", Secret: "shared"}, ami.Account{User: "b", Secret: "own"}
	m := &managing{secret: "shared"}
	if got := m.printing(shared); got != `printf %s "${GOAGI_AMI_SECRET:?}"` {
		t.Error(got)
	}
	m.file = "/etc/it's/s"
	if got := m.printing(shared); got != `cat '/etc/it'\''s/s'` {
		t.Error(got)
	}
	if got := m.printing(own); got != "" {
		t.Errorf("%s prints another account's secret", got)
	}
}

// What the dialplan gives goagi is read as goagi does: a flag that is taken for a
// script is called wrong, though calls work.
func TestStartedWith(t *testing.T) {
	conf := t.TempDir() + "/x.toml"
	if err := os.WriteFile(conf, []byte("scripts = \"/srv/conf\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ args, scripts, words string }{
		{"hello.lua one", "", "hello.lua one"},
		{"--trace hello.lua", "", "hello.lua"},
		{"--trace=/tmp/agi.log -- --odd.lua", "", "--odd.lua"},
		{"--scripts /srv/x hello.lua --scripts=/no", "/srv/x", "hello.lua --scripts=/no"},
		{"--config=" + conf + " hello.lua", "/srv/conf", "hello.lua"},
		{"", "", ""},
	} {
		scripts, words, ok := startedWith(strings.Fields(row.args))
		if got := strings.Join(words, " "); !ok || scripts != row.scripts || got != row.words {
			t.Errorf("%s: %q in %q, %v", row.args, got, scripts, ok)
		}
	}
	for _, args := range []string{"--grace=${GRACE} hello.lua", "--config=/nowhere.toml hello.lua", "--no-such-flag hello.lua"} {
		if _, _, ok := startedWith(strings.Fields(args)); ok {
			t.Errorf("%s is known", args)
		}
	}
}

func TestSecretFiles(t *testing.T) {
	set := &settings{config: "/etc/x.toml", modules: map[string]map[string]any{
		"secrets": {"a": map[string]any{"file": "/etc/a"}, "b": map[string]any{"env": "B"}},
		"sql":     {"url": "sqlite:x"},
	}}
	if got := strings.Join(secretFiles(set), " "); got != "/etc/a" {
		t.Error(got)
	}
	set.modules["secrets"]["c"] = "inline"
	set.managing.file = "/etc/b"
	if got := strings.Join(secretFiles(set), " "); got != "/etc/a /etc/b /etc/x.toml" {
		t.Error(got)
	}
}
