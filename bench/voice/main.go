// Command voice measures voice detection on telephone audio: real and
// synthetic speech mixed with noise, what a line carries besides speech, and
// callers who talk over the echo of a prompt. README.md beside it says how to
// read the tables.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
)

// settings are the flags.
type settings struct {
	sounds, sphinx string // folders of the Debian packages
	calls          int
	seed           uint64
	half           string
	only           []string
	also           programs
}

// programs are further detectors, each NAME=PROGRAM.
type programs []string

func (p *programs) String() string { return strings.Join(*p, " ") }

// Set takes one NAME=PROGRAM.
func (p *programs) Set(s string) error {
	if name, program, ok := strings.Cut(s, "="); !ok || name == "" || program == "" {
		return fmt.Errorf("%q is not NAME=PROGRAM", s)
	}
	*p = append(*p, s)
	return nil
}

// wants says whether a table is to be made.
func (s *settings) wants(table string) bool {
	return len(s.only) == 0 || slices.Contains(s.only, table)
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench/voice: error: ")
	var s settings
	var only string
	flag.StringVar(&s.sounds, "sounds", "/usr/share/asterisk/sounds", "folder of the Asterisk sound packages")
	flag.StringVar(&s.sphinx, "sphinx", "/usr/share/pocketsphinx/test/data", "folder of pocketsphinx-testdata")
	flag.IntVar(&s.calls, "calls", 12, "calls for each kind of noise, and prompts for each kind of echo")
	flag.Uint64Var(&s.seed, "seed", 1, "of everything random")
	flag.StringVar(&s.half, "half", "held", "clips to use: held (nothing was tuned on them), tuned, or all")
	flag.StringVar(&only, "only", "", "tables to make: noise, sounds, echo, cpu (all)")
	flag.Var(&s.also, "also", "NAME=PROGRAM: one more detector, which reads 16-bit 8 kHz samples and writes 0 or 1 for each 20 ms")
	flag.Parse()
	if only != "" {
		s.only = strings.Split(only, ",")
	}
	if flag.NArg() > 0 || !slices.Contains([]string{"held", "tuned", "all"}, s.half) || s.calls < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := measure(&s, os.Stdout); err != nil {
		log.Fatal(err)
	}
}
