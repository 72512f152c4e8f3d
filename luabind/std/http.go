package std

import (
	"fmt"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// httpModule is require "http".
var httpModule = luabind.Module{
	Name: "http",
	Doc: "Asks web services, over HTTP/1.1. An answer is a response whatever its status: look at `ok` or `status`. Where no answer came, the " +
		"functions give nil and why. What came from callers goes into query, form, json or multipart, which no text can break out of; never " +
		"put a URL together from it.\n\n" +
		"Requests that may be made twice (GET, HEAD, OPTIONS, PUT, DELETE, and any with a header Idempotency-Key) are made again where the " +
		"server cannot be reached, breaks off, or answers 429, 502, 503 or 504: after a pause of 0.2 to 0.4 seconds, twice as long each time, " +
		"or as long as its Retry-After says, all within the timeout. Messages name the URL without user, password and query.\n\n" +
		"Redirects are followed, as long as the sandbox allows each host. Another server than the first (another host, port or scheme, but for " +
		"https after http) is sent none of the script's headers but Accept, Accept-Language, Content-Type and User-Agent, not auth, and no body: a redirect " +
		"that wants that is an error. Connections are kept for later requests; " +
		"those of `goagi serve` and `goagi async`, also for later calls.",
	Example: `
local http = require "http"

local caller, why = http.get("http://crm.example.com/callers", {query = {number = agi.env.callerid}, timeout = 3})
if not caller then
  agi.log("error", why) -- GET http://crm.example.com/callers: timeout: it took longer than 3 s
elseif caller.ok then
  agi.var.CUSTOMER = assert(caller:json()).name
end

local ticket = assert(http.post("http://crm.example.com/tickets", {
  auth = {bearer = "s3cr3t"},
  json = {subject = "called", digits = "0042"},
}))
assert(ticket.status == 201, ticket.text)
`,
	Ending: "A request ends at once, whatever it waits for, and raises the hangup; a file that it was writing is not there then. " +
		"Afterwards requests work on, under the grace time.",
	Settings: []luabind.Option{
		{Name: "ca", Type: "string", Doc: "file of the certificates to trust, in PEM, instead of the system's"},
		{Name: "cert", Type: "string", Doc: "file of the certificate to show, in PEM"},
		{Name: "key", Type: "string", Doc: "file of its key, in PEM; the certificate's own file where not set"},
		{Name: "max_size", Type: "number", Doc: "bytes that an answer may have, unpacked (16777216)"},
		{Name: "proxy", Type: "string", Doc: "URL of a proxy (http, https, socks5), \"none\" for none; else HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment say"},
		{Name: "redirects", Type: "number", Doc: "redirects to follow, from 0 to 20 (5)"},
		{Name: "retries", Type: "number", Doc: "how often a request is made again, from 0 to 10 (2)"},
		{Name: "timeout", Type: "number", Doc: "seconds that it all may take, pauses and retries too (10)"},
		{Name: "user_agent", Type: "string", Doc: "what servers are told that goagi is (\"goagi\")"},
	},
	Check: checkHTTP,
	Funcs: []luabind.Func{
		{
			Name: "delete", Params: "url: string, options?: table", Returns: "response: response?, message: string?", Options: httpOptions,
			Doc:  "Makes a DELETE request.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return askHTTP(vm, a, "DELETE", 1) },
		},
		{
			Name: "get", Params: "url: string, options?: table", Returns: "response: response?, message: string?", Options: httpOptions,
			Doc:  "Makes a GET request. Gives nil and why where no answer came, or not all of it; so do the other functions.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return askHTTP(vm, a, "GET", 1) },
		},
		{
			Name: "head", Params: "url: string, options?: table", Returns: "response: response?, message: string?", Options: httpOptions,
			Doc:  "Makes a HEAD request: the response has no text.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return askHTTP(vm, a, "HEAD", 1) },
		},
		{
			Name: "patch", Params: "url: string, options?: table", Returns: "response: response?, message: string?", Options: httpOptions,
			Doc:  "Makes a PATCH request.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return askHTTP(vm, a, "PATCH", 1) },
		},
		{
			Name: "post", Params: "url: string, options?: table", Returns: "response: response?, message: string?", Options: httpOptions,
			Doc:  "Makes a POST request.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return askHTTP(vm, a, "POST", 1) },
		},
		{
			Name: "put", Params: "url: string, options?: table", Returns: "response: response?, message: string?", Options: httpOptions,
			Doc:  "Makes a PUT request.",
			Call: func(vm *luabind.VM, a luabind.Args) int { return askHTTP(vm, a, "PUT", 1) },
		},
		{
			Name: "request", Params: "method: string, url: string, options?: table", Returns: "response: response?, message: string?", Options: httpOptions,
			Doc:  "Makes a request of any other method, such as \"PROPFIND\".",
			Call: func(vm *luabind.VM, a luabind.Args) int { return askHTTP(vm, a, httpMethod(a, 1), 2) },
		},
	},
	Types: []*luabind.Type{&responseType},
}

// httpOptions are those of each request.
var httpOptions = []luabind.Option{
	{Name: "auth", Type: "{user?: string; password?: string; bearer?: string}", Doc: "{user = ..., password = ...} for basic authentication, or {bearer = ...} for a token"},
	{Name: "body", Type: "string|utterance|{file: string; type?: string}", Doc: "what is sent: a text, an utterance (a WAV file), or a file: {file = path, type = ...}"},
	{Name: "ca", Type: "string", Doc: "file of the certificates to trust, in PEM, instead of the system's"},
	{Name: "cert", Type: "string", Doc: "file of the certificate to show, in PEM"},
	{Name: "form", Type: "{[string]: any}", Doc: "names and values that are sent as a web page's form: texts, numbers, true, false, or lists of them"},
	{Name: "headers", Type: "{[string]: any}", Doc: "names and values of headers"},
	{Name: "json", Type: "any", Doc: "a value that is sent as JSON, as json.encode writes it"},
	{Name: "key", Type: "string", Doc: "file of the certificate's key, in PEM; the certificate's own file where not set"},
	{Name: "max_size", Type: "number", Doc: "bytes that the answer may have, unpacked (16777216; with to, 1073741824)"},
	{Name: "multipart", Type: "{[string]: any}", Doc: "names and parts, or lists of these, that are sent as a web page's form with files: texts, numbers, true, false, utterances " +
		"(as WAV files), or a table with file = path, utterance or text, and the name and type that the server is told. Texts go before files"},
	{Name: "proxy", Type: "string", Doc: "URL of a proxy (http, https, socks5), \"none\" for none; else HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment say"},
	{Name: "query", Type: "{[string]: any}", Doc: "names and values that are added to the URL: texts, numbers, true, false, or lists of them"},
	{Name: "redirects", Type: "number", Doc: "redirects to follow, from 0 to 20; with 0 a redirect is the response (5)"},
	{Name: "retries", Type: "number", Doc: "how often a request that may be made twice is made again, from 0 to 10 (2)"},
	{Name: "timeout", Type: "number", Doc: "seconds that it all may take, pauses and retries too (10)"},
	{Name: "to", Type: "string", Doc: "a file that the answer is written to, whole or not at all, where the response is ok"},
}

// Defaults of requests.
const (
	httpTimeout   = 10 * time.Second
	httpRetries   = 2
	httpRedirects = 5
	httpMaxSize   = 16 << 20
	httpMaxFile   = 1 << 30
)

// checkHTTP says what is wrong with the values in [http].
func checkHTTP(table map[string]any) error {
	for _, limit := range [...]struct {
		key      string
		from, to float64
	}{{"timeout", 0.001, 1e6}, {"retries", 0, 10}, {"redirects", 0, 20}, {"max_size", 1, 1 << 40}} {
		if n, ok := settingNumber(table[limit.key]); ok && (n < limit.from || n > limit.to) {
			return fmt.Errorf("%s must be from %v to %v", limit.key, lua.LNumber(limit.from), lua.LNumber(limit.to))
		}
	}
	if proxy, ok := table["proxy"].(string); ok {
		if _, err := proxyURL(proxy); err != nil {
			return fmt.Errorf("proxy must be %w", err)
		}
	}
	return nil
}

// settingNumber gives a number of the settings file.
func settingNumber(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	}
	return 0, false
}

// httpMethod reads a method's name.
func httpMethod(a luabind.Args, n int) string {
	name := []byte(a.Text(n))
	for i, c := range name {
		if 'a' <= c && c <= 'z' {
			name[i] = c - 'a' + 'A'
		}
	}
	notLetter := func(c byte) bool { return c < 'A' || c > 'Z' }
	if len(name) == 0 || len(name) > 40 || slices.ContainsFunc(name, notLetter) || string(name) == "CONNECT" {
		a.Fail(n, `the name of a method, such as "GET"`)
	}
	return string(name)
}

// webLimit reads an option that is a number of a range.
func webLimit(a luabind.Args, o luabind.Options, name string, otherwise, from, to float64) float64 {
	n := o.Number(name, otherwise)
	if n < from || n > to {
		a.Misuse("option %s must be from %v to %v", name, lua.LNumber(from), lua.LNumber(to))
	}
	return n
}
