package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// samples contains the figures that were measured in one checkout. The key is the name of
// a set of benchmarks, such as "request". The value has one element for each time that
// these benchmarks were run, the oldest first.
type samples map[string][]sample

// measure builds the benchmarks of each checkout, and runs the wanted ones. It runs a set
// of benchmarks in one checkout, and directly afterwards in the other checkout, if there is
// another. Then it reverses the order of the checkouts for the next set. So other load on
// the machine usually affects both checkouts about equally.
func measure(checkouts []string, rounds int, wanted *regexp.Regexp) ([]samples, error) {
	dir, err := os.MkdirTemp("", "benchmarks")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	measured := make([]samples, len(checkouts))
	var order []int
	for i, checkout := range checkouts {
		measured[i] = make(samples)
		order = append(order, i)
		for _, module := range []string{root, peersModule} {
			build := exec.Command("go", "test", "-c", "-o", program(dir, i, module), ".")
			build.Dir = filepath.Join(checkout, module)
			if out, err := build.CombinedOutput(); err != nil {
				return nil, fmt.Errorf("building the benchmarks in %s: %w\n%s", build.Dir, err, out)
			}
		}
	}
	for round := range rounds {
		for _, name := range slices.Sorted(maps.Keys(runs)) {
			if !wanted.MatchString(name) {
				continue
			}
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, rounds, name)
			for range runs[name].times {
				for _, i := range order {
					s, err := runs[name].sample(program(dir, i, runs[name].module), checkouts[i])
					if err != nil {
						fmt.Fprintf(os.Stderr, "%s in %s: %v\n", name, checkouts[i], err)
					}
					measured[i][name] = append(measured[i][name], s)
				}
				slices.Reverse(order)
			}
		}
	}
	return measured, nil
}

func program(dir string, checkout int, module string) string {
	return filepath.Join(dir, fmt.Sprint(checkout, strings.ReplaceAll(module, "/", "-")))
}

// sample runs the benchmarks of r once. If a benchmark fails, sample returns an error and
// the figures that the output contains.
func (r run) sample(program, checkout string) (sample, error) {
	test := exec.Command(program, "-test.run=NONE", "-test.bench="+r.bench, "-test.benchtime="+r.benchtime)
	test.Dir = filepath.Join(checkout, r.module)
	out, err := test.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	s, parseErr := parse(string(out))
	return s, errors.Join(err, parseErr)
}
