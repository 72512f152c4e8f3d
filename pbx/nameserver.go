package pbx

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// ErrNoNameserver: Options.Nameserver cannot be had here. It takes root, and a
// machine that lets root mount.
var ErrNoNameserver = errors.New("no nameserver of its own for Asterisk here")

// Nameserver is a DNS server for Asterisks under test, on a loopback address of
// its own: port 53 is the only one that a resolver asks. It knows the services
// that it has been told and the hosts that they lead to, which all are 127.0.0.1;
// it says at once that there is nothing else. Its methods may be used from any
// goroutine. Close must be called.
type Nameserver struct {
	Addr string // of the server, without the port: what Options.Nameserver takes

	conn     net.PacketConn
	mu       sync.Mutex
	services map[string][]net.SRV // by name, with a dot at its end
	hosts    map[string]bool
	done     sync.WaitGroup
}

// NewNameserver starts a Nameserver that knows nothing yet.
func NewNameserver() (*Nameserver, error) {
	n := &Nameserver{services: make(map[string][]net.SRV), hosts: make(map[string]bool)}
	var err error
	for i := range 254 { // another test's may be running
		n.Addr = fmt.Sprintf("127.53.53.%d", i+1)
		n.conn, err = net.ListenPacket("udp4", n.Addr+":53")
		if errors.Is(err, os.ErrPermission) {
			return nil, fmt.Errorf("%w: %w", ErrNoNameserver, err)
		}
		if err == nil {
			n.done.Go(n.serve)
			return n, nil
		}
	}
	return nil, err
}

// Close ends the server and waits until it has.
func (n *Nameserver) Close() {
	n.conn.Close()
	n.done.Wait()
}

// Set makes a service, such as "_agi._tcp.ivr.test", lead to these targets from
// now on; the answer has them in this order.
func (n *Nameserver) Set(service string, targets ...net.SRV) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.services[service+"."] = targets
	for _, target := range targets {
		n.hosts[target.Target+"."] = true
	}
}

func (n *Nameserver) serve() {
	packet := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(packet)
		if err != nil {
			return
		}
		var p dnsmessage.Parser
		header, err := p.Start(packet[:size])
		if err != nil {
			continue
		}
		question, err := p.Question()
		if err != nil {
			continue
		}
		reply := n.answer(question)
		reply.ID, reply.RecursionDesired = header.ID, header.RecursionDesired
		if text, err := reply.Pack(); err == nil {
			n.conn.WriteTo(text, from)
		}
	}
}

func (n *Nameserver) answer(q dnsmessage.Question) *dnsmessage.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := &dnsmessage.Message{
		Header:    dnsmessage.Header{Response: true, Authoritative: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	add := func(body dnsmessage.ResourceBody) {
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: body})
	}
	name := strings.ToLower(q.Name.String())
	targets, service := n.services[name]
	switch {
	case service && q.Type == dnsmessage.TypeSRV:
		for _, target := range targets {
			add(&dnsmessage.SRVResource{Priority: target.Priority, Weight: target.Weight, Port: target.Port, Target: dnsmessage.MustNewName(target.Target + ".")})
		}
	case n.hosts[name] && q.Type == dnsmessage.TypeA:
		add(&dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}})
	case !service && !n.hosts[name]:
		m.RCode = dnsmessage.RCodeNameError
	}
	return m
}

// useNameserver gives the thread that runs it, and what it starts, a resolv.conf
// of their own in place of the one that all Asterisks under Root share. The
// thread must be locked to its goroutine and end with it.
func (a *Asterisk) useNameserver(addr string) error {
	if addr == "" {
		return nil
	}
	own := filepath.Join(a.Dir, "etc/resolv.conf")
	if err := os.WriteFile(own, []byte("nameserver "+addr+"\n"), 0o644); err != nil {
		return err
	}
	err := unix.Unshare(unix.CLONE_NEWNS)
	if err == nil {
		// Nothing that is mounted here is to be seen elsewhere.
		err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	}
	if err == nil {
		err = unix.Mount(own, filepath.Join(a.Root, "etc/resolv.conf"), "", unix.MS_BIND, "")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoNameserver, err)
	}
	return nil
}
