package stores_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/stores"
)

func TestMemoryExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := stores.NewMemory()
		m.Commit("key", []byte("value"), time.Now().Add(time.Hour))
		time.Sleep(time.Hour - time.Millisecond)
		if _, found, _ := m.Find("key"); !found {
			t.Error("gone before it expired")
		}
		time.Sleep(time.Millisecond)
		if _, found, _ := m.Find("key"); found {
			t.Error("found when it had expired")
		}
		ctx := stores.UpdateOnly(context.Background(), "key")
		if err := m.CommitCtx(ctx, "key", []byte("value"), time.Now().Add(time.Hour)); !errors.Is(err, stores.ErrNotFound) {
			t.Errorf("an update of an expired key: %v", err)
		}
		if swapped, _ := m.CompareAndSwapCtx(ctx, "key", []byte("value"), []byte("new"), time.Now().Add(time.Hour)); swapped {
			t.Error("an expired value was swapped")
		}
		if swapped, _ := m.CompareAndSwapCtx(ctx, "key", nil, []byte("new"), time.Now().Add(time.Hour)); !swapped {
			t.Error("an expired key counts as one that is there")
		}
	})
}

// Sessions must expire on time even while Memory reads only the monotonic clock.
func TestMemoryFollowsTheClock(t *testing.T) {
	m := stores.NewMemory()
	found := func(key string) bool {
		_, found, _ := m.Find(key)
		return found
	}
	hour := func() {
		t.Helper()
		m.Commit("an hour", nil, time.Now().Add(time.Hour))
		m.Commit("over", nil, time.Now().Add(-time.Microsecond))
		if !found("an hour") || found("over") {
			t.Errorf("an hour: %t, over: %t", found("an hour"), found("over"))
		}
	}
	hour()
	synctest.Test(t, func(t *testing.T) {
		hour()
		for range 5 {
			m.Commit("key", nil, time.Now().Add(300*time.Millisecond))
			time.Sleep(300*time.Millisecond - time.Nanosecond)
			if !found("key") {
				t.Error("gone before it expired")
			}
			time.Sleep(time.Nanosecond)
			if found("key") {
				t.Error("found when it had expired")
			}
		}
	})
	hour()
}

func TestMemoryKeepsForCenturies(t *testing.T) {
	m := stores.NewMemory()
	m.Commit("key", []byte("value"), time.Now().AddDate(1000, 0, 0))
	if _, found, _ := m.Find("key"); !found {
		t.Error("not found")
	}
}

func TestMemoryLen(t *testing.T) {
	m := stores.NewMemory()
	for i := range 1000 {
		m.Commit(fmt.Sprint(i%500), nil, time.Now().Add(time.Hour))
	}
	m.Delete("1")
	m.Delete("none")
	if n := m.Len(); n != 499 {
		t.Errorf("Len() = %d, want 499", n)
	}
}

func TestMemoryKeepsACopy(t *testing.T) {
	m := stores.NewMemory()
	value := []byte("value")
	m.Commit("key", value, time.Now().Add(time.Hour))
	value[0] = 'V'
	if got, _, _ := m.Find("key"); string(got) != "value" {
		t.Errorf("the stored value is %q now", got)
	}
}

func TestMemoryAllocations(t *testing.T) {
	m := stores.NewMemory()
	for i := range 1000 {
		m.Commit(fmt.Sprintf("%043d", i), []byte("value"), time.Now().Add(time.Hour))
	}
	key := fmt.Sprintf("%043d", 500)
	ctx := context.Background()
	if n := testing.AllocsPerRun(1000, func() { m.FindCtx(ctx, key) }); n > 0 {
		t.Errorf("Find: %v allocations", n)
	}
}

func TestMemoryAgainstAMap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type entry struct {
			value  string
			expiry time.Time
		}
		r := rand.New(rand.NewPCG(5, 6))
		m, model := stores.NewMemory(), make(map[string]entry)
		live := func(key string) (string, bool) {
			e, ok := model[key]
			return e.value, ok && time.Now().Before(e.expiry)
		}
		for i := range 100_000 {
			key := fmt.Sprintf("%043d", r.IntN(5000))
			value := strings.Repeat(string(rune('a'+i%26)), r.IntN(300))
			if r.IntN(1000) == 0 {
				value = strings.Repeat(value, 200) // usually larger than a page of Memory, which has 16 KiB
			}
			expiry := time.Now().Add(time.Duration(r.IntN(5000)) * time.Millisecond)
			switch r.IntN(6) {
			case 0, 1:
				m.Commit(key, []byte(value), expiry)
				model[key] = entry{value, expiry}
			case 2:
				m.Delete(key)
				delete(model, key)
			case 3:
				old, ok := live(key)
				if swapped, _ := m.CompareAndSwapCtx(t.Context(), key, []byte(old), []byte(value), expiry); swapped != ok {
					t.Fatalf("step %d: swapped %t, want %t", i, swapped, ok)
				}
				if ok {
					model[key] = entry{value, expiry}
				}
			case 4:
				time.Sleep(time.Millisecond)
			}
			got, found, err := m.Find(key)
			if want, ok := live(key); string(got) != want && ok || found != ok || err != nil {
				t.Fatalf("step %d: found %.20q, %t, %v; want %.20q, %t", i, got, found, err, want, ok)
			}
		}
		all, _ := m.All()
		n := 0
		for key := range model {
			if value, ok := live(key); ok {
				n++
				if string(all[key]) != value {
					t.Errorf("All has %.20q, want %.20q", all[key], value)
				}
			}
		}
		if len(all) != n {
			t.Errorf("All has %d values, want %d", len(all), n)
		}
	})
}

// After 90% of the sessions have expired, operations on another key must free at least half
// of the memory.
func TestMemoryFreesWhatHasExpired(t *testing.T) {
	tests := map[string]func(m *stores.Memory, i int){
		"reads":   func(m *stores.Memory, i int) { m.Find("another") },
		"writes":  func(m *stores.Memory, i int) { m.Commit("another", []byte("value"), time.Now().Add(time.Hour)) },
		"deletes": func(m *stores.Memory, i int) { m.Delete("another") },
	}
	for name, use := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := stores.NewMemory()
				const sessions = 20_000
				empty := heap()
				for i := range sessions {
					life := time.Minute
					if i%10 == 0 {
						life = time.Hour
					}
					m.Commit(fmt.Sprintf("%043d", i), make([]byte, 140), time.Now().Add(life))
				}
				full := heap() - empty
				time.Sleep(time.Minute)
				for i := range 20 * sessions {
					use(m, i)
				}
				left := heap() - empty
				t.Logf("%d bytes for each session; %d%% of the memory is left for the 10%% that live", full/sessions, 100*left/full)
				if full/sessions > 325 {
					t.Errorf("%d bytes for each session", full/sessions)
				}
				if left > full/2 {
					t.Errorf("of %d bytes %d are left", full, left)
				}
				if n := m.Len(); n < sessions/10 || n > sessions/2 {
					t.Errorf("Len() = %d, want a bit more than %d", n, sessions/10)
				}
				for i := 0; i < sessions; i += 10 {
					if _, found, _ := m.Find(fmt.Sprintf("%043d", i)); !found {
						t.Fatalf("session %d is gone", i)
					}
				}
				runtime.KeepAlive(m)
			})
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
