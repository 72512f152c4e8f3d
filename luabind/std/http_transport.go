package std

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"goagi/luabind"
)

// webRoute is how servers are reached: by which proxy, and with which
// certificates. Requests of one route share a transport.
type webRoute struct {
	proxy         *url.URL // nil where the environment says
	direct        bool     // by no proxy at all
	ca, cert, key []byte   // what the files hold, nil for none
}

// webTransportFor gives the transport of a request's options. What is wrong with
// them is raised.
func webTransportFor(vm *luabind.VM, a luabind.Args, given, o luabind.Options) (http.RoundTripper, error) {
	if stand := standIn(vm, a, "http"); stand != nil {
		return stand.(http.RoundTripper), nil
	}
	route, err := readRoute(vm, a, given, o)
	if err != nil {
		return nil, err
	}
	return route.transport(vm)
}

// webFile is the most that a file of certificates may hold.
const webFile = 4 << 20

// readRoute reads the options of a route. What is wrong with them, and what the
// sandbox forbids, is raised; err is the file system's. A proxy and files of the
// settings file are the administrator's, and need no leave.
func readRoute(vm *luabind.VM, a luabind.Args, given, o luabind.Options) (r webRoute, err error) {
	if proxy := o.Text("proxy", ""); proxy != "" {
		r.direct = proxy == "none"
		if r.proxy, err = proxyURL(proxy); err != nil {
			a.Misuse("option proxy must be %s", err)
		}
		if given.Set("proxy") && !r.direct {
			a.Check(vm.Sandbox().Reach(r.proxy.Hostname(), webPort(r.proxy)))
		}
	}
	for _, file := range [...]struct {
		name string
		text *[]byte
	}{{"ca", &r.ca}, {"cert", &r.cert}, {"key", &r.key}} {
		path := pemFile(a, o, file.name)
		if path == "" {
			continue
		}
		if *file.text, err = readPEM(vm, a, path, given.Set(file.name)); err != nil {
			return r, fmt.Errorf("option %s: %w", file.name, err)
		}
	}
	if r.key != nil && r.cert == nil {
		a.Misuse("the option key needs the option cert")
	}
	return r, nil
}

// pemFile reads an option that names a file of certificates or of a key, "" for none.
// One that is a key itself is not to be in a message.
func pemFile(a luabind.Args, o luabind.Options, name string) string {
	path := o.Text(name, "")
	if strings.Contains(path, "-----BEGIN") {
		a.Misuse("option %s must be the name of a file, not what stands in it", name)
	}
	return path
}

// readPEM reads a file of certificates, one that the script named through the
// sandbox.
func readPEM(vm *luabind.VM, a luabind.Args, path string, scripts bool) ([]byte, error) {
	if !scripts {
		return os.ReadFile(path)
	}
	f, size, err := openWebFile(vm, a, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > webFile {
		return nil, errors.New("the file is too long for certificates")
	}
	return io.ReadAll(io.LimitReader(f, webFile))
}

// proxyURL reads a proxy's URL. The error, which says what it must be, does not
// hold it: it may hold a password.
func proxyURL(text string) (*url.URL, error) {
	if text == "none" {
		return nil, nil
	}
	at, err := url.Parse(text)
	if err == nil && at.Hostname() != "" {
		switch at.Scheme {
		case "http", "https", "socks5", "socks5h":
			return at, nil
		}
	}
	return nil, errors.New(`a URL that begins with http://, https:// or socks5:// and a host, or "none"`)
}

// transport gives the route's transport. The process's calls share it.
func (r *webRoute) transport(vm *luabind.VM) (*http.Transport, error) {
	closer, err := vm.Shared().Lend(vm, r.name(), func() (io.Closer, error) { return r.open(vm.Host().Bubble) })
	if err != nil {
		return nil, err
	}
	return closer.(*webTransport).Transport, nil
}

// name is the route's among the things that calls share. It changes with the
// files.
func (r *webRoute) name() string {
	proxy := "environment"
	switch {
	case r.direct:
		proxy = "none"
	case r.proxy != nil:
		proxy = r.proxy.String()
	}
	if r.ca == nil && r.cert == nil {
		return "http " + proxy
	}
	return fmt.Sprintf("http %s %x %x %x", proxy, sha256.Sum256(r.ca), sha256.Sum256(r.cert), sha256.Sum256(r.key))
}

// webTransport closes as what calls share does.
type webTransport struct{ *http.Transport }

func (t *webTransport) Close() error {
	t.CloseIdleConnections()
	return nil
}

// open makes the transport, whose connections are for one request each where brief.
func (r *webRoute) open(brief bool) (*webTransport, error) {
	t := &http.Transport{
		Proxy:             r.choose,
		DisableKeepAlives: brief,
		// A connection that is not wanted any more is still waited for, in case the
		// next request can use it: not for long.
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		TLSClientConfig:        new(tls.Config),
	}
	if r.ca != nil {
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(r.ca) {
			return nil, errors.New("option ca: the file holds no certificate in PEM")
		}
	}
	if r.cert != nil {
		key := r.key
		if key == nil {
			key = r.cert
		}
		pair, err := tls.X509KeyPair(r.cert, key)
		if err != nil {
			return nil, fmt.Errorf("options cert and key: %w", err)
		}
		t.TLSClientConfig.Certificates = []tls.Certificate{pair}
	}
	return &webTransport{t}, nil
}

// choose gives the proxy of a request.
func (r *webRoute) choose(request *http.Request) (*url.URL, error) {
	if r.direct || r.proxy != nil {
		return r.proxy, nil
	}
	proxy, err := http.ProxyFromEnvironment(request)
	if err != nil {
		err = errors.New("the environment names a proxy that is no URL") // which may hold a password
	}
	return proxy, err
}
