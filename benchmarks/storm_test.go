package benchmarks_test

import (
	"flag"
	"fmt"
	"log/slog"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/benchmarks/internal/storm"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// outages lists two ways in which WeChat fails: it answers 503 after 50 ms, or it does not
// answer.
var outages = []struct {
	name  string
	fails time.Duration
}{
	{"refuses", 50 * time.Millisecond},
	{"hangs", time.Hour},
}

var stormClients = flag.Int("storm", 100_000, "the clients of BenchmarkStorm, whose servers grow with them")

// BenchmarkStorm simulates clients that try to log in during and after an outage of
// WeChat that lasts ten minutes. With a million clients, the four simulated servers
// together can make 10,240 logins per second, so they need at least 97 seconds to log in
// all clients. A run with a million clients takes some minutes:
//
//	go test -run='^$' -bench=Storm -benchtime=1x -timeout=1h ./benchmarks -storm=1000000
//
// BenchmarkStorm reports the [storm.Figures]. Peak is divided by the number of logins that
// the servers together can make in one second.
func BenchmarkStorm(b *testing.B) {
	for _, outage := range outages {
		for _, clients := range []struct {
			name string
			wait storm.Wait
		}{
			{"at-once", storm.Every(0)},
			{"every-second", storm.Every(time.Second)},
			{"retry-after", storm.RetryAfter},
			{"retry-after-and-backoff", storm.Backoff},
		} {
			b.Run(outage.name+"/"+clients.name, func(b *testing.B) {
				s := storm.Storm{
					Clients: *stormClients, Wait: clients.wait, Told: retryAfters(b), Travel: 500 * time.Millisecond,
					Outage: 10 * time.Minute, Fails: outage.fails, Takes: 100 * time.Millisecond,
					Servers: 4, MaxInFlight: max(1, 256**stormClients/1_000_000), Timeout: 5 * time.Second,
				}
				var f storm.Figures
				for b.Loop() {
					f = s.Run(1)
				}
				n := float64(s.Clients)
				b.ReportMetric(float64(f.Logins)/n, "logins/client")
				b.ReportMetric(float64(f.Calls)/n, "calls/client")
				b.ReportMetric(float64(f.Peak)/(float64(s.Servers*s.MaxInFlight)/s.Takes.Seconds()), "peak/capacity")
				b.ReportMetric(f.AllIn.Seconds(), "s-until-all-in")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// retryAfters returns a function that returns random values of Retry-After. The values
// come from 10,000 error replies that package wxauth makes when WeChat is unavailable.
func retryAfters(tb testing.TB) func() time.Duration {
	tb.Helper()
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{rig.App}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	var told []time.Duration
	for range 10_000 {
		w := httptest.NewRecorder()
		auth.WriteError(w, post("code"), wxapi.ErrUnavailable)
		wait, err := retryAfter(w)
		if err != nil {
			tb.Fatal(err)
		}
		told = append(told, wait)
	}
	rng := mathrand.New(mathrand.NewPCG(1, 2))
	return func() time.Duration { return told[rng.IntN(len(told))] }
}

func retryAfter(w *httptest.ResponseRecorder) (time.Duration, error) {
	seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
	if w.Code != http.StatusServiceUnavailable || err != nil {
		return 0, fmt.Errorf("status %d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	return time.Duration(seconds) * time.Second, nil
}

// TestStorm measures the [storm.Figures], except Peak, for 500 clients that log in to a
// handler of package wxauth, in virtual time. Each figure must differ by at most a fifth
// from the figure of the simulation. The clients begin at random times, so the figures
// vary between runs.
func TestStorm(t *testing.T) {
	for _, outage := range outages {
		for name, wait := range map[string]storm.Wait{"every second": storm.Every(time.Second), "Retry-After": storm.RetryAfter} {
			t.Run(outage.name+", "+name, func(t *testing.T) {
				s := storm.Storm{
					Clients: 500, Wait: wait, Told: retryAfters(t), Travel: 500 * time.Millisecond,
					Outage: 30 * time.Second, Fails: outage.fails, Takes: 100 * time.Millisecond,
					Servers: 1, MaxInFlight: 4, Timeout: 5 * time.Second,
				}
				want := s.Run(1)
				synctest.Test(t, func(t *testing.T) {
					got := realStorm(t, s)
					t.Logf("real %+v, simulated %+v", got, want)
					for name, figures := range map[string][2]float64{
						"logins":           {float64(got.Logins), float64(want.Logins)},
						"calls":            {float64(got.Calls), float64(want.Calls)},
						"time till all in": {got.AllIn.Seconds(), want.AllIn.Seconds()},
					} {
						if math.Abs(figures[0]/figures[1]-1) > 0.2 {
							t.Errorf("%s: %v in reality, %v in the simulation", name, figures[0], figures[1])
						}
					}
				})
			})
		}
	}
}

func realStorm(t *testing.T, s storm.Storm) (f storm.Figures) {
	start := time.Now()
	var logins, calls atomic.Int64
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{rig.App}, Logger: slog.New(slog.DiscardHandler),
		API: wxapi.Options{MaxInFlight: s.MaxInFlight, Timeout: s.Timeout, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			calls.Add(1)
			reply, err := answer(r)
			takes := s.Takes
			if time.Since(start) < s.Outage {
				takes, reply.StatusCode = s.Fails, http.StatusServiceUnavailable
			}
			select {
			case <-time.After(takes):
				return reply, err
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})}})
	if err != nil {
		t.Fatal(err)
	}
	h := auth.LoginHandler()
	var codes atomic.Int64
	var clients sync.WaitGroup
	for range s.Clients {
		clients.Go(func() {
			rng := mathrand.New(mathrand.NewPCG(mathrand.Uint64(), 0))
			time.Sleep(time.Duration(rng.Int64N(int64(s.Outage))))
			for failures := 0; ; failures++ {
				logins.Add(1)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, post(codeOf(codes.Add(1))))
				if w.Code == http.StatusOK {
					return
				}
				told, err := retryAfter(w)
				if err != nil {
					t.Error(err)
					return
				}
				wait := s.Wait(failures, func() time.Duration { return told }, rng)
				time.Sleep(wait + s.Travel/2 + time.Duration(rng.Int64N(int64(s.Travel))))
			}
		})
	}
	clients.Wait()
	return storm.Figures{Logins: int(logins.Load()), Calls: int(calls.Load()), AllIn: time.Since(start) - s.Outage}
}
