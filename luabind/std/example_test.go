package std

import (
	"testing"

	"goagi/luabind"
)

// surroundings are what a module's example needs: a server, a setting.
var surroundings = map[string]func(t *testing.T, who *caller){
	"asr": func(_ *testing.T, who *caller) {
		who.notEAGI, who.speaks = false, from(100*ms, 600*ms)
		who.asr = map[string]any{"engine": "command", "command": map[string]any{"command": []any{"echo", "hello"}}}
	},
	"audio": func(t *testing.T, who *caller) {
		inDataFolder(t, who)
		who.notEAGI, who.speaks = false, from(100*ms, 600*ms)
	},
	"cache":     cacheSurroundings,
	"http":      httpSurroundings,
	"redis":     redisSurroundings,
	"sql":       inDataFolder,
	"websocket": websocketSurroundings,
	"config":    func(_ *testing.T, who *caller) { who.config = someConfig },
	"fs":        func(t *testing.T, who *caller) { who.sandbox = &luabind.Sandbox{Inside: true, Data: t.TempDir()} },
}

// The example of each module's page does what it says.
func TestExamples(t *testing.T) {
	for _, m := range Modules() {
		t.Run(m.Name, func(t *testing.T) {
			if m.Example == "" {
				t.Fatal("it has none")
			}
			who := caller{notEAGI: true}
			if prepare := surroundings[m.Name]; prepare != nil {
				prepare(t, &who)
			}
			if e := placed(t, who, m.Example); e.Err != nil {
				t.Error(e.Err, e.log)
			}
		})
	}
}
