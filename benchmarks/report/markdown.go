package main

import (
	"fmt"
	"io"
	"time"
)

// report.here contains the measured figures of this checkout. With the flag -against,
// report.there contains the figures of another checkout, and report.name is its directory.
// For each key, the elements of report.here and report.there with the same index were
// measured directly one after the other.
type report struct {
	here, there samples
	name        string
}

// printBars prints a table of the bars whose benchmarks were run. A bar is a limit for a measured figure.
func (r report) printBars(w io.Writer) {
	columns := []string{"", "measured", "bar", "met"}
	if r.name != "" {
		columns = append(columns, "in "+r.name)
	}
	printRow(w, columns...)
	printRule(w, len(columns))
	for _, b := range bars {
		here := r.here[b.run]
		if len(here) == 0 {
			continue
		}
		cells := []string{b.what, "not measured", b.String(), ""}
		if v, ok := median(len(here), func(i int) (float64, bool) { return b.of(here[i]) }); ok {
			cells[1], cells[3] = number(v), "no"
			if b.met(v) {
				cells[3] = "yes"
			}
		}
		if r.name != "" {
			there := r.there[b.run]
			cells = append(cells, show(number, len(there), func(i int) (float64, bool) { return b.of(there[i]) }))
		}
		printRow(w, cells...)
	}
}

func (r report) printTable(w io.Writer, t table) {
	here, there := r.here[t.run], r.there[t.run]
	if len(here) == 0 {
		return
	}
	fmt.Fprintf(w, "\n**%s**\n\n", t.title)
	columns := []string{""}
	for _, c := range t.columns {
		columns = append(columns, c.title)
	}
	if t.base != "" {
		columns = append(columns, unitNames[t.unit]+" relative to "+t.what(t.base))
	}
	if r.name != "" {
		columns = append(columns, unitNames[t.unit]+" relative to "+r.name)
	}
	printRow(w, columns...)
	printRule(w, len(columns))
	for _, row := range t.rows {
		cells := []string{row.what}
		for _, c := range t.columns {
			cells = append(cells, show(c.format, len(here), func(i int) (float64, bool) { return here[i].value(row.name, c.unit) }))
		}
		if t.base != "" {
			cells = append(cells, show(number, len(here), func(i int) (float64, bool) { return ratio(t.unit, here[i], row.name, here[i], t.base) }))
		}
		if r.name != "" {
			cells = append(cells, show(number, len(here), func(i int) (float64, bool) { return ratio(t.unit, here[i], row.name, there[i], row.name) }))
		}
		printRow(w, cells...)
	}
}

func printRow(w io.Writer, cells ...string) {
	for _, cell := range cells {
		fmt.Fprintf(w, "| %s ", cell)
	}
	fmt.Fprintln(w, "|")
}

func printRule(w io.Writer, columns int) {
	fmt.Fprint(w, "|---|")
	for range columns - 1 {
		fmt.Fprint(w, "--:|")
	}
	fmt.Fprintln(w)
}

func show(format func(float64) string, n int, f func(i int) (float64, bool)) string {
	v, ok := median(n, f)
	if !ok {
		return "–"
	}
	return format(v)
}

func number(v float64) string {
	switch {
	case v >= 100 || v == float64(int(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return number(ns) + " ns"
	case ns < 1e6:
		return number(ns/1e3) + " µs"
	case ns < 1e9:
		return number(ns/1e6) + " ms"
	}
	return time.Duration(ns).Round(10 * time.Millisecond).String()
}
