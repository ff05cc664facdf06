package stores_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores/storetest/redistest"
)

func TestRedisOutages(t *testing.T) {
	server := redistest.Start(t)
	redistest.Outages(t, server, func(t *testing.T) scs.CtxStore { return openRedis(t, "redis://"+server.Addr) })
}

// The value is larger than the kernel's buffers, so the write blocks while Redis hangs. The
// deadline of the context must end the write.
func TestRedisEndsWhileItSends(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	if err := store.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	defer server.Resume()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := store.CommitCtx(ctx, "key", make([]byte, 32<<20), time.Now().Add(time.Hour))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func TestRedisEndsWhileItConnects(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Pause()
	defer server.Resume()
	for name, url := range map[string]string{
		"password": "redis://:password@" + server.Addr,
		"database": "redis://" + server.Addr + "/1",
		"TLS":      "rediss://" + server.Addr,
	} {
		t.Run(name, func(t *testing.T) {
			store := openRedis(t, url)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			start := time.Now()
			_, _, err := store.FindCtx(ctx, "key")
			if want := "finding a session in redis: connecting to redis at " + server.Addr + ": timed out"; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
