package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sample contains the figures from the output of one process. The outer key is the name of
// a benchmark, such as "Request/require" for BenchmarkRequest/require-2. The inner key is
// a unit, such as "ns/op".
type sample map[string]map[string]float64

// parse reads the output of go test -bench.
func parse(output string) (sample, error) {
	s := make(sample)
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		if _, err := strconv.Atoi(fields[1]); err != nil {
			continue // not a result: the benchmark panicked
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if dash := strings.LastIndexByte(name, '-'); dash > 0 { // cut off the value of GOMAXPROCS, such as -2
			if _, err := strconv.Atoi(name[dash+1:]); err == nil {
				name = name[:dash]
			}
		}
		units := make(map[string]float64)
		for pair := range slices.Chunk(fields[2:], 2) {
			v, err := strconv.ParseFloat(pair[0], 64)
			if err != nil || len(pair) != 2 {
				return nil, fmt.Errorf("unexpected line: %s", line)
			}
			units[pair[1]] = v
		}
		s[name] = units
	}
	return s, nil
}

// value returns the figure of a benchmark in a unit. For the unit "a+b", it returns the
// sum of the figures in the units "a" and "b".
func (s sample) value(name, unit string) (float64, bool) {
	sum := 0.0
	for u := range strings.SplitSeq(unit, "+") {
		v, ok := s[name][u]
		if !ok {
			return 0, false
		}
		sum += v
	}
	return sum, true
}

func ratio(unit string, s sample, name string, base sample, baseName string) (float64, bool) {
	v, ok := s.value(name, unit)
	b, based := base.value(baseName, unit)
	return v / b, ok && based && b != 0
}

// median returns the median of the values f(0) to f(n-1). It skips the values for which
// f returns false.
func median(n int, f func(i int) (float64, bool)) (float64, bool) {
	var values []float64
	for i := range n {
		if v, ok := f(i); ok {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2, true
}
