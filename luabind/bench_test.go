package luabind

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"goagi/agi"
)

// silent is an Asterisk that answers every command with 0, and costs nothing.
type silent struct{ fakeTransport }

func (*silent) RoundTrip(agi.Command) (agi.Reply, error) {
	return agi.Reply{Code: 200, Result: "0", Text: "result=0"}, nil
}

// BenchmarkCall is what a call costs in Lua: its VM made, the script run, and the
// VM closed.
func BenchmarkCall(b *testing.B) {
	env, err := agi.NewStream(strings.NewReader(someEnv), nil, nil).Env(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for name, file := range map[string]string{"six commands": "../bench/call.lua", "usual script": "../bench/serve/usual.lua"} {
		source, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		chunk, err := Compile(source, file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				vm := New(Host{
					Session: agi.NewSession(&silent{}), Env: env, Script: file, Transport: "fastagi",
					Log: slog.New(slog.DiscardHandler), Context: context.Background,
				})
				if err := vm.Run(context.Background(), chunk); err != nil {
					b.Fatal(err)
				}
				vm.Close()
			}
		})
	}
}
