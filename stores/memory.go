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

// Memory is a session store in the memory of the process. Memory starts no goroutine
// and needs no Close. Some reads and writes also remove expired sessions, from a small
// part of the store each time. So no operation spends a long time on removal.
//
// All sessions are lost when the process ends. Other processes cannot read them. The
// number of sessions has no limit. In a store with many sessions, a session of less than
// 1 KiB takes the bytes of its key and its value, plus about 40 to 130 bytes. A longer
// session can take up to about twice the bytes of its key and its value.
//
// Later reads and writes free memory of deleted, replaced and expired sessions. But the
// store can keep a part of this memory, usually at most as many bytes as the remaining
// sessions take. The index of the store never shrinks. For example, if the store ever had
// one million sessions, the index takes 20 to 40 MB.
//
// All methods are safe for concurrent use. The only error that a method returns is
// [ErrNotFound]. The methods ignore the cancellation and the deadline of a context.
// CommitCtx supports [UpdateOnly].
type Memory struct {
	seed   maphash.Seed
	shards [64]shard
	read   atomic.Pointer[time.Time] // the time that m.now last got from time.Now
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

// A Memory consists of shards, and a shard keeps its sessions in pages. On average, one
// in writesPerSweep writes and one in readsPerSweep reads removes the expired sessions of
// up to two pages. One page is in the shard of the key that is written or read, so a shard
// with more writes is checked more often. The other page is in a random shard, because
// sessions also expire in shards without reads and writes.
//
// A page has room for about 80 sessions of 200 bytes. With sessions of this size, a write
// checks about 2*80/32 = 5 sessions on average, and adds at most one.
const (
	writesPerSweep = 32
	readsPerSweep  = 512
)

// at returns the shard and the hash of a key.
func (m *Memory) at(key string, opsPerSweep uint32) (*shard, hash) {
	h := hash(maphash.String(m.seed, key))
	s := &m.shards[h%hash(len(m.shards))]
	if rand.Uint32()%opsPerSweep == 0 {
		s.sweep(m)
		m.shards[rand.IntN(len(m.shards))].sweep(m)
	}
	return s, h
}

// hash returns the hash that Memory.at returns for the same key.
func (m *Memory) hash(key []byte) hash {
	return hash(maphash.Bytes(m.seed, key))
}

// now returns the time in microseconds since 1970. Reading a clock takes about as long as
// looking up a key, and time.Now reads two clocks. So m.now usually reads only the monotonic
// clock, and returns the time in m.read plus the time that has passed since then. If the
// time in m.read is more than a second old, m.now calls time.Now, because the monotonic
// clock of many systems stops while the machine is suspended.
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

// Find returns the value of a key. found is false if the key is absent or expired. The
// caller must not modify the value.
func (m *Memory) Find(key string) (value []byte, found bool, err error) {
	s, h := m.at(key, readsPerSweep)
	s.mu.RLock()
	r, found := s.find(m, h, key)
	s.mu.RUnlock()
	return r.value, found, nil
}

// FindCtx does the same as Find.
func (m *Memory) FindCtx(_ context.Context, key string) (value []byte, found bool, err error) {
	return m.Find(key)
}

// Commit sets the value and the expiry of a key. The store keeps a copy of the value. If
// expiry has passed, Find does not find the key after the commit.
func (m *Memory) Commit(key string, value []byte, expiry time.Time) error {
	return m.CommitCtx(context.Background(), key, value, expiry)
}

// CommitCtx does the same as Commit. If ctx comes from [UpdateOnly] with the same key, and
// the key is absent or expired, CommitCtx returns [ErrNotFound].
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

// Delete deletes a key. It does nothing if the key is absent.
func (m *Memory) Delete(key string) error {
	s, h := m.at(key, writesPerSweep)
	s.mu.Lock()
	s.remove(h)
	s.mu.Unlock()
	return nil
}

// DeleteCtx does the same as Delete.
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

// Len returns the number of keys, for metrics. The number includes expired keys that
// the store has not removed yet. The fewer reads and writes the store gets, the later it
// removes expired keys.
func (m *Memory) Len() int {
	n := 0
	for i := range m.shards {
		n += m.shards[i].len()
	}
	return n
}

// All returns all keys that have not expired, with their values. It can miss changes that
// are made during the call. The caller must not modify the values.
func (m *Memory) All() (map[string][]byte, error) {
	all := make(map[string][]byte)
	for i := range m.shards {
		m.shards[i].addTo(all)
	}
	return all, nil
}

// AllCtx does the same as All.
func (m *Memory) AllCtx(context.Context) (map[string][]byte, error) {
	return m.All()
}
