// Command report runs the benchmarks of package benchmarks and of module
// benchmarks/peers for several rounds. It prints the results as Markdown: a list of
// bars, and a table for each kind of work. A bar is a limit for one figure, and the
// list shows whether the figure is within the limit. Run the command in the root of the
// repository:
//
//	go run ./benchmarks/report
//	go run ./benchmarks/report -rounds 1 -only 'request|redis'
//	go run ./benchmarks/report -against ../before
//
// All figures are medians. A run is one process that measures some benchmarks right
// after one another. The report computes each ratio within a run, and shows the median
// of these ratios. On a machine with other load, ratios are more reliable than times.
//
// With -against, the benchmarks of another checkout and of this checkout run in turn.
// Each checkout runs its own benchmarks. Each table gets a column with the ratio of
// this checkout to the other checkout, for rows with the same name. The ratio is the
// median over all pairs of runs.
//
// A full report takes about ten minutes, and twice as long with -against. It
// needs redis-server and wrk on PATH.
//
//   - bars.go contains the bars. The bars for a logged-in request are constants in one
//     place.
//   - tables.go contains the runs and the tables.
//   - measure.go builds the benchmarks and runs them.
//   - parse.go parses the output of the benchmarks.
//   - markdown.go prints the report.
package main
