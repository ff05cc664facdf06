package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const output = `goos: linux
cpu: Some CPU
BenchmarkRequest/floor-2         	  406226	       300.0 ns/op	     384 B/op	       3 allocs/op
BenchmarkRequest/require-2       	  165507	       450 ns/op	     528 B/op	       4 allocs/op
BenchmarkRedis/get/clients=16-2  	       1	       9.5 cpu-ns/req	    0.5 redis-ns/req
BenchmarkOneCode                 	       1	         1.000 calls/code
PASS
`

func TestParse(t *testing.T) {
	got, err := parse(output)
	if err != nil {
		t.Fatal(err)
	}
	want := sample{
		"Request/floor":        {"ns/op": 300, "B/op": 384, "allocs/op": 3},
		"Request/require":      {"ns/op": 450, "B/op": 528, "allocs/op": 4},
		"Redis/get/clients=16": {"cpu-ns/req": 9.5, "redis-ns/req": 0.5},
		"OneCode":              {"calls/code": 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v, ok := got.value("Redis/get/clients=16", cpu); v != 10 || !ok {
		t.Errorf("the sum is %v, %t", v, ok)
	}
}

func TestBar(t *testing.T) {
	s, err := parse(output)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		bar  bar
		want float64
		met  bool
	}{
		{bar{row: "Request/require", unit: clock, base: "Request/floor", limit: 1.5}, 1.5, true},
		{bar{row: "Request/require", unit: clock, base: "Request/floor", limit: 1.4}, 1.5, false},
		{bar{row: "Request/require", unit: clock, base: "Request/floor", least: true, limit: 1.6}, 1.5, false},
		{bar{row: "Request/require", unit: clock, base: "Request/floor", over: 1.2, limit: 90}, 90, true},
		{bar{row: "Request/require", unit: "allocs/op", limit: 3}, 4, false},
	} {
		got, ok := test.bar.of(s)
		if !ok || math.Abs(got-test.want) > 1e-9 || test.bar.met(math.Round(got*1e9)/1e9) != test.met {
			t.Errorf("%+v: %v, %t", test.bar, got, ok)
		}
	}
	if _, ok := (bar{row: "Request/require", unit: clock, base: "gone"}).of(s); ok {
		t.Error("a ratio to what was not measured")
	}
}

func TestMedian(t *testing.T) {
	var samples []sample
	for _, v := range []float64{9, 1, 4, 2} {
		samples = append(samples, sample{"a": {clock: v}})
	}
	samples = append(samples, sample{"b": {clock: 100}})
	of := func(s sample) (float64, bool) { return s.value("a", clock) }
	if v, ok := median(samples, of); v != 3 || !ok {
		t.Errorf("%v, %t", v, ok)
	}
	if _, ok := median(samples[4:], of); ok {
		t.Error("a median of nothing")
	}
}

// Bars and tables are of runs that there are, and ratios to rows that are shown.
func TestTables(t *testing.T) {
	for _, b := range bars {
		if _, ok := runs[b.run]; !ok {
			t.Errorf("%s: no run %q", b.what, b.run)
		}
	}
	for _, table := range tables() {
		if _, ok := runs[table.run]; !ok {
			t.Errorf("%s: no run %q", table.title, table.run)
		}
		based := false
		for _, r := range table.rows {
			based = based || r.name == table.base
		}
		if !based {
			t.Errorf("%s: the base %q is no row", table.title, table.base)
		}
	}
}
