package ami

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The secret itself goes over the wire only where that is asked for.
func TestLogin(t *testing.T) {
	c, p := connect(t, always(success))
	login := p.asked("Login")[0]
	// md5("845124hush-hush")
	if login.Get("Key") != "1b798b92f15a88e0a2331faf2ff8142c" || login.Get("Username") != "worker" || login.Get("Secret") != "" {
		t.Errorf("the login is %q", login)
	}
	if _, ok := login.Lookup("Events"); ok || c.Version() != "9.0.0" {
		t.Errorf("the login is %q, the version %q", login, c.Version())
	}

	p, account := newPeer(t, always(success))
	account.Plain, account.Events = true, "agi,call"
	c, err := Dial(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	login = p.asked("Login")[0]
	if login.Get("Secret") != "hush-hush" || login.Get("Events") != "agi,call" || len(p.asked("Challenge")) > 0 {
		t.Errorf("the login is %q", login)
	}
}

// Whatever answers on that port, the operator is told what is wrong, in time, and
// the secret is in no error.
func TestLoginThatFails(t *testing.T) {
	for _, test := range []struct {
		why, says string // what the other side says at once
		want      error
	}{
		{"refused", "Asterisk Call Manager/1.1\r\nResponse: Error\r\nMessage: Authentication failed\r\n\r\n", ErrLogin},
		{"refused with the secret", "Asterisk Call Manager/1.1\r\nResponse: Error\r\nMessage: no hush-hush here\r\n\r\n", ErrLogin},
		{"the secret as a greeting", "hush-hush\r\n", ErrProtocol},
		{"the secret as a header", "Asterisk Call Manager/1.1\r\nhush-hush: x\r\n\r\n", ErrProtocol},
		{"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", ErrProtocol},
		{"no response", "Asterisk Call Manager/1.1\r\nWhat: is it\r\n\r\n", ErrProtocol},
		{"10 MB without a newline", strings.Repeat("x", 10<<20), ErrProtocol},
		{"silence", "", ErrSilent},
		{"silence behind the greeting", "Asterisk Call Manager/1.1\r\n", ErrSilent},
	} {
		t.Run(test.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				defer far.Close()
				go func() { _, _ = far.Write([]byte(test.says)) }()
				go func() { // reads, and answers nothing
					for b := make([]byte, 1000); ; {
						if _, err := far.Read(b); err != nil {
							return
						}
					}
				}()
				began := time.Now()
				_, err := Dial(t.Context(), Account{Addr: "pbx:5038", User: "worker", Secret: "hush-hush",
					Dial: func(context.Context) (net.Conn, error) { return near, nil }})
				if !errors.Is(err, test.want) || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "worker@pbx:5038") {
					t.Errorf("the error is %v", err)
				}
				if took := time.Since(began); took > DefaultTimeout {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestLoginEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("no longer wanted")
		time.AfterFunc(time.Second, func() { cancel(gone) })
		if _, err := Dial(ctx, Account{Dial: func(context.Context) (net.Conn, error) { return near, nil }}); !errors.Is(err, gone) {
			t.Error(err)
		}
	})
}

// However an account is printed, the secret is not.
func TestAccountKeepsItsSecret(t *testing.T) {
	account := Account{Addr: "pbx:5038", User: "worker", Secret: "hush-hush"}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "account", account, "pointer", &account)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "account", account)
	account.TLS = &tls.Config{}
	text, err := json.Marshal(account)
	if err != nil {
		t.Error(err)
	}
	all := fmt.Sprintf("%v %+v %#v %s %q %v", account, account, account, account, account, &account) + log.String() + string(text)
	if strings.Contains(all, "hush") || !strings.Contains(all, "worker@pbx:5038") {
		t.Error(all)
	}
}

// Missing rights are found before the first call that cannot be served.
func TestRights(t *testing.T) {
	const all = "Response: Success\r\nActionID: #\r\nAGI: x\r\nGetvar: x\r\nSetvar: x\r\nStatus: x\r\nCoreShowChannels: x\r\nCoreSettings: x\r\n\r\n"
	c, _ := connect(t, always(all))
	if err := CheckRights(t.Context(), c); err != nil {
		t.Error(err)
	}
	c, _ = connect(t, always(strings.Replace(all, "AGI: x\r\n", "", 1)))
	if err := CheckRights(t.Context(), c); !errors.Is(err, ErrRights) || !strings.HasSuffix(err.Error(), "not allowed are AGI") {
		t.Error(err)
	}
}

// With TLS the certificate is looked at, and must be for the host of the address.
func TestLoginOverTLS(t *testing.T) {
	certificate, pool := selfSigned(t, "pbx.example")
	p, account := newPeer(t, always(success))
	account.Addr = "pbx.example:5039"
	plain := account.Dial
	account.Dial = func(ctx context.Context) (net.Conn, error) {
		near, err := plain(ctx)
		listener, far := net.Pipe()
		p.mu.Lock()
		defer p.mu.Unlock()
		go relay(tls.Server(listener, &tls.Config{Certificates: []tls.Certificate{certificate}}), near)
		return far, err
	}
	account.TLS = &tls.Config{RootCAs: pool}
	c, err := Dial(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), Action("Ping")); err != nil {
		t.Error(err)
	}
	c.Close()
	account.Addr = "other.example:5039"
	if _, err := Dial(t.Context(), account); err == nil || errors.Is(err, ErrLogin) {
		t.Errorf("a certificate for another host is taken: %v", err)
	}
}

// relay copies both ways until one side ends.
func relay(a, b net.Conn) {
	done := make(chan bool)
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			buffer := make([]byte, 1<<12)
			for {
				n, err := pair[0].Read(buffer)
				if err == nil {
					_, err = pair[1].Write(buffer[:n])
				}
				if err != nil {
					a.Close()
					b.Close()
					done <- true
					return
				}
			}
		}()
	}
	<-done
	<-done
}

func selfSigned(t *testing.T, host string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
