// Command report runs the benchmarks of package benchmarks and of module
// benchmarks/peers several times, except BenchmarkStorm. It prints the results as
// Markdown: a table of limits, and a table for each kind of work. The first table shows which
// figures are within their limits. The code calls such a limit a bar. Run the command in
// the root of the repository:
//
//	go run ./benchmarks/report
//	go run ./benchmarks/report -rounds 1 -only 'request|redis'
//	go run ./benchmarks/report -against ../before
//
// All figures are medians. A run is a set of benchmarks that one process measures, one
// directly after the other. Most ratios compare two benchmarks of the same run. If
// other programs load the machine, ratios are more reliable than times.
//
// With -against, the report compares this checkout with another checkout. Each run is
// performed in one checkout, and directly afterwards in the other checkout. Each checkout
// runs its own version of the benchmarks. The table of limits gets a column with the
// figures of the other checkout. Each other table gets a column of ratios: a figure of this
// checkout divided by the same figure of the other checkout.
//
// A full report takes five to ten minutes, and twice as long with -against. It needs
// redis-server and wrk on PATH.
//
//   - bars.go contains the bars.
//   - tables.go contains the runs and the tables.
//   - measure.go builds the benchmarks and runs them.
//   - parse.go parses the output of the benchmarks.
//   - markdown.go prints the report.
package main
