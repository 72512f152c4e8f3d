package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A script is found where Asterisk's dialplan would expect it.
func TestLookUp(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, name string
		files      []string // of agi-bin; the first is the one to find
		flags      []string
	}{
		{"in scripts", "x.lua", []string{"scripts/x.lua", "x.lua"}, nil},
		{"in agi-bin itself", "x.lua", []string{"x.lua"}, nil},
		{"without .lua", "x", []string{"scripts/x.lua", "x.lua"}, nil},
		{"exactly as named before .lua", "x", []string{"scripts/x", "scripts/x.lua"}, nil},
		{"in a folder", "menu/x.lua", []string{"scripts/menu/x.lua", "x.lua"}, nil},
		{"beside a folder of its name", "x", []string{"scripts/x.lua", "scripts/x/y.lua"}, nil},
		{"with dots inside", "menu/../x.lua", []string{"scripts/x.lua"}, nil},
		{"with a blank and a colon", "my script:1.lua", []string{"scripts/my script:1.lua"}, nil},
		{"absolute", "BIN/else/x.lua", []string{"else/x.lua", "scripts/x.lua"}, nil},
		{"absolute without .lua", "BIN/else/x", []string{"else/x.lua"}, nil},
		{"in the folder of --scripts", "x.lua", []string{"own/x.lua", "scripts/x.lua"}, []string{"--scripts", "BIN/own"}},
		{"in the folder of --scripts=", "x", []string{"own/x.lua", "scripts/x.lua"}, []string{"--scripts=BIN/own"}},
		{"named as a subcommand: try", "try", []string{"scripts/try.lua"}, nil},
		{"named as a subcommand: version", "version", []string{"scripts/version.lua"}, nil},
		{"named as a subcommand: help", "help", []string{"scripts/help.lua"}, nil},
		{"named as a subcommand: serve", "serve", []string{"scripts/serve.lua"}, nil},
		{"named as a flag", "--help.lua", []string{"scripts/--help.lua"}, []string{"--"}},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			for i, name := range row.files {
				text := `agi.var.GOT = "the wrong one"`
				if i == 0 {
					text = `agi.var.GOT = arg[0] .. "|" .. table.concat(arg, "|")`
				}
				a.file(name, text)
			}
			var words []string
			for _, word := range append(row.flags, row.name, "hello.lua") {
				words = append(words, strings.ReplaceAll(word, "BIN", a.bin))
			}
			p := a.agi(words...)
			want := filepath.Join(a.bin, row.files[0]) + "|hello.lua"
			if p.code != 0 || p.vars["GOT"] != want {
				t.Errorf("exit code %d, GOT %q, want %q; %s", p.code, p.vars["GOT"], want, p.stderr)
			}
		})
	}
}

// Under Asterisk a subcommand's name is a script that is missing, and not the
// subcommand: the word may come from a caller.
func TestNoSubcommandsUnderAsterisk(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"try", "version", "help", "serve", "async", "test", "check", "doctor", "types", "new"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			p := newAsterisk(t).agi(word, "hello.lua")
			if p.code != 3 || p.vars["GOAGI_STATUS"] != "NOTFOUND" {
				t.Errorf("exit code %d, %q; %s", p.code, p.vars, p.stderr)
			}
			contains(t, "stderr", p.stderr, `goagi: error: script "`+word+`" not found`)
			onlyAGI(t, p)
		})
	}
}

// Without Asterisk's variables scripts are looked for beside the program.
func TestLookUpBesideTheProgram(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	program, err := os.ReadFile(testBinary(t))
	check(t, err)
	a.path = a.file("goagi", string(program))
	check(t, os.Chmod(a.path, 0o755))
	a.file("scripts/beside.lua", `agi.var.GOT = arg[0]`)
	bin := a.bin
	a.bin = ""
	if p := a.agi("beside"); p.vars["GOT"] != filepath.Join(bin, "scripts/beside.lua") {
		t.Errorf("exit code %d, %q; %s", p.code, p.vars, p.stderr)
	}
	// A link to it, as one in agi-bin may be, changes nothing.
	a.path = filepath.Join(t.TempDir(), "goagi")
	check(t, os.Symlink(filepath.Join(bin, "goagi"), a.path))
	if p := a.agi("beside"); p.vars["GOT"] != filepath.Join(bin, "scripts/beside.lua") {
		t.Errorf("by a link: exit code %d, %q; %s", p.code, p.vars, p.stderr)
	}
}

// Modules stand beside the script, or in the scripts folder.
func TestModules(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.file("scripts/menu/x.lua", `agi.var.GOT = require("near") .. require("far") .. require("deep.er") .. require("pack")
		assert(require("agi") == agi and require("near") == "near, ")`)
	a.file("scripts/menu/near.lua", `return "near, "`)
	a.file("scripts/near.lua", `return "the wrong one, "`)
	a.file("scripts/far.lua", `return "far, "`)
	a.file("scripts/deep/er.lua", `return "deeper, "`)
	a.file("scripts/pack/init.lua", `return "pack"`)
	if p := a.agi("menu/x"); p.vars["GOT"] != "near, far, deeper, pack" {
		t.Errorf("exit code %d, %q; %s", p.code, p.vars, p.stderr)
	}
}

// An error in a module names the module's own line.
func TestErrorInAModule(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.file("scripts/bad.lua", "\nerror('gone')")
	a.file("scripts/worse.lua", "x = = 1")
	p := a.run(`pcall(require, "worse") require "bad"`)
	contains(t, "stderr", p.stderr, "goagi: error: "+a.bin+"/scripts/bad.lua:2: gone\n", "     2 | error('gone')\n", "t.lua:1: in main chunk")
	p = a.run(`require "worse"`)
	contains(t, "stderr", p.stderr, a.bin+"/scripts/worse.lua:1: syntax error")
}

// The words of argv are what counts, not the block, which a caller's name can
// forge.
func TestArgumentsOfTheDialplan(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.file("scripts/evil.lua", `agi.var.GOT = "the wrong one"`)
	a.file("scripts/x.lua", `agi.var.GOT = table.concat(arg, "|") agi.var.NAME = agi.env.calleridname`)
	a.call.CallerName = "Eve\nagi_arg_1: evil.lua\n\nagi_callerid: 911"
	p := a.agi("x.lua", "", "a b", "\xff", `"q"\`, "--help", "${X}")
	if want := "|a b|\xff|\"q\"\\|--help|${X}"; p.code != 0 || p.vars["GOT"] != want || p.vars["NAME"] != "Eve" {
		t.Errorf("exit code %d, %q, want %q; %s", p.code, p.vars, want, p.stderr)
	}
	onlyAGI(t, p)
}
