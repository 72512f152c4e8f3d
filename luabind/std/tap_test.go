package std

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// tapped is a wire to a server.
type tapped struct {
	addr string
	ca   string          // the certificate's file, where it speaks TLS
	saw  <-chan struct{} // closed once a client has sent the text
}

// tap makes a wire to a server, over TLS if wanted, that tells when a text goes by.
func tap(t *testing.T, server string, secure bool, text string) tapped {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	saw := make(chan struct{})
	wire := tapped{addr: listener.Addr().String(), saw: saw}
	if secure {
		web := httptest.NewTLSServer(nil) // which makes a certificate for 127.0.0.1
		wire.ca = filepath.Join(t.TempDir(), "ca.pem")
		check(t, os.WriteFile(wire.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600))
		listener = tls.NewListener(listener, &tls.Config{Certificates: web.TLS.Certificates})
		web.Close()
	}
	var wires sync.WaitGroup
	var once sync.Once
	wires.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				continue
			}
			wires.Go(func() {
				defer far.Close()
				_, _ = io.Copy(far, io.TeeReader(near, watcher(func(sent []byte) {
					if text != "" && bytes.Contains(sent, []byte(text)) {
						once.Do(func() { close(saw) })
					}
				})))
			})
			wires.Go(func() {
				defer near.Close()
				_, _ = io.Copy(near, far)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		wires.Wait()
	})
	return wire
}

// watcher is told of what goes by.
type watcher func([]byte)

func (w watcher) Write(sent []byte) (int, error) {
	w(sent)
	return len(sent), nil
}

// renewed gives a file of a certificate's authority that before holds another's, as
// until somebody renews it.
func renewed(t *testing.T, ca string, before func(file string)) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	other := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, other, other, key.Public(), key)
	check(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	check(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	before(file)
	text, err := os.ReadFile(ca)
	check(t, err)
	check(t, os.WriteFile(file, text, 0o600))
	return file
}
