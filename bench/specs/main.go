// Command specs measures how long goagi test takes for two thousand call specs,
// each with eleven seconds in which a caller does nothing.
//
//	go run ./bench/specs -goagi FILE
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

const (
	files = 100
	each  = 20
)

// spec is one file: calls that try no PIN, then the right one.
const spec = `describe("pin.lua", function()
  for i = 1, %d do
    it("takes the second try " .. i, function()
      local call = place(%q, {args = {"0042"}})
      call:hears("conf-getpin")
      call:hears("conf-invalidpin")
      call:hears("conf-getpin")
      call:waits(4)
      call:press("0042#")
      call:hears("auth-thankyou")
      call:ends("ok")
    end)
  end
end)
`

func main() {
	program := flag.String("goagi", "", "the goagi `binary`")
	script := flag.String("script", "scripts/pin.lua", "where pin.lua is")
	rounds := flag.Int("rounds", 9, "`number` of rounds")
	flag.Parse()
	if err := run(*program, *script, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "specs:", err)
		os.Exit(1)
	}
}

func run(program, script string, rounds int) error {
	script, err := filepath.Abs(script)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "goagi-specs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for i := range files {
		name := filepath.Join(dir, fmt.Sprintf("pin%d_spec.lua", i))
		if err := os.WriteFile(name, fmt.Appendf(nil, spec, each, script), 0o644); err != nil {
			return err
		}
	}
	var took []time.Duration
	for range rounds {
		begin := time.Now()
		if out, err := exec.Command(cmp.Or(program, "goagi"), "test", dir).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	fmt.Printf("%d specs, with %d s in which nothing happens: median %v, %v to %v\n", files*each, files*each*(5+4+2),
		took[len(took)/2].Round(time.Millisecond), took[0].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	return nil
}
