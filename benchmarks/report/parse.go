package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A sample is what one run of benchmarks has measured: by the benchmark's name
// without "Benchmark" and by unit.
type sample map[string]map[string]float64

// parse reads what go test -bench prints.
func parse(output string) (sample, error) {
	s := make(sample)
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if dash := strings.LastIndexByte(name, '-'); dash > 0 { // GOMAXPROCS
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

// value is a benchmark's figure in a unit, or the sum of several: "a+b".
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

// median is that of f over the samples that have what f wants.
func median(samples []sample, f func(sample) (float64, bool)) (float64, bool) {
	var values []float64
	for _, s := range samples {
		if v, ok := f(s); ok {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2, true
}
