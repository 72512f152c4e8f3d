package servers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Web is an nginx, which listens twice: plain and with TLS.
type Web struct {
	*Server        // URL and Addr are the plain ones
	TLSURL  string // https://127.0.0.1:port
	TLSAddr string
	Root    string // the folder of the files that it serves, empty at first
}

// Nginx starts an nginx, at once. Conf is the text inside of its server block, such
// as "location = /hello { return 200 hi; }"; files are served from Root where it
// does not say otherwise, and it may say auth_basic_user_file with a name that Dir
// has.
func Nginx(tb testing.TB, conf string) *Web {
	tb.Helper()
	w := &Web{Server: prepare(tb, find(tb, "nginx")), TLSAddr: freePort(tb)}
	w.ready = "start worker process"
	w.Root = filepath.Join(w.Dir, "root")
	check(tb, os.Mkdir(w.Root, 0o755))
	check(tb, w.own(w.Root))
	var key string
	w.CA, key = w.certificate()
	text := strings.NewReplacer("DIR", w.Dir, "ROOT", w.Root, "TLSADDR", w.TLSAddr, "ADDR", w.Addr, "CERT", w.CA, "KEY", key).Replace(`
daemon off;
worker_processes 1;
error_log stderr notice;
pid DIR/pid;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path DIR/body;
	proxy_temp_path DIR/proxy;
	fastcgi_temp_path DIR/fastcgi;
	uwsgi_temp_path DIR/uwsgi;
	scgi_temp_path DIR/scgi;
	client_max_body_size 64m;
	server {
		listen ADDR;
		listen TLSADDR ssl;
		ssl_certificate CERT;
		ssl_certificate_key KEY;
		root ROOT;
`) + conf + "\n\t}\n}\n"
	w.args = []string{"-p", w.Dir, "-e", "stderr", "-c", w.file("nginx.conf", text)}
	w.URL, w.TLSURL = "http://"+w.Addr, "https://"+w.TLSAddr
	w.Start()
	return w
}
