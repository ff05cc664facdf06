package storm

import (
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy forwards connections from the instances to Redis.
type proxy struct {
	addr    string
	target  string
	refuses atomic.Bool
	delay   atomic.Int64 // how long data waits before it is forwarded, in nanoseconds

	mu    sync.Mutex
	rng   *rand.Rand
	pairs map[*pair]bool
}

// pair is a connection from an instance to the proxy, and the matching connection from
// the proxy to Redis.
type pair struct {
	client, server net.Conn
	stalled        atomic.Pointer[chan struct{}] // if set, forwarding waits until the channel is closed
}

func startProxy(t testing.TB, target string, rng *rand.Rand) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String(), target: target, rng: rng, pairs: make(map[*pair]bool)}
	t.Cleanup(func() {
		l.Close()
		p.cut(1)
	})
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p
}

func (p *proxy) serve(client net.Conn) {
	defer reset(client)
	if p.refuses.Load() {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	c := &pair{client: client, server: server}
	p.mu.Lock()
	p.pairs[c] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.pairs, c)
		p.mu.Unlock()
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.forward(c, client, server)
		reset(client)
	}()
	p.forward(c, server, client)
	server.Close()
	<-done
}

func (p *proxy) forward(c *pair, to, from net.Conn) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(p.delay.Load()))
		if stalled := c.stalled.Load(); stalled != nil {
			<-*stalled
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// reset closes a connection with a TCP reset.
func reset(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

func (p *proxy) choose(part float64) (chosen []*pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		if p.rng.Float64() < part {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

func (p *proxy) cut(part float64) {
	for _, c := range p.choose(part) {
		reset(c.client)
	}
}

func (p *proxy) stall(part float64) (resume func()) {
	stalled := make(chan struct{})
	for _, c := range p.choose(part) {
		c.stalled.Store(&stalled)
	}
	return func() { close(stalled) }
}
