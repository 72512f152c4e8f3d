package manual

import (
	"strings"
	"unicode/utf8"
)

// columns is how wide a page is: a terminal's usual width, and a margin.
const columns = 78

// prose writes paragraphs: wrapped, but for lists, whose lines stay, and code, which
// loses its fences.
func (p *page) prose(margin, text string) {
	for i, part := range strings.Split(strings.TrimSpace(text), "```") {
		if i%2 == 1 {
			_, code, _ := strings.Cut(part, "\n") // behind the language
			p.code(margin+"    ", code)
			continue
		}
		for paragraph := range strings.SplitSeq(strings.TrimSpace(part), "\n\n") {
			p.paragraph(margin, paragraph)
		}
	}
}

func (p *page) paragraph(margin, text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		hang := margin
		if strings.HasPrefix(line, "- ") {
			hang += "  "
		}
		p.hanging(margin, hang, line)
	}
	p.text.WriteString("\n")
}

// code writes lines as they are.
func (p *page) code(margin, text string) {
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		if line != "" {
			line = margin + strings.ReplaceAll(line, "\t", "    ")
		}
		p.text.WriteString(line + "\n")
	}
	p.text.WriteString("\n")
}

// hanging wraps a text behind first, its further lines behind rest.
func (p *page) hanging(first, rest, text string) {
	line, width := first, 0
	for word := range strings.FieldsSeq(text) {
		switch length := utf8.RuneCountInString(word); {
		case width == 0:
			line += word
			width = utf8.RuneCountInString(line)
		case width+1+length > columns:
			p.text.WriteString(line + "\n")
			line, width = rest+word, utf8.RuneCountInString(rest)+length
		default:
			line += " " + word
			width += 1 + length
		}
	}
	p.text.WriteString(line + "\n")
}
