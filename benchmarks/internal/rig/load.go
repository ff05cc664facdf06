package rig

import (
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Load is requests that arrive at once, from a number of clients that each wait
// for an answer before they ask again.
type Load struct {
	Clients  int
	Requests int // for one round of a benchmark, of all clients
}

// Run measures do, which is one request, after a round that opens what
// connections there will be. It reports, per request, the time, the CPU time of
// this process, and of how long a client waited the median and the 99th
// percentile. It returns how many requests were measured.
//
// before, if not nil, is called when the measuring begins.
func (l Load) Run(b *testing.B, before func(), do func(w Discard)) (requests int) {
	b.Helper()
	waited := make([][]time.Duration, l.Clients)
	l.round(waited, do)
	for i := range waited {
		waited[i] = waited[i][:0]
	}
	if before != nil {
		before()
	}
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	cpu := CPU()
	for b.Loop() {
		l.round(waited, do)
	}
	cpu = CPU() - cpu
	runtime.ReadMemStats(&m1)
	all := slices.Concat(waited...)
	slices.Sort(all)
	requests = len(all)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(requests), "ns/op")
	b.ReportMetric(float64(m1.Mallocs-m0.Mallocs)/float64(requests), "allocs/op")
	b.ReportMetric(float64(m1.TotalAlloc-m0.TotalAlloc)/float64(requests), "B/op")
	b.ReportMetric(float64(requests)/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(float64(cpu.Nanoseconds())/float64(requests), "cpu-ns/req")
	b.ReportMetric(float64(all[requests/2]), "p50-ns")
	b.ReportMetric(float64(all[requests*99/100]), "p99-ns")
	return requests
}

// round makes one round of requests, and notes how long each client waited.
func (l Load) round(waited [][]time.Duration, do func(w Discard)) {
	var clients sync.WaitGroup
	for i := range waited {
		clients.Go(func() {
			w := make(Discard)
			last := time.Now()
			for range l.Requests / l.Clients {
				do(w)
				now := time.Now()
				waited[i] = append(waited[i], now.Sub(last))
				last = now
			}
		})
	}
	clients.Wait()
}

// CPU is the CPU time that this process has used.
func CPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
