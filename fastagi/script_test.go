package fastagi

import (
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
)

func TestParseScript(t *testing.T) {
	type query = map[string]string
	for raw, want := range map[string]Script{
		"":                                 {},
		"/":                                {},
		".":                                {},
		"?x=1":                             {Query: query{"x": "1"}},
		"hello.lua":                        {Path: "hello.lua"},
		"menu/main.lua?x=1&y=a%20b":        {Path: "menu/main.lua", Query: query{"x": "1", "y": "a b"}},
		"menu%2Fmain.lua":                  {Path: "menu/main.lua"},
		"/hello.lua":                       {Path: "hello.lua"},
		"//etc/passwd":                     {Path: "etc/passwd"},
		"%2fetc/passwd":                    {Path: "etc/passwd"},
		"./a//b/./c/":                      {Path: "a/b/c"},
		"menu--x--1---)":                   {Path: "menu--x--1---)"},
		"-rf *;$(x)`y`|z&w":                {Path: "-rf *;$(x)`y`|z&w"},
		"...":                              {Path: "..."},
		"a..b":                             {Path: "a..b"},
		"Z%C3%BCrich.lua":                  {Path: "Zürich.lua"},
		"\xff%80":                          {Path: "\xff\x80"},
		"a%25b":                            {Path: "a%b"},
		"%252e%252e/x":                     {Path: "%2e%2e/x"}, // once is enough
		"C:x":                              {Path: "C:x"},
		"a?":                               {Path: "a"},
		"a?&&=&=x":                         {Path: "a"},
		"a?x":                              {Path: "a", Query: query{"x": ""}},
		"a?x=":                             {Path: "a", Query: query{"x": ""}},
		"a?x=1=2?3":                        {Path: "a", Query: query{"x": "1=2?3"}},
		"a?x=1&x=2":                        {Path: "a", Query: query{"x": "1"}},
		"a?num=+15551234":                  {Path: "a", Query: query{"num": "+15551234"}},
		"a?n=50% off&m=%zz&o=%":            {Path: "a", Query: query{"n": "50% off", "m": "%zz", "o": "%"}},
		"a?n=Ann%26x%3D2":                  {Path: "a", Query: query{"n": "Ann&x=2"}},
		"a?%78%3d=1":                       {Path: "a", Query: query{"x=": "1"}},
		"a?n=a%00%0Ab":                     {Path: "a", Query: query{"n": "a\x00\nb"}},
		"a?../../x=\\":                     {Path: "a", Query: query{"../../x": "\\"}},
		"a%3Fx=1":                          {Path: "a?x=1"},
		strings.Repeat("n", 1024):          {Path: strings.Repeat("n", 1024)},
		strings.Repeat("d/", 1024) + "?x=": {Path: strings.TrimSuffix(strings.Repeat("d/", 1024), "/"), Query: query{"x": ""}},
	} {
		got, err := ParseScript(raw)
		if err != nil || got.Path != want.Path || !maps.Equal(got.Query, want.Query) {
			t.Errorf("%q: %+v, %v; want %+v", raw, got, err, want)
		}
	}
}

// No name leads out of the scripts folder, and an error of one can be printed.
func TestBadScript(t *testing.T) {
	for _, raw := range []string{
		"..", "../x", "a/../b", "a/..", "/../x", "%2e%2e/x", ".%2e/x", "a%2f..%2fb", "..%2f..%2fetc%2fpasswd", "a/../../x?x=1",
		"a\\b", "..\\x", "%5cx", "C:\\x", "a\x00", "a%00.lua", "a%0a", "a\tb", "\x1b[2J", "a%7f",
		"%", "a%2", "a%zz", "%2g", "a%%20",
		strings.Repeat("n", maxScript+1), "a?" + strings.Repeat("x=1&", maxScript),
	} {
		got, err := ParseScript(raw)
		if !errors.Is(err, ErrScript) || got.Path != "" || got.Query != nil {
			t.Errorf("%q: %+v, %v", raw, got, err)
			continue
		}
		if text := err.Error(); len(text) > 1000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: the error is %q", raw, text)
		}
	}
}

// Any request gives a name that stays in its folder, whole, or an error that can
// be printed; and the name asked for with escapes is the name got.
func FuzzParseScript(f *testing.F) {
	for _, seed := range []string{"", "menu/main.lua?x=1&y=a%20b", "%2e%2e/x", "a/../b", "a\\b", "a%00", "?x=%", "menu--x--1---)", "//x", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParseScript(raw)
		if err != nil {
			if !errors.Is(err, ErrScript) || len(err.Error()) > 2000 {
				t.Error(err)
			}
			return
		}
		if strings.ContainsFunc(got.Path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
			t.Errorf("%q is %q", raw, got.Path)
		}
		// fs.ValidPath takes UTF-8 only.
		if p := strings.ToValidUTF8(got.Path, "?"); p != "" && !fs.ValidPath(p) {
			t.Errorf("%q is %q", raw, got.Path)
		}
		escaped := strings.NewReplacer("%", "%25", "?", "%3F").Replace(got.Path)
		if len(escaped) > maxScript {
			return
		}
		if again, err := ParseScript(escaped); err != nil || again.Path != got.Path {
			t.Errorf("%q is %q, and that is %q, %v", raw, got.Path, again.Path, err)
		}
	})
}
