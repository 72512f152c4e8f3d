package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"goagi/ami"
)

// What every user of the machine can read in the list of processes holds no
// secret, however much of it looks like a host or a name.
func TestSecretsInArguments(t *testing.T) {
	for _, row := range []struct {
		accounts string
		secret   bool
	}{
		{"goagi@pbx", false}, {"goagi@pbx:5038", false}, {"goagi@[::1]:5038", false}, {"a@b@pbx:5038,c@pbx", false},
		{"goagi:secret@pbx", true}, {"goagi:secret@pbx:5038", true}, {"a@b:secret@pbx", true}, {"goagi:s@cret@pbx", true}, {"c@pbx,goagi:secret@pbx", true},
	} {
		for _, args := range [][]string{{"goagi", "async", "--ami", row.accounts}, {"goagi", "async", "--ami=" + row.accounts}, {"goagi", "--ami", "x@y", "async", "--ami", row.accounts}} {
			if got := secretInArgs(args); got != row.secret {
				t.Errorf("%v: a secret is there: %v", args, got)
			}
		}
	}
	for _, text := range []string{"goagi@pbx:secret", "goagi@:secret", "goagi:secret", "hush", "@pbx", "goagi@",
		"goagi@pbx:99999", "goagi@pbx:0", "goagi@no such", "goagi@http://pbx"} {
		if account, err := amiAccount(text); err == nil || strings.Contains(err.Error(), text) {
			t.Errorf("%q is taken for %v, %v", text, account, err)
		}
	}
}

// Several Asterisks may be named by as many flags: none is left out without a word.
// They come in the place of those of the environment, and the arguments of a script
// stay its own.
func TestListsByFlags(t *testing.T) {
	t.Setenv("GOAGI_AMI", "z@zero")
	for args, want := range map[string][3]string{
		"--ami a@one --log-level=debug --ami=b@two,c@three": {"a@one b@two c@three"},
		"--ami a@one hello.lua --ami b@two":                 {"a@one", "", "hello.lua --ami b@two"},
		"hello.lua --ami x":                                 {"z@zero", "", "hello.lua --ami x"},
		"--listen :4573 --listen=unix:/run/s -- --listen":   {"z@zero", ":4573 unix:/run/s", "--listen"},
	} {
		set := new(settings)
		words, err := set.readOwn(nil, strings.Fields(args), func(*settings, *pflag.FlagSet) {})
		if got := [3]string{strings.Join(set.managing.named, " "), strings.Join(set.serving.listen, " "), strings.Join(words, " ")}; err != nil || got != want {
			t.Errorf("%s: %q, %v", args, got, err)
		}
	}
	set := new(settings)
	if _, err := set.readOwn([]string{"--ami", "a@one"}, []string{"--ami", "b@two"}, func(*settings, *pflag.FlagSet) {}); err != nil || len(set.managing.accounts) != 2 {
		t.Errorf("before and behind the command: %v, %v", set.managing.named, err)
	}
}

// A line behind the secret would be a part of it, and all one sees a refusal.
func TestSecretFileOfTwoLines(t *testing.T) {
	for text, want := range map[string]string{"hush\n": "hush", "hush": "hush", "hush\r\n\n": "hush", "hush\n# of goagi\n": ""} {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		set := new(settings)
		flags := set.flags()
		if _, err := parse(flags, []string{"--ami-secret-file", path}); (err == nil) != (want != "") || err == nil && set.managing.secret != want {
			t.Errorf("%q: %v, %q", text, err, set.managing.secret)
		}
	}
}

// A password that lacks its colon is a name to Redis: it would be refused there,
// and stand in the list of processes until then.
func TestClaimOfAUserWithoutAPassword(t *testing.T) {
	for _, row := range []struct {
		claim, want string
	}{
		{"redis://s3cr3t@h", "--claim has a user without a password"}, {"rediss://s3cr3t@h:6380/1", "--claim has a user without a password"},
		{"redis://h", ""}, {"redis://:s3cr3t@h", ""}, {"redis://u:@h", ""}, {"redis://u:s3cr3t@h", ""},
	} {
		m := managing{accounts: []ami.Account{{Addr: "pbx:5038", User: "goagi"}}, secret: "hush", claim: row.claim}
		got := ""
		if err := m.complete(); err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%s: %q, want %q", row.claim, got, row.want)
		}
	}
}

// What no wait would mend is said at once: it would be tried for ever.
func TestClaimAtNoPort(t *testing.T) {
	for url, good := range map[string]bool{"redis://h": true, "redis://h:6380/1": true, "unix:///run/redis.sock": true, "redis://h:99999": false, "redis://h:0": false} {
		if _, err := parse(new(settings).flags(), []string{"--claim", url}); (err == nil) != good {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// A flag that does nothing here would be believed: --allow keeps nobody out of a
// worker that nobody connects to.
func TestFlagsOfTheOther(t *testing.T) {
	for _, row := range []struct{ command, flag, want string }{
		{"async", "--allow=10.0.0.0/8", "goagi async has no --allow"}, {"async", "--listen=:1", "goagi async has no --listen"},
		{"async", "--max-calls=3", ""}, {"serve", "--ami=a@b", "goagi serve has no --ami"}, {"serve", "--listen=:1", ""},
	} {
		set := new(settings)
		if _, err := parse(set.flags(), []string{row.flag}); err != nil {
			t.Fatal(err)
		}
		if err := set.lacks(row.command); (err == nil) != (row.want == "") || err != nil && !strings.HasPrefix(err.Error(), row.want) {
			t.Errorf("%s %s: %v", row.command, row.flag, err)
		}
	}
}
