package main

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const output = `goos: linux
cpu: Some CPU
BenchmarkRequest/floor-2         	  406226	       300.0 ns/op	     384 B/op	       3 allocs/op
BenchmarkRequest/require-2       	  165507	       450 ns/op	     528 B/op	       4 allocs/op
BenchmarkRedis/get/clients=16-2  	       1	       9.5 cpu-ns/req	    0.5 redis-ns/req
BenchmarkOneCode                 	       1	         1.000 calls/code
BenchmarkLogin-2                 	panic: the handler answered 500 [recovered]
PASS
`

func parsed(t *testing.T) sample {
	t.Helper()
	s, err := parse(output)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParse(t *testing.T) {
	got := parsed(t)
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
	s := parsed(t)
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
		t.Error("there is a ratio to a row that was not measured")
	}
}

func TestMedian(t *testing.T) {
	values := []float64{9, 1, 4, 2, -1}
	of := func(i int) (float64, bool) { return values[i], values[i] > 0 }
	if v, ok := median(len(values), of); v != 3 || !ok {
		t.Errorf("%v, %t", v, ok)
	}
	if _, ok := median(0, of); ok {
		t.Error("there is a median of nothing")
	}
}

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
		if table.base != "" && table.what(table.base) == table.base {
			t.Errorf("%s: the base %q is no row", table.title, table.base)
		}
		if unitNames[table.unit] == "" {
			t.Errorf("%s: unit %q has no name", table.title, table.unit)
		}
	}
}

func TestPrint(t *testing.T) {
	here, there := parsed(t), parsed(t)
	there["Request/require"] = map[string]float64{clock: 900}
	r := report{here: samples{request: {here}}, there: samples{request: {there}}, name: "../before"}
	var text strings.Builder
	r.printBars(&text)
	r.printTable(&text, table{"Title", request, clock, "Request/floor", []column{{clock, "time", duration}, {"B/op", "bytes", number}},
		[]row{{"Request/floor", "the floor"}, {"Request/require", "Require"}, {"gone", "gone"}}})
	for _, want := range []string{
		"| Require: allocations | 4 | at most 4 | yes | – |\n",
		"|  | time | bytes | time relative to the floor | time relative to ../before |\n|---|--:|--:|--:|--:|\n",
		"| the floor | 300 ns | 384 | 1 | 1 |\n",
		"| Require | 450 ns | 528 | 1.5 | 0.5 |\n",
		"| gone | – | – | – | – |\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &text)
		}
	}
}
