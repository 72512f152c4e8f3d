// Package spell finds what a misspelt name was most likely meant to be: a function,
// an option, a setting, a script.
package spell

import "strings"

// Near gives the known name that is least off, "" where none is near: by two
// letters at most, and fewer in a short name; of several that are as near it is the
// one that the name begins. A name that is known is none.
func Near(name string, known []string) string {
	best, least := "", min(3, 1+len(name)/2)
	for _, other := range known {
		d := distance(name, other)
		begins := len(name) > 2 && strings.HasPrefix(other, name) && !strings.HasPrefix(best, name)
		if d > 0 && (d < least || d == least && begins && best != "") {
			best, least = other, d
		}
	}
	return best
}

// DidYouMean gives Near for the end of a message, as in ", did you mean
// agi.answer?"; "" where none is near.
func DidYouMean(name string, known []string) string {
	if best := Near(name, known); best != "" {
		return ", did you mean " + best + "?"
	}
	return ""
}

// distance counts the letters to add, drop or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := above
			if a[i] != b[j] {
				change++
			}
			above = row[j+1]
			row[j+1] = min(change, row[j]+1, above+1)
		}
	}
	return row[len(b)]
}
