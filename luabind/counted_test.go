package luabind

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Counting the lines of a script changes nothing of what it does, and tells of
// each statement that was run.
func TestCountedLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.lua")
	source := `local n = 0
local function add(by)
  n = n + by
  return n
end
for i = 1, 3 do
  if i == 2 then goto continue elseif i == 9 then
    add(9)
  else
    add(i)
  end
  ::continue::
end
repeat local done = true until done
local t = {go = function(self) return self.x end, x = (function()
  return 1
end)()}
while true do
  break
end
if false then
  print("never")
end
print(n, t:go(), select("#", (function(...) return ... end)(1, 2)))
return n`
	if err := os.WriteFile(path, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	chunk, lines, err := LoadCounted(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 3, 4, 6, 7, 8, 10, 14, 15, 16, 18, 19, 21, 22, 24, 25}; !slices.Equal(lines, want) {
		t.Errorf("the statements are on %v, want %v", lines, want)
	}
	f := newFixture(t)
	seen := make(map[int]int)
	f.vm.host.Line = func(file string, line int) {
		if file != path {
			t.Errorf("a line of %s", file)
		}
		seen[line]++
	}
	f.vm.tellLines()
	if err := f.vm.Run(t.Context(), chunk); err != nil {
		t.Fatal(err)
	}
	if printed, want := f.sent[len(f.sent)-1], "VERBOSE|4\t1\t2|1"; printed != want {
		t.Errorf("it printed %q, want %q", printed, want)
	}
	for line, want := range map[int]int{1: 1, 3: 2, 7: 6, 8: 0, 10: 2, 19: 1, 22: 0, 25: 1} {
		if seen[line] != want {
			t.Errorf("line %d was told %d times, want %d", line, seen[line], want)
		}
	}
}
