package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest"
	"example.com/wxlogin/stores/storetest/redistest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) scs.Store { return stores.NewMemory() })
}

func TestRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) scs.Store {
		server.Do("FLUSHALL")
		store, err := stores.OpenRedis("redis://" + server.Addr + "?prefix=p:")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		return store
	})
}

// TestMemstore and TestRedisstore check that storetest.Run accepts two stores of scs.

func TestMemstore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) scs.Store {
		return memstore.NewWithCleanupInterval(0) // 0: no cleanup goroutine
	})
}

func TestRedisstore(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) scs.Store {
		server.Do("FLUSHALL")
		pool := &redis.Pool{
			MaxIdle: 20,
			Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) },
		}
		t.Cleanup(func() { pool.Close() })
		return redisstore.New(pool)
	})
}

var brokenStores = []struct {
	fails string // the name of the check that must detect the store's bug
	store func(*stores.Memory) scs.Store
}{
	{"Store/absent key", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, find: func(key string) ([]byte, bool, error) { return nil, true, nil }}
	}},
	{"Store/commit replaces the value", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commit: func(key string, b []byte, expiry time.Time) error {
			if old, found, _ := m.Find(key); found {
				b = old
			}
			return m.Commit(key, b, expiry)
		}}
	}},
	{"Store/commit replaces the expiry", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commit: func(key string, b []byte, _ time.Time) error {
			return m.Commit(key, b, time.Now().Add(time.Hour))
		}}
	}},
	{"Store/expired key is absent", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commit: func(key string, b []byte, expiry time.Time) error {
			return m.Commit(key, b, expiry.Add(-200*time.Millisecond))
		}}
	}},
	{"Store/values are bytes", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commit: func(key string, b []byte, expiry time.Time) error {
			return m.Commit(key, bytes.ToValidUTF8(b, nil), expiry)
		}}
	}},
	{"Store/keys differ by case and length", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commit: func(key string, b []byte, expiry time.Time) error {
			return m.Commit(strings.ToLower(key), b, expiry)
		}, find: func(key string) ([]byte, bool, error) { return m.Find(strings.ToLower(key)) }}
	}},
	{"Store/expiry in two centuries", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commit: func(key string, b []byte, expiry time.Time) error {
			return m.Commit(key, b, time.Unix(int64(int32(expiry.Unix())), 0))
		}}
	}},
	{"EndedContext/cancelled context", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, findCtx: func(context.Context, string) ([]byte, bool, error) { return nil, false, nil }}
	}},
	{"EndedContext/deadline that has passed", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, findCtx: func(ctx context.Context, key string) ([]byte, bool, error) {
			return nil, false, unsafe{ctx.Err(), key}
		}}
	}},
	{"UpdateOnly/absent key", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commitCtx: func(_ context.Context, key string, b []byte, expiry time.Time) error {
			return m.Commit(key, b, expiry)
		}}
	}},
	{"UpdateOnly/expiry that has passed", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commitCtx: func(ctx context.Context, key string, b []byte, expiry time.Time) error {
			if stores.IsUpdateOnly(ctx, key) && time.Now().After(expiry) {
				return m.Delete(key)
			}
			return m.CommitCtx(ctx, key, b, expiry)
		}}
	}},
	{"UpdateOnly/deletion is final", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, commitCtx: func(ctx context.Context, key string, b []byte, expiry time.Time) error {
			if _, found, _ := m.Find(key); stores.IsUpdateOnly(ctx, key) && !found {
				return stores.ErrNotFound
			}
			time.Sleep(10 * time.Microsecond)
			return m.Commit(key, b, expiry)
		}}
	}},
	{"Swapper/outcomes", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, swap: func(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
			return m.CompareAndSwapCtx(ctx, key, append([]byte(nil), old...), new, expiry) // replaces an empty old value with nil
		}}
	}},
	{"Swapper/expiry that has passed", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, swap: func(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
			return m.CompareAndSwapCtx(ctx, key, old, new, time.Now().Add(time.Hour))
		}}
	}},
	{"Swapper/many goroutines", func(m *stores.Memory) scs.Store {
		return broken{Memory: m, swap: func(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
			value, found, _ := m.Find(key)
			if found != (old != nil) || !bytes.Equal(value, old) {
				return false, nil
			}
			time.Sleep(time.Microsecond)
			return true, m.Commit(key, new, expiry)
		}}
	}},
	{"IterableStore/empty store", func(m *stores.Memory) scs.Store { return iterable{m, nil} }},
	{"IterableStore/all that have not expired", func(m *stores.Memory) scs.Store {
		return iterable{m, map[string][]byte{}}
	}},
	{"CachedFinder/own changes after a read", func(m *stores.Memory) scs.Store { return &stale{Memory: m} }},
	{"CachedFinder/own updates and swaps after a read", func(m *stores.Memory) scs.Store { return &stale{Memory: m} }},
	{"CachedFinder/expiry after a read", func(m *stores.Memory) scs.Store { return &stale{Memory: m} }},
	{"ReadyChecker/working store", func(m *stores.Memory) scs.Store {
		return ready{m, func(context.Context) error { return m.Commit("probe", nil, time.Now().Add(time.Hour)) }}
	}},
	{"ReadyChecker/cancelled context", func(m *stores.Memory) scs.Store {
		return ready{m, func(context.Context) error { return errors.New("not ready") }}
	}},
}

// TestRunNoticesBrokenStores starts a process for each store in brokenStores, because
// storetest.Run must fail the test that calls it.
func TestRunNoticesBrokenStores(t *testing.T) {
	const variable = "STORETEST_BROKEN"
	for i, broken := range brokenStores {
		t.Run(broken.fails, func(t *testing.T) {
			if os.Getenv(variable) == fmt.Sprint(i) {
				storetest.Run(t, func(t *testing.T) scs.Store { return broken.store(stores.NewMemory()) })
				return
			}
			if os.Getenv(variable) != "" {
				return
			}
			t.Parallel()
			name := strings.ReplaceAll(broken.fails, " ", "_")
			group, check, _ := strings.Cut(name, "/")
			run := exec.Command(os.Args[0], fmt.Sprintf("-test.run=^TestRunNoticesBrokenStores$/^%[1]s$/^%[2]s$/^%[1]s$/^%[2]s$", group, check))
			run.Env = append(os.Environ(), fmt.Sprintf("%s=%d", variable, i))
			out, err := run.CombinedOutput()
			if want := "FAIL: TestRunNoticesBrokenStores/" + name + "/" + name; err == nil || !strings.Contains(string(out), want) {
				t.Errorf("error %v, want %q in:\n%s", err, want, out)
			}
		})
	}
}

type broken struct {
	*stores.Memory
	find      func(key string) ([]byte, bool, error)
	findCtx   func(ctx context.Context, key string) ([]byte, bool, error)
	commit    func(key string, b []byte, expiry time.Time) error
	commitCtx func(ctx context.Context, key string, b []byte, expiry time.Time) error
	swap      func(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error)
}

func (s broken) Find(key string) ([]byte, bool, error) {
	if s.find != nil {
		return s.find(key)
	}
	return s.Memory.Find(key)
}

func (s broken) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	if s.findCtx != nil {
		return s.findCtx(ctx, key)
	}
	return s.Find(key)
}

func (s broken) Commit(key string, b []byte, expiry time.Time) error {
	if s.commit != nil {
		return s.commit(key, b, expiry)
	}
	return s.Memory.Commit(key, b, expiry)
}

func (s broken) CommitCtx(ctx context.Context, key string, b []byte, expiry time.Time) error {
	if s.commitCtx != nil {
		return s.commitCtx(ctx, key, b, expiry)
	}
	return s.Memory.CommitCtx(ctx, key, b, expiry)
}

func (s broken) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
	if s.swap != nil {
		return s.swap(ctx, key, old, new, expiry)
	}
	return s.Memory.CompareAndSwapCtx(ctx, key, old, new, expiry)
}

type unsafe struct {
	error
	key string
}

func (e unsafe) Unwrap() error     { return e.error }
func (e unsafe) SafeError() string { return "no " + e.key }

type iterable struct {
	*stores.Memory
	all map[string][]byte
}

func (s iterable) All() (map[string][]byte, error) { return s.all, nil }

type stale struct {
	*stores.Memory
	cache sync.Map
}

func (s *stale) FindCachedCtx(_ context.Context, key string) ([]byte, bool, error) {
	if b, ok := s.cache.Load(key); ok {
		return b.([]byte), true, nil
	}
	b, found, err := s.Memory.Find(key)
	if found {
		s.cache.Store(key, b)
	}
	return b, found, err
}

type ready struct {
	*stores.Memory
	check func(context.Context) error
}

func (s ready) Ready(ctx context.Context) error { return s.check(ctx) }
