// Command report runs the benchmarks of package benchmarks and of module
// benchmarks/peers in turn, for several rounds. It prints the results as Markdown: a
// list of bars that are met or missed, and a table for each kind of work. Run it in the
// root of the repository:
//
//	go run ./benchmarks/report
//	go run ./benchmarks/report -rounds 1 -only 'request|redis'
//	go run ./benchmarks/report -against ../before
//
// All figures are medians. A ratio is computed within each run, because the rows of a
// run are measured right after one another. The report shows the median of these
// ratios. On a machine with other load, ratios are more reliable than times.
//
// With -against, the benchmarks of another checkout and of this checkout run in turn.
// Each table gets a column with the ratio of this checkout to the other. It is the
// median of the ratios within pairs of runs. Each checkout runs its own benchmarks.
// Rows with the same name are compared.
//
// A full report takes about ten minutes, and twice as long with -against. It
// needs redis-server and wrk on PATH.
//
//   - bars.go: the bars. The bars that change when a request gets more work are in one
//     place.
//   - tables.go: the runs and the tables.
//   - measure.go builds the benchmarks and runs them.
//   - parse.go parses the output of the benchmarks.
//   - markdown.go prints the report.
package main
