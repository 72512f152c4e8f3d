package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// root is the project's folder.
const root = "../.."

// page is a page of documentation.
type page struct {
	path string // from the project's folder, as in docs/guide.md
	text string
}

// pages reads all that somebody may follow a link in.
func pages(t *testing.T) (all []page) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "bench/*.md", "bench/*/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			path, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page{filepath.ToSlash(path), string(text)})
		}
	}
	if len(all) < 25 {
		t.Fatalf("only %d pages are found", len(all))
	}
	return all
}

// read gives one page of docs/.
func read(t *testing.T, name string) page {
	t.Helper()
	for _, p := range pages(t) {
		if p.path == "docs/"+name {
			return p
		}
	}
	t.Fatalf("there is no page %s", name)
	return page{}
}

// block is what stands between two fences.
type block struct {
	kind string // what stands behind the first, as in lua
	text string
	line int // of the page, of its first
	head string
}

// blocks gives the blocks in their order, each with the heading it is under.
func (p page) blocks() (all []block) {
	head := ""
	for n, line := range slices.Collect(strings.Lines(p.text)) {
		open := len(all) > 0 && all[len(all)-1].line < 0
		switch kind, fence := strings.CutPrefix(line, "```"); {
		case fence && open:
			all[len(all)-1].line *= -1
		case fence:
			all = append(all, block{kind: strings.TrimSpace(kind), line: -(n + 2), head: head})
		case open:
			all[len(all)-1].text += line
		case strings.HasPrefix(line, "#"):
			head = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
	}
	return all
}

// prose gives the lines outside of the blocks; those in them are empty.
func (p page) prose() (lines []string) {
	open := false
	for line := range strings.Lines(p.text) {
		fence := strings.HasPrefix(line, "```")
		if fence {
			open = !open
		}
		if fence || open {
			line = ""
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines
}

// anchors gives what a link to a place on the page may name: its headings, as a
// forge and the site make anchors of them.
func (p page) anchors() map[string]bool {
	all := make(map[string]bool)
	for _, line := range p.prose() {
		if head := strings.TrimLeft(line, "#"); head != line && strings.HasPrefix(head, " ") {
			all[slug(head)] = true
		}
	}
	return all
}

// markup is what of a heading is not read: the ends of code, and links.
var markup = regexp.MustCompile("`|\\]\\([^)]*\\)|\\[")

func slug(head string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.TrimSpace(markup.ReplaceAllString(head, "")))
}

// row is a line of a table.
type row struct {
	cells []string
	line  int
	head  string
}

// rows gives the lines of all tables whose first line has these columns.
func (p page) rows(columns ...string) (all []row) {
	inside, head := false, ""
	for n, line := range p.prose() {
		if strings.HasPrefix(line, "#") {
			head = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		cells := split(line)
		switch {
		case slices.Equal(cells, columns):
			inside = true
		case inside && strings.Trim(cells[0], "-:") != "":
			all = append(all, row{cells, n + 1, head})
		}
	}
	return all
}

// split parts a line of a table; \| is no end of a cell.
func split(line string) []string {
	const bar = "\x00"
	line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, bar)
	cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cell, bar, "|"))
	}
	return cells
}

// span is code within a line.
var span = regexp.MustCompile("`([^`]+)`")

// spans gives the code of a cell, a line each.
func spans(cell string) (all []string) {
	for _, match := range span.FindAllStringSubmatch(cell, -1) {
		all = append(all, match[1])
	}
	return all
}
