package docs_test

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// link is [text](target); code is what looks like one and is none.
var (
	link = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	code = regexp.MustCompile("`[^`]*`")
)

// A reader who follows a link arrives: at a page that is there, at a heading
// that it has.
func TestLinks(t *testing.T) {
	all := make(map[string]page)
	for _, p := range pages(t) {
		all[p.path] = p
	}
	followed := 0
	for _, p := range all {
		for n, line := range p.prose() {
			for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
				target, err := url.Parse(match[1])
				if err != nil {
					t.Errorf("%s:%d: %s: %v", p.path, n+1, match[1], err)
					continue
				}
				if target.Host != "" {
					continue // nothing is asked of the network
				}
				followed++
				to := p.path
				if target.Path != "" {
					to = path.Join(path.Dir(p.path), target.Path)
				}
				if _, err := os.Stat(filepath.Join(root, to)); err != nil {
					t.Errorf("%s:%d: %s leads nowhere: %v", p.path, n+1, match[1], err)
				} else if target.Fragment != "" && !all[to].anchors()[target.Fragment] {
					t.Errorf("%s:%d: %s: %s has no such heading", p.path, n+1, match[1], to)
				}
			}
		}
	}
	if followed < 100 {
		t.Errorf("only %d links were followed", followed)
	}
}

// A page that the index does not name is one that nobody finds.
func TestIndexNamesAllPages(t *testing.T) {
	index := read(t, "README.md")
	for _, p := range pages(t) {
		name, ours := strings.CutPrefix(p.path, "docs/")
		if ours && name != "README.md" && !strings.Contains(index.text, "("+name+")") {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
}

// Whoever builds the site gets its parts from where they get all others.
func TestSiteNamesNoRegistry(t *testing.T) {
	lock, err := os.ReadFile(filepath.Join(root, "site/package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(lock), `"resolved"`) || !strings.Contains(string(lock), `"integrity"`) {
		t.Error("site/package-lock.json names where packages come from, or has no sums of them")
	}
}
