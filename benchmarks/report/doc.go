// Command report runs the benchmarks of package benchmarks and of module
// benchmarks/peers in turn, again and again. It prints the result as Markdown:
// which bars are met, and a table for each kind of work. Run it in the root of
// the repository:
//
//	go run ./benchmarks/report
//	go run ./benchmarks/report -rounds 1 -only 'request|redis'
//	go run ./benchmarks/report -against ../before
//
// All figures are medians. A ratio is the median of the ratios within single
// runs, whose rows were measured right after one another. On a machine that does
// other things too, trust the ratios more than the times.
//
// With -against, the benchmarks of another checkout run in turn with those of
// this one. Each table then has a column that relates this checkout to the
// other, as a median of the ratios within pairs of runs. Each checkout runs its
// own benchmarks; rows of one name are compared.
//
// A full report takes about ten minutes, and twice as long with -against. It
// needs redis-server and wrk on PATH.
//
//   - bars.go: the bars, and in one place those that move when a request is
//     given more to do.
//   - tables.go: the runs and the tables.
//   - measure.go builds the benchmarks and runs them.
//   - parse.go reads what they print.
//   - markdown.go prints the report.
package main
