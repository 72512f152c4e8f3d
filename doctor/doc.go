// Package doctor looks at a host's Asterisk and says what keeps goagi's calls
// from working, each finding with the commands that mend it.
//
//	Host ──▶ Examine ──▶ Finding, Finding, ...      one look after the other
//	Settings ───┘
//
// The first looks find Asterisk, what it says of itself, and the user that it
// runs as; the others go by that. Whether Asterisk's user may read or run a file
// is not worked out from modes but tried, as that user, which takes root; where
// it cannot be tried, a finding says so.
//
// No look changes anything but the one that places a call, which takes away what
// it has made. Each has a time limit. What is looked at is reached by a Host
// alone, so that a test may give a folder for the machine and answers for its
// programs.
package doctor
