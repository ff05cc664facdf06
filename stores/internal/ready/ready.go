// Package ready checks a Redis store and its servers. The error of [Check] usually
// tells an operator what is wrong.
package ready

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"example.com/wxlogin/stores/internal/failure"
)

// Store contains the store methods that Check calls.
type Store interface {
	FindCtx(ctx context.Context, key string) (value []byte, found bool, err error)
	CommitCtx(ctx context.Context, key string, value []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, key string) error
	CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error)
}

// Ask sends a command to one server and returns the strings in the reply. If the reply is
// not a bulk string, an array or a map, Ask can return an error. The command must not use
// a key.
type Ask func(ctx context.Context, command ...string) (reply []string, err error)

// Probe describes a store for Check.
type Probe struct {
	Store   Store
	Prefix  string
	Servers []Ask
	Addr    string // host:port of a server or of a Sentinel, or "" if unknown
	TLS     bool   // whether the store uses TLS at Addr
	Oldest  [2]int // major and minor number of the oldest Redis version that the store can use
}

const timeout = 3 * time.Second

// Check writes, swaps, reads and deletes test keys through the store. If this succeeds,
// Check checks the servers of the store. It returns nil or an error from [Explain]. Check
// adds a timeout of 3 seconds to ctx.
func Check(ctx context.Context, p Probe) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := Attempt(ctx, p.Addr, p.TLS, func() error { return p.useMany(ctx) })
	for _, ask := range p.Servers {
		if err == nil {
			err = server(ctx, ask, p.Oldest)
		}
	}
	if err != nil {
		return Explain(err, p.Prefix)
	}
	return nil
}

// patience is the longest time that Attempt waits for its parameter f before it calls
// Protocol. If the store uses TLS and the server does not, both often wait for data from
// each other. In this case f returns only at its timeout.
const patience = 300 * time.Millisecond

// Attempt runs f, which uses the server at addr, and returns the error of f. If f takes
// longer than 300 ms, or fails with an error that wraps no [failure.Reply], Attempt calls
// [Protocol]. If Protocol returns an error, Attempt returns the error of Protocol and
// does not wait for f.
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

// useMany tries several keys because a Redis Cluster spreads keys over its nodes. If the
// store can reach only one of three nodes, p.use fails for about two thirds of all keys.
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

// The key of a session cannot start with a semicolon, so no key of Check is the key of a session.
const keyStart = ";r"

// IsKey reports whether key has the form of the keys that Check writes. The parameter key
// must not contain the store's prefix. The values of such keys are not sessions, so AllCtx
// of the Redis stores skips these keys.
func IsKey(key string) bool {
	return len(key) == len(keyStart)+26 && key[:len(keyStart)] == keyStart
}
