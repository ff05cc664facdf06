// Command report runs the benchmarks of this module and of benchmarks/peers in
// turn, again and again, and prints what comes out as Markdown: the bars and
// whether they are met, and a table for each kind of work.
//
// All figures are medians. A ratio is the median of the ratios that single runs
// had, whose rows were measured right after one another: on a machine that does
// other things too, times are worth less than ratios. Run it from the root:
//
//	go run ./benchmarks/report
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 6, "how often everything is measured")
	only := flag.String("only", "", "only the runs that match this: "+strings.Join(slices.Sorted(maps.Keys(runs)), ", "))
	flag.Parse()
	wanted, err := regexp.Compile(*only)
	if err != nil {
		log.Fatal(err)
	}
	samples, err := measure(*rounds, wanted)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %d cores, %s %s/%s, %s; medians of %d rounds.\n",
		cpuModel(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, time.Now().UTC().Format(time.DateOnly), *rounds)
	printBars(os.Stdout, samples)
	for _, t := range tables() {
		if len(samples[t.run]) > 0 {
			t.print(os.Stdout, samples[t.run])
		}
	}
}

// measure makes the rounds, and says on standard error how far it is.
func measure(rounds int, wanted *regexp.Regexp) (map[string][]sample, error) {
	dir, err := os.MkdirTemp("", "benchmarks")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	programs := make(map[string]string)
	for _, module := range []string{root, peersModule} {
		programs[module] = filepath.Join(dir, strings.ReplaceAll(module, "/", "-"))
		build := exec.Command("go", "test", "-c", "-o", programs[module], ".")
		build.Dir = filepath.FromSlash(module)
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the benchmarks in %s: %w\n%s", module, err, out)
		}
	}
	samples := make(map[string][]sample)
	for round := range rounds {
		for _, name := range slices.Sorted(maps.Keys(runs)) {
			if !wanted.MatchString(name) {
				continue
			}
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, rounds, name)
			r := runs[name]
			for range r.times {
				test := exec.Command(programs[r.module], "-test.run=NONE", "-test.bench="+r.bench, "-test.benchtime="+r.benchtime)
				test.Dir = filepath.FromSlash(r.module)
				out, err := test.CombinedOutput()
				if err != nil {
					return nil, fmt.Errorf("%s: %w\n%s", name, err, out)
				}
				s, err := parse(string(out))
				if err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				samples[name] = append(samples[name], s)
			}
		}
	}
	return samples, nil
}

// printBars says of each bar what was measured.
func printBars(w io.Writer, samples map[string][]sample) {
	fmt.Fprint(w, "\n| | measured | bar | met |\n|---|--:|---|---|\n")
	for _, b := range bars {
		if len(samples[b.run]) == 0 {
			continue
		}
		v, ok := median(samples[b.run], b.of)
		if !ok {
			fmt.Fprintf(w, "| %s | not measured | %v | |\n", b.what, b)
			continue
		}
		met := "no"
		if b.met(v) {
			met = "yes"
		}
		fmt.Fprintf(w, "| %s | %s | %v | %s |\n", b.what, number(v), b, met)
	}
}

// cpuModel is what Linux calls the CPU.
func cpuModel() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown CPU"
	}
	_, rest, _ := bytes.Cut(b, []byte("model name"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return strings.Trim(string(line), "\t :")
}
