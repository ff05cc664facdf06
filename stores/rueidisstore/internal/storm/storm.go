package storm

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth/wxtest"
)

// Config configures [Run].
type Config struct {
	// Open opens a store for one instance.
	Open func(url string) (scs.CtxStore, error)
	// Cached must be true if the stores from Open cache reads.
	Cached   bool
	Duration time.Duration
	Seed     uint64
}

const users = 16

type storm struct {
	cached    bool
	redis     *redistest.Server
	wechat    *wxtest.Server
	instances []*instance
	report    *recorder
	stop      chan struct{}
}

// Run lets simulated users send requests while WeChat and Redis fail. It records wrong
// answers in the Report, and does not fail the test because of them.
func Run(t testing.TB, c Config) *Report {
	t.Helper()
	rng := rand.New(rand.NewPCG(c.Seed, 0))
	goroutines := runtime.NumGoroutine()
	s := &storm{
		cached: c.Cached,
		redis:  redistest.Start(t, redisOptions...),
		wechat: wxtest.NewServer(app),
		report: &recorder{Report: Report{Seed: c.Seed, Duration: c.Duration, Faults: make(map[string]int)}},
		stop:   make(chan struct{}),
	}
	proxy := startProxy(t, s.redis.Addr, rand.New(rand.NewPCG(c.Seed, 1)))
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	for range 2 {
		store, err := c.Open(fmt.Sprintf("redis://%s:%s@%s", redisUser, redisPassword, proxy.addr))
		if err != nil {
			t.Fatal(err)
		}
		s.instances = append(s.instances, startInstance(t, store, s.wechat, log))
	}
	var actors []*user
	for n := range users {
		actors = append(actors, newUser(s, fmt.Sprintf("user-%02d", n), rand.New(rand.NewPCG(c.Seed, uint64(10+n)))))
	}
	all(actors, func(u *user) {
		for range 20 {
			u.act()
		}
	})
	s.report.Report.Before = s.resources()

	var wg sync.WaitGroup
	wg.Go(func() { wechatFaults(s.wechat, rand.New(rand.NewPCG(c.Seed, 2)), s.stop) })
	wg.Go(func() {
		all(actors, func(u *user) {
			for {
				select {
				case <-s.stop:
					return
				default:
					u.act()
				}
			}
		})
	})
	s.faults(rng, redisFaults(s.redis, proxy), c.Duration)
	close(s.stop)
	wg.Wait()
	all(actors, (*user).audit)
	s.report.Report.After = s.resources()
	for _, i := range s.instances {
		i.close()
	}
	s.awaitEnd(goroutines)
	return &s.report.Report
}

// awaitEnd waits until the goroutines of the instances have ended, or for about 5 seconds.
func (s *storm) awaitEnd(before int) {
	const own = 3 // one goroutine of the proxy, one for the log of the Redis server, and one to spare
	for range 500 {
		if runtime.NumGoroutine() <= before+own {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.report.wrong(fmt.Sprintf("%d goroutines are left, before there were %d", runtime.NumGoroutine(), before))
}

func all(actors []*user, f func(*user)) {
	var wg sync.WaitGroup
	for _, u := range actors {
		wg.Go(func() { f(u) })
	}
	wg.Wait()
}

func (s *storm) faults(rng *rand.Rand, kinds []fault, duration time.Duration) {
	for end := time.Now().Add(duration); ; {
		for _, n := range rng.Perm(len(kinds)) {
			if time.Now().After(end) {
				return
			}
			f := kinds[n]
			s.report.begin(f.kind)
			undo := f.begin()
			time.Sleep(f.min + time.Duration(rng.Int64N(int64(f.max-f.min))))
			undo()
			s.report.end()
			time.Sleep(100*time.Millisecond + time.Duration(rng.Int64N(int64(500*time.Millisecond))))
		}
	}
}

// failed counts a request in the report, and returns whether the request failed.
func (s *storm) failed(r reply) bool {
	failed := r.status == 0 || r.status == 503 && r.Code == "store_unavailable"
	s.report.request(r, failed)
	return failed
}

// wrong reports a wrong answer, together with some of the user's recent answers.
func (s *storm) wrong(u *user, l *login, what string, r reply) {
	text := fmt.Sprintf("%s, %s: %s: %s", u.openID, l, what, r)
	for _, p := range u.past {
		if l == nil || strings.Contains(p, l.String()) || strings.Contains(p, l.id) || strings.Contains(p, "(no login)") && !strings.Contains(p, "login=") {
			text += "\n\t" + p
		}
	}
	s.report.wrong(text)
}

func (s *storm) resources() Resources {
	for _, i := range s.instances {
		i.client.CloseIdleConnections()
	}
	time.Sleep(300 * time.Millisecond)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	connections, _ := strconv.Atoi(s.redis.Info("connected_clients"))
	return Resources{runtime.NumGoroutine(), connections - 1, m.HeapAlloc} // Info itself uses one connection
}
