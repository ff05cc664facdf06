package stores_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
)

func TestRedisExchangesSessionsWithRedisstore(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	pool := &redis.Pool{MaxIdle: 4, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) }}
	defer pool.Close()
	theirs, ours := redisstore.New(pool), openRedis(t, "redis://"+server.Addr)
	const prefix = "shop:"
	theirShop, ourShop, ourPool := redisstore.NewWithPrefix(pool, prefix), openRedis(t, "redis://"+server.Addr+"?prefix=shop:"), stores.NewRedisWithPrefix(pool, prefix)
	gob := scs.GobCodec{}
	tests := []struct {
		name                   string
		writer, reader         scs.Store
		writerCodec, readCodec scs.Codec
	}{
		{"to ours, gob kept", theirs, ours, gob, gob},
		{"back, gob kept", ours, theirs, gob, gob},
		{"to ours with a prefix", theirShop, ourShop, gob, gob},
		{"back with a prefix", ourShop, theirShop, gob, gob},
		{"to ours with a prefix, same pool", theirShop, ourPool, gob, gob},
		{"to ours, first step to Codec", theirs, ours, gob, ReadBoth{}},
		{"back from the first step", ours, theirs, ReadBoth{}, gob},
		{"second step to Codec", ours, ours, ReadBoth{}, stores.Codec{}},
		{"back from the second step", ours, ours, stores.Codec{}, ReadBoth{}},
		{"to ours and Codec at once", theirs, ours, gob, stores.Codec{}},
		{"back with Codec kept", ours, theirs, stores.Codec{}, stores.Codec{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			manager := func(store scs.Store, codec scs.Codec) *scs.SessionManager {
				m := scs.New()
				m.Store, m.Codec = store, codec
				return m
			}
			writer, reader := manager(test.writer, test.writerCodec), manager(test.reader, test.readCodec)
			ctx, _ := writer.Load(t.Context(), "")
			writer.Put(ctx, "name", "Li Hua")
			writer.Put(ctx, "visits", 3)
			token, expiry, err := writer.Commit(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got, err := reader.Load(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			if reader.GetString(got, "name") != "Li Hua" || reader.GetInt(got, "visits") != 3 || reader.Token(got) != token {
				t.Errorf("session %q: %v", reader.Token(got), reader.Keys(got))
			}
			for _, key := range keysOf(server) {
				expiresAt(t, server, key, expiry)
			}
			if err := reader.Destroy(got); err != nil {
				t.Fatal(err)
			}
			if _, found, _ := test.writer.Find(token); found {
				t.Error("the logout did not reach the other store")
			}
			if left := keysOf(server); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

func keysOf(s *redistest.Server) []string {
	keys, _ := redis.Strings(s.Do("KEYS", "*"), nil)
	return keys
}

func expiresAt(t *testing.T, s *redistest.Server, key string, want time.Time) {
	t.Helper()
	ttl, err := redis.Int64(s.Do("PTTL", key), nil)
	if err != nil {
		t.Fatal(err)
	}
	if off := time.Now().UnixMilli() + ttl - want.UnixMilli(); off < -1000 || off > 1000 {
		t.Errorf("%s expires %d ms after the time that was asked for", key, off)
	}
}

func TestRedisSendsOneCommand(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store, ctx, expiry := openRedis(t, "redis://"+server.Addr), context.Background(), time.Now().Add(time.Hour)
	store.CompareAndSwapCtx(ctx, "script", nil, []byte("loads the script"), expiry)
	tests := []struct {
		name string
		want map[string]int // the number of calls of each command, also inside scripts
		run  func() error
	}{
		{"find", map[string]int{"get": 1}, func() error { _, _, err := store.FindCtx(ctx, "a"); return err }},
		{"commit", map[string]int{"set": 1}, func() error { return store.CommitCtx(ctx, "a", []byte("b"), expiry) }},
		{"update", map[string]int{"set": 1}, func() error { return store.CommitCtx(stores.UpdateOnly(ctx, "a"), "a", []byte("b"), expiry) }},
		{"commit what has expired", map[string]int{"del": 1}, func() error { return store.CommitCtx(ctx, "a", []byte("b"), time.Now()) }},
		{"delete", map[string]int{"del": 1}, func() error { return store.DeleteCtx(ctx, "a") }},
		{"swap", map[string]int{"evalsha": 1, "get": 1, "set": 1}, func() error {
			_, err := store.CompareAndSwapCtx(ctx, "a", nil, []byte("b"), expiry)
			return err
		}},
		{"ping", map[string]int{"ping": 1}, func() error { return store.Ping(ctx) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server.Do("CONFIG", "RESETSTAT")
			if err := test.run(); err != nil {
				t.Fatal(err)
			}
			got := make(map[string]int)
			stats, _ := redis.String(server.Do("INFO", "commandstats"), nil)
			for line := range strings.Lines(stats) {
				command, rest, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
				if ok && !strings.Contains(command, "|") && command != "info" {
					got[command] = count(rest)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedisLoadsTheScriptAgain(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	for i := range 3 {
		if swapped, err := store.CompareAndSwapCtx(t.Context(), fmt.Sprint(i), nil, []byte("new"), time.Now().Add(time.Hour)); !swapped || err != nil {
			t.Error(swapped, err)
		}
		server.Do("SCRIPT", "FLUSH")
	}
}

// A store must not see the keys of a store with another prefix. If the store did not escape
// the prefix "*", SCAN would read it as a pattern that matches all keys.
func TestRedisPrefix(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	one, other := openRedis(t, "redis://"+server.Addr+"?prefix=one:"), openRedis(t, "redis://"+server.Addr+"?prefix=%2A") // %2A is *
	ctx, expiry := t.Context(), time.Now().Add(time.Hour)
	if err := one.Commit("key", []byte("1"), expiry); err != nil {
		t.Fatal(err)
	}
	if _, found, err := other.Find("key"); found || err != nil {
		t.Errorf("the other finds it: %t, %v", found, err)
	}
	if err := other.CommitCtx(stores.UpdateOnly(ctx, "key"), "key", []byte("2"), expiry); !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("the other updates it: %v", err)
	}
	if swapped, err := other.CompareAndSwapCtx(ctx, "key", nil, []byte("2"), expiry); !swapped || err != nil {
		t.Errorf("the other cannot create its own: %t, %v", swapped, err)
	}
	for name, test := range map[string]struct {
		store *stores.Redis
		want  map[string][]byte
	}{"one": {one, map[string][]byte{"key": []byte("1")}}, "other": {other, map[string][]byte{"key": []byte("2")}}} {
		all, err := test.store.All()
		if diff := cmp.Diff(test.want, all); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	if err := other.Delete("key"); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"one:key"}, keysOf(server)); diff != "" {
		t.Error(diff)
	}
}

func TestRedisExpiry(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store, ctx := openRedis(t, "redis://"+server.Addr), t.Context()
	update := stores.UpdateOnly(ctx, "key")
	swap := func(old, new string, expiry time.Time) error {
		swapped, err := store.CompareAndSwapCtx(ctx, "key", []byte(old), []byte(new), expiry)
		if !swapped && err == nil {
			err = errors.New("not swapped")
		}
		return err
	}
	var longest time.Duration = 1<<63 - 1
	for name, test := range map[string]struct {
		write  func(expiry time.Time) error
		expiry time.Time
		want   time.Time
	}{
		"commit":                   {func(e time.Time) error { return store.CommitCtx(ctx, "key", []byte("2"), e) }, time.Now().Add(time.Hour), time.Now().Add(time.Hour)},
		"update":                   {func(e time.Time) error { return store.CommitCtx(update, "key", []byte("2"), e) }, time.Now().Add(time.Hour), time.Now().Add(time.Hour)},
		"swap":                     {func(e time.Time) error { return swap("1", "2", e) }, time.Now().Add(time.Hour), time.Now().Add(time.Hour)},
		"commit for ever":          {func(e time.Time) error { return store.CommitCtx(ctx, "key", []byte("2"), e) }, time.Now().AddDate(1000, 0, 0), time.Now().Add(longest)},
		"swap for ever":            {func(e time.Time) error { return swap("1", "2", e) }, time.Now().AddDate(1000, 0, 0), time.Now().Add(longest)},
		"commit what has expired":  {func(e time.Time) error { return store.CommitCtx(ctx, "key", []byte("2"), e) }, time.Now().Add(-time.Hour), time.Time{}},
		"update what has expired":  {func(e time.Time) error { return store.CommitCtx(update, "key", []byte("2"), e) }, time.Now().Add(-time.Hour), time.Time{}},
		"swap what has expired":    {func(e time.Time) error { return swap("1", "2", e) }, time.Now().Add(-time.Hour), time.Time{}},
		"commit under a zero time": {func(e time.Time) error { return store.CommitCtx(ctx, "key", []byte("2"), e) }, time.Time{}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := store.CommitCtx(ctx, "key", []byte("1"), time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if err := test.write(test.expiry); err != nil {
				t.Fatal(err)
			}
			if test.want.IsZero() {
				if keys := keysOf(server); len(keys) > 0 {
					t.Errorf("left: %q", keys)
				}
				return
			}
			expiresAt(t, server, "scs:session:key", test.want)
		})
	}
	if err := store.DeleteCtx(ctx, "key"); err != nil {
		t.Fatal(err)
	}
	if err := store.CommitCtx(update, "key", nil, time.Now().Add(-time.Hour)); !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("an update of an absent key with an expiry that has passed: %v", err)
	}
}

func TestRedisUnderTheDocumentedACL(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	user(server, "app", documentedACL...)
	store := openRedis(t, "redis://app:hunter2@"+server.Addr)
	everyOperation(t, store)
	if _, err := store.All(); err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("All without SCAN: %v", err)
	}
	user(server, "app", append([]any{"+scan", "+mget", "+ping", "+select"}, documentedACL...)...)
	store = openRedis(t, "redis://app:hunter2@"+server.Addr+"/1")
	everyOperation(t, store)
	if _, err := store.All(); err != nil {
		t.Error(err)
	}
	if err := store.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func everyOperation(t *testing.T, store *stores.Redis) {
	t.Helper()
	ctx, expiry := t.Context(), time.Now().Add(time.Hour)
	must := func(ok bool, err error) {
		t.Helper()
		if !ok || err != nil {
			t.Error(ok, err)
		}
	}
	must(store.CompareAndSwapCtx(ctx, "key", nil, []byte("1"), expiry))
	must(true, store.CommitCtx(ctx, "key", []byte("2"), expiry))
	must(true, store.CommitCtx(stores.UpdateOnly(ctx, "key"), "key", []byte("3"), expiry))
	must(store.CompareAndSwapCtx(ctx, "key", []byte("3"), nil, expiry))
	_, found, err := store.FindCtx(ctx, "key")
	must(!found, err)
	must(true, store.CommitCtx(ctx, "key", []byte("2"), time.Now().Add(-time.Hour)))
	must(true, store.DeleteCtx(ctx, "key"))
	must(true, store.Ready(ctx))
}
