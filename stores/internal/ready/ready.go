// Package ready finds out whether a store on Redis works, and why not, in words
// for an operator. Both stores on Redis use the same words.
package ready

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"example.com/wxlogin/stores/internal/failure"
)

// Store is what both stores on Redis can do.
type Store interface {
	FindCtx(ctx context.Context, key string) (value []byte, found bool, err error)
	CommitCtx(ctx context.Context, key string, value []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, key string) error
	CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error)
}

// Ask sends a command to one server and returns its reply: the strings of an array, or
// the one string that it is. The command has no key.
type Ask func(ctx context.Context, command ...string) (reply []string, err error)

// Probe is a store to be checked.
type Probe struct {
	Store   Store
	Prefix  string // of the store's keys
	Servers []Ask  // one for each server of the store
	Addr    string // host:port of a server, or "" if unknown
	TLS     bool   // whether the store uses TLS at Addr
}

const timeout = 3 * time.Second

// Check returns nil if the store works, or an error that [Explain] made. It ends
// with ctx, or after 3 seconds.
func Check(ctx context.Context, p Probe) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := Attempt(ctx, p.Addr, p.TLS, func() error { return p.useMany(ctx) })
	for _, ask := range p.Servers {
		if err == nil {
			err = server(ctx, ask)
		}
	}
	if err != nil {
		return Explain(err, p.Prefix)
	}
	return nil
}

// patience is how long an attempt may take before Attempt suspects that only one of
// store and server speaks TLS. Both then often wait for each other.
const patience = 300 * time.Millisecond

// Attempt runs f, which uses the server at addr, and returns its error. If f fails
// or takes long because of TLS on one side only, Attempt returns an error that says
// so, and does not wait for f.
func Attempt(ctx context.Context, addr string, useTLS bool, f func() error) error {
	result := make(chan error, 1)
	go func() { result <- f() }()
	suspicion := time.NewTimer(patience)
	defer suspicion.Stop()
	select {
	case err := <-result:
		if err != nil && !errors.As(err, new(failure.Reply)) {
			return cmp.Or(Protocol(ctx, addr, useTLS), err)
		}
		return err
	case <-suspicion.C:
		if err := Protocol(ctx, addr, useTLS); err != nil {
			return err
		}
		return <-result
	}
}

// useMany uses one key, and if that works, several at once. In a Redis Cluster they
// belong to several nodes. A store that knows one node of three can use one key of three.
func (p Probe) useMany(ctx context.Context) error {
	if err := p.use(ctx); err != nil {
		return err
	}
	const keys = 8
	results := make(chan error, keys)
	for range keys {
		go func() { results <- p.use(ctx) }()
	}
	var errs error
	for range keys {
		errs = errors.Join(errs, <-results)
	}
	return errs
}

// use writes, swaps, reads and deletes a new key.
func (p Probe) use(ctx context.Context) error {
	key := keyStart + rand.Text()
	first, second, expiry := []byte("1"), []byte("2"), time.Now().Add(10*time.Second)
	if err := p.Store.CommitCtx(ctx, key, first, expiry); err != nil {
		return err
	}
	swapped, err := p.Store.CompareAndSwapCtx(ctx, key, first, second, expiry)
	if err != nil {
		return err
	}
	value, found, err := p.Store.FindCtx(ctx, key)
	if err != nil {
		return err
	}
	if !swapped || !found || string(value) != string(second) {
		return failure.Text("redis does not return what was just written: writes and reads must go to the same server, a master")
	}
	return p.Store.DeleteCtx(ctx, key)
}

// keyStart begins the keys of probes. No token begins with a semicolon.
const keyStart = ";r"

// IsKey reports whether a key, without the store's prefix, is that of a probe. Its value
// is no session, so All must leave it out.
func IsKey(key string) bool {
	return len(key) == len(keyStart)+26 && key[:len(keyStart)] == keyStart
}
