// Goagi runs Lua call flows for Asterisk: see README.md.
package main

import (
	"os"

	"goagi/runner"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = ""

func main() { os.Exit(runner.Main(version)) }
