package rig

import (
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Load determines when requests are sent. The method round calls the function do once
// for each request, and returns the measured time of each request.
type Load interface {
	round(do func(w Discard)) []time.Duration
}

// Clients is a closed load: each of N clients waits for an answer before it sends its
// next request. Each client sends Requests/N requests, rounded down.
type Clients struct{ N, Requests int }

func (l Clients) round(do func(w Discard)) []time.Duration {
	took := make([][]time.Duration, l.N)
	var clients sync.WaitGroup
	for i := range took {
		took[i] = make([]time.Duration, l.Requests/l.N)
		clients.Go(func() {
			w := make(Discard)
			last := time.Now()
			for n := range took[i] {
				do(w)
				now := time.Now()
				took[i][n] = now.Sub(last)
				last = now
			}
		})
	}
	clients.Wait()
	return slices.Concat(took...)
}

// Arrivals is an open load: requests arrive at a steady rate (PerSecond), even if earlier
// requests are not answered yet. The measured time of a request begins when the request
// is due, even if the request is sent late.
type Arrivals struct{ PerSecond, Requests int }

func (l Arrivals) round(do func(w Discard)) []time.Duration {
	took := make([]time.Duration, l.Requests)
	var requests sync.WaitGroup
	start := time.Now()
	for i := range took {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(l.PerSecond))
		time.Sleep(time.Until(due))
		requests.Go(func() {
			do(make(Discard))
			took[i] = time.Since(due)
		})
	}
	requests.Wait()
	return took
}

// Measure measures the function do under a load. Each call of do makes one request. First,
// Measure makes all requests of the load once without measuring them, because these
// requests open connections. Then it calls the function begin if begin is not nil. It
// returns the number of measured requests.
//
// ns/op is the elapsed time divided by the number of requests. cpu-ns/req includes the CPU
// time of the clients, which run in this process.
func Measure(b *testing.B, load Load, begin func(), do func(w Discard)) (requests int) {
	b.Helper()
	load.round(do)
	if begin != nil {
		begin()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var all []time.Duration
	cpu := CPU()
	for b.Loop() {
		all = append(all, load.round(do)...)
	}
	cpu = CPU() - cpu
	runtime.ReadMemStats(&after)
	slices.Sort(all)
	requests = len(all)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(requests), "ns/op")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(requests), "allocs/op")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(requests), "B/op")
	b.ReportMetric(float64(requests)/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(float64(cpu.Nanoseconds())/float64(requests), "cpu-ns/req")
	b.ReportMetric(float64(all[requests/2]), "p50-ns")
	b.ReportMetric(float64(all[requests*99/100]), "p99-ns")
	return requests
}

// CPU returns the CPU time that this process has used.
func CPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
