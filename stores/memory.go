package stores

import (
	"bytes"
	"context"
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Memory is a session store in the memory of the process. It has no goroutine
// and nothing to close: expired sessions are removed little by little as the
// store is used, by reads and writes of whatever keys, and no operation waits
// for the removal of many.
//
// Sessions end with the process and are not seen by others. There is no limit
// to their number, because a session that has not expired is never dropped.
// One takes the length of its key and value and 60 to 130 bytes, or up to twice
// its length if that is several KiB.
//
// All methods may be called from many goroutines at once. Their only error is
// [ErrNotFound]; a context is not looked at but for [UpdateOnly].
type Memory struct {
	seed   maphash.Seed
	shards [64]shard
	read   atomic.Pointer[time.Time] // when all clocks were last read
}

var (
	_ scs.CtxStore         = (*Memory)(nil)
	_ scs.IterableStore    = (*Memory)(nil)
	_ scs.IterableCtxStore = (*Memory)(nil)
	_ Swapper              = (*Memory)(nil)
)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	m := &Memory{seed: maphash.MakeSeed()}
	m.read.Store(new(time.Time))
	for i := range m.shards {
		m.shards[i].index = make(map[hash]place)
	}
	return m
}

// One in so many operations removes what has expired from a page of its own
// shard, which may get all the writes there are, and from a page of any other,
// which may get none. A page has room for about 80 sessions, so a write looks at
// five others, and the expired ones that are not yet removed are few beside
// those that live.
const (
	writesPerSweep = 32
	readsPerSweep  = 512
)

// at returns where a key belongs.
func (m *Memory) at(key string, opsPerSweep uint32) (*shard, hash) {
	h := hash(maphash.String(m.seed, key))
	s := &m.shards[h%hash(len(m.shards))]
	if rand.Uint32()%opsPerSweep == 0 {
		s.sweep(m)
		m.shards[rand.IntN(len(m.shards))].sweep(m)
	}
	return s, h
}

// hash is what at has for the same key.
func (m *Memory) hash(key []byte) hash {
	return hash(maphash.Bytes(m.seed, key))
}

// now is the time in microseconds since 1970. Of the two clocks that time.Now
// reads it reads only the monotonic one, but once in a second, so as not to lose
// the time for which the machine was suspended: reading a clock takes as long as
// looking up a key.
func (m *Memory) now() int64 {
	read := m.read.Load()
	since := time.Since(*read)
	if since > time.Second {
		now := time.Now()
		m.read.Store(&now)
		return now.UnixMicro()
	}
	return (read.UnixNano() + int64(since)) / 1000
}

// Find returns the value of a key. It must not be modified.
func (m *Memory) Find(key string) (value []byte, found bool, err error) {
	s, h := m.at(key, readsPerSweep)
	s.mu.RLock()
	r, found := s.find(m, h, key)
	s.mu.RUnlock()
	return r.value, found, nil
}

// FindCtx is Find.
func (m *Memory) FindCtx(_ context.Context, key string) (value []byte, found bool, err error) {
	return m.Find(key)
}

// Commit sets the value of a key and when it expires. The store keeps a copy.
func (m *Memory) Commit(key string, value []byte, expiry time.Time) error {
	return m.CommitCtx(context.Background(), key, value, expiry)
}

// CommitCtx is Commit. Under [UpdateOnly] it returns [ErrNotFound] if there is
// no such key.
func (m *Memory) CommitCtx(ctx context.Context, key string, value []byte, expiry time.Time) error {
	updateOnly := IsUpdateOnly(ctx, key)
	s, h := m.at(key, writesPerSweep)
	s.mu.Lock()
	defer s.mu.Unlock()
	if updateOnly {
		if _, found := s.find(m, h, key); !found {
			return ErrNotFound
		}
	}
	s.set(h, key, value, expiry)
	return nil
}

// Delete removes a key. It does nothing if there is no such key.
func (m *Memory) Delete(key string) error {
	s, h := m.at(key, writesPerSweep)
	s.mu.Lock()
	s.remove(h)
	s.mu.Unlock()
	return nil
}

// DeleteCtx is Delete.
func (m *Memory) DeleteCtx(_ context.Context, key string) error {
	return m.Delete(key)
}

// CompareAndSwapCtx implements [Swapper].
func (m *Memory) CompareAndSwapCtx(_ context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error) {
	s, h := m.at(key, writesPerSweep)
	s.mu.Lock()
	defer s.mu.Unlock()
	r, found := s.find(m, h, key)
	if found != (old != nil) || !bytes.Equal(r.value, old) {
		return false, nil
	}
	if new == nil {
		s.remove(h)
	} else {
		s.set(h, key, new, expiry)
	}
	return true, nil
}

// All returns the values of all keys that have not expired. They must not be
// modified.
func (m *Memory) All() (map[string][]byte, error) {
	all := make(map[string][]byte)
	for i := range m.shards {
		m.shards[i].addTo(all)
	}
	return all, nil
}

// AllCtx is All.
func (m *Memory) AllCtx(context.Context) (map[string][]byte, error) {
	return m.All()
}
