package sim_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"goagi/sim"
)

// What is listed is there, and what is there is listed, here and in the docs.
func TestApplicationsListed(t *testing.T) {
	source, err := os.ReadFile("application.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(source), "func builtin(")
	body, _, _ = strings.Cut(body, "\nfunc ")
	listed := make(map[string]bool)
	for _, name := range sim.Applications() {
		listed[strings.ToLower(name)] = true
		if !sim.Has(name) {
			t.Errorf("there is no %s", name)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("testing.md does not list %s", name)
		}
	}
	for _, quoted := range regexp.MustCompile(`"[a-z]+"`).FindAllString(body, -1) {
		if !listed[strings.Trim(quoted, `"`)] {
			t.Errorf("%s is not listed", quoted)
		}
	}
}
