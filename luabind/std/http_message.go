package std

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// A webField is a name and a value of a query, a form or a head.
type webField struct{ name, value string }

// webFields reads an option that is a table of names and values, or of lists of
// these. They come in the order of their names.
func webFields(a luabind.Args, o luabind.Options, option string) []webField {
	var all []webField
	table := o.Table(option)
	if table == nil {
		return nil
	}
	add := func(name string, value lua.LValue) bool {
		text, ok := webText(value)
		all = append(all, webField{name, text})
		return ok
	}
	table.ForEach(func(key, value lua.LValue) {
		name, ok := key.(lua.LString)
		if !ok {
			a.Misuse("option %s holds a value without a name", option)
		}
		if list, isList := value.(*lua.LTable); isList {
			for i := 1; ok && i <= list.Len(); i++ {
				ok = add(string(name), list.RawGetInt(i))
			}
		} else {
			ok = add(string(name), value)
		}
		if !ok {
			a.Misuse("option %s: the value of %+q must be a text, a number, true, false, or a list of these", option, string(name))
		}
	})
	slices.SortStableFunc(all, func(x, y webField) int { return strings.Compare(x.name, y.name) })
	return all
}

// webText gives the text of a value that has one.
func webText(value lua.LValue) (text string, ok bool) {
	switch value := value.(type) {
	case lua.LString, lua.LNumber, lua.LBool:
		return value.String(), true
	}
	return "", false
}

// encodeWebFields writes a query or a form.
func encodeWebFields(fields []webField) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(f.name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(f.value))
	}
	return b.String()
}

// webURL reads the URL that a script names, of one of two schemes, and adds the
// option query to it. Messages do not hold it: it may hold a password.
func webURL(a luabind.Args, n int, o luabind.Options, schemes ...string) *url.URL {
	at, err := url.Parse(a.Text(n))
	if err != nil || !slices.Contains(schemes, at.Scheme) || at.Hostname() == "" {
		a.Misuse("the URL must begin with %s:// or %s:// and a host", schemes[0], schemes[1])
	}
	at.Fragment, at.RawFragment = "", ""
	if query := encodeWebFields(webFields(a, o, "query")); query != "" {
		if at.RawQuery != "" {
			query = at.RawQuery + "&" + query
		}
		at.RawQuery = query
	}
	return at
}

// shownURL is a URL as messages show it. User and password are no part of it, nor
// the query, which is where services want their keys.
func shownURL(at *url.URL) string {
	shown := url.URL{Scheme: at.Scheme, Host: at.Host, Path: at.Path, RawPath: at.RawPath}
	return shown.String()
}

// webPort gives the port that a URL means.
func webPort(at *url.URL) string {
	if p := at.Port(); p != "" {
		return p
	}
	switch at.Scheme {
	case "https", "wss":
		return "443"
	case "socks5", "socks5h":
		return "1080"
	}
	return "80"
}

// webHeader reads the options headers and auth. Values do not stand in messages.
func webHeader(a luabind.Args, o luabind.Options, userAgent string) http.Header {
	header := make(http.Header)
	header.Set("User-Agent", userAgent)
	given := make(map[string]bool)
	for _, f := range webFields(a, o, "headers") {
		name := http.CanonicalHeaderKey(f.name)
		switch {
		case f.name == "" || strings.ContainsFunc(f.name, notToken):
			a.Misuse("option headers: %+q is no header's name", f.name)
		case isFraming(name):
			a.Misuse("option headers: %s is not for scripts to set", name)
		case !headerText(f.value):
			a.Misuse("option headers: the value of %s holds what no header may, such as a line's end", name)
		}
		if !given[name] {
			header.Del(name)
		}
		given[name] = true
		header.Add(name, f.value)
	}
	if auth := authorization(a, o); auth != "" {
		if given["Authorization"] {
			a.Misuse("the options auth and headers both have an Authorization")
		}
		header.Set("Authorization", auth)
	}
	return header
}

// isFraming reports whether a header says where a message goes and ends: a
// script's own would be another message, or lead a proxy elsewhere than the
// sandbox was asked about.
func isFraming(name string) bool {
	switch name {
	case "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade", "Sec-Websocket-Accept", "Sec-Websocket-Extensions", "Sec-Websocket-Key", "Sec-Websocket-Protocol", "Sec-Websocket-Version":
		return true
	}
	return false
}

// notToken reports whether a letter may not stand in a header's name.
func notToken(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// headerText reports whether a text may be a header's value.
func headerText(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// authorization reads the option auth, and gives the header of that name, "" for
// none.
func authorization(a luabind.Args, o luabind.Options) string {
	table := o.Table("auth")
	if table == nil {
		return ""
	}
	given := make(map[string]string)
	table.ForEach(func(key, value lua.LValue) {
		name := key.String()
		text, ok := webText(value)
		switch {
		case name != "user" && name != "password" && name != "bearer":
			a.Misuse("option auth has user and password, or bearer; not %+q", name)
		case !ok || !headerText(text):
			a.Misuse("option auth: %s must be a text without line ends", name)
		}
		given[name] = text
	})
	_, basic := given["user"]
	token, bearer := given["bearer"]
	switch {
	case bearer && len(given) == 1:
		return "Bearer " + token
	case !basic || bearer:
		a.Misuse("option auth must have user and password, or bearer")
	case strings.Contains(given["user"], ":"):
		a.Misuse("option auth: no user can have a colon")
	}
	request := http.Request{Header: make(http.Header)}
	request.SetBasicAuth(given["user"], given["password"])
	return request.Header.Get("Authorization")
}
