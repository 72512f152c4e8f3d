package std

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"goagi/luabind"
)

// webClient gives a client that follows redirects to where the sandbox allows,
// and tells other servers than the first nothing that was meant for that one.
func webClient(transport http.RoundTripper, sandbox *luabind.Sandbox, redirects int) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(request *http.Request, via []*http.Request) error {
		at := request.URL
		switch {
		case redirects == 0:
			return http.ErrUseLastResponse
		case len(via) > redirects:
			return fmt.Errorf("redirected more than %d times (option redirects)", redirects)
		case at.Scheme != "http" && at.Scheme != "https" || at.Hostname() == "":
			return errors.New("redirected to what is no http:// or https:// URL")
		}
		request.Header.Del("Referer") // it would hold the query
		if err := sandbox.Reach(at.Hostname(), webPort(at)); err != nil || !hasLeft(request, via) {
			return err
		}
		if request.Body != nil && request.Body != http.NoBody {
			return errors.New("redirected to another server, which is not sent what was meant for this one")
		}
		keepHarmless(request.Header)
		return nil
	}}
}

// hasLeft reports whether one of the redirects so far led to another server, even
// if it has led back: from then on, whoever is asked was chosen by others.
func hasLeft(request *http.Request, via []*http.Request) bool {
	for _, hop := range via[1:] {
		if !sameServer(via[0].URL, hop.URL) {
			return true
		}
	}
	return !sameServer(via[0].URL, request.URL)
}

// sameServer reports whether what was meant for one server may be told the other:
// it is the same, or the same by its encrypted port.
func sameServer(first, other *url.URL) bool {
	if !strings.EqualFold(first.Hostname(), other.Hostname()) {
		return false
	}
	return first.Scheme == other.Scheme && webPort(first) == webPort(other) ||
		first.Scheme == "http" && webPort(first) == "80" && other.Scheme == "https" && webPort(other) == "443"
}

// keepHarmless removes the headers that may hold a secret.
func keepHarmless(header http.Header) {
	for name := range header {
		switch name {
		case "Accept", "Accept-Language", "Content-Type", "User-Agent":
		default:
			header.Del(name)
		}
	}
}
