package main

import (
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 6, "how often everything is measured")
	only := flag.String("only", "", "measure only the runs whose name matches this `regexp`: "+strings.Join(slices.Sorted(maps.Keys(runs)), ", "))
	against := flag.String("against", "", "also measure the checkout in this `directory`, and compare")
	flag.Parse()
	wanted, err := regexp.Compile(*only)
	if err != nil {
		log.Fatal(err)
	}
	checkouts := []string{"."}
	if *against != "" {
		checkouts = append(checkouts, *against)
	}
	measured, err := measure(checkouts, *rounds, wanted)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %d cores, %s %s/%s, %s; medians of %d rounds.\n",
		cpuModel(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, time.Now().UTC().Format(time.DateOnly), *rounds)
	r := report{here: measured[0]}
	if *against != "" {
		r.there, r.name = measured[1], *against
	}
	r.printBars(os.Stdout)
	for _, t := range tables() {
		r.printTable(os.Stdout, t)
	}
}

func cpuModel() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, found := strings.CutPrefix(line, "model name"); found {
			return strings.Trim(name, "\t\n :")
		}
	}
	return "unknown CPU"
}
