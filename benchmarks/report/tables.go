package main

import (
	"fmt"
	"io"
	"time"
)

// A run is benchmarks that are measured one after the other, so that what else
// the machine does meanwhile falls on all of them.
type run struct {
	module, bench string
	benchtime     string
	times         int // in a round
}

const (
	request    = "request"
	redis      = "redis"
	login      = "login"
	userdata   = "userdata"
	million    = "million"
	loopback   = "loopback"
	peers      = "peers"
	peersRedis = "peers redis"
)

const root, peersModule = "benchmarks", "benchmarks/peers"

var runs = map[string]run{
	request:    {root, "^BenchmarkRequest$", "50ms", 3},
	userdata:   {root, "^Benchmark(Decrypt|Verify|Sign)$", "50ms", 3},
	redis:      {root, "^BenchmarkRedis(Bursts)?$", "100ms", 1},
	login:      {root, "^Benchmark(Login|Logins|OneCode)$", "200ms", 1},
	million:    {root, "^BenchmarkMillion$", "1x", 1},
	loopback:   {root, "^BenchmarkLoopback$", "1x", 1},
	peers:      {peersModule, "^BenchmarkRequest$", "50ms", 3},
	peersRedis: {peersModule, "^BenchmarkRedis$", "100ms", 1},
}

// A table shows rows of one run. base is the row whose time is 1.
type table struct {
	title, run string
	base       string
	unit       string // of which the ratio to base is shown
	columns    []column
	rows       []row
}

type row struct{ name, what string }

type column struct {
	unit, title string
	format      func(float64) string
}

var (
	perOp = []column{{clock, "time", duration}, {"B/op", "bytes", number}, {"allocs/op", "allocations", number}}
	load  = []column{
		{"req/s", "per second", number}, {"cpu-ns/req", "CPU", duration}, {"redis-ns/req", "CPU of Redis", duration},
		{"p50-ns", "p50", duration}, {"p99-ns", "p99", duration},
		{"trips/req", "round trips", number}, {"dials/req", "dials", number},
	}
)

func redisTable(title, run string, clients int, rows ...row) table {
	suffix := fmt.Sprintf("/clients=%d", clients)
	t := table{title: fmt.Sprintf("%s, %d at once", title, clients), run: run, unit: cpu, base: rows[0].name + suffix, columns: load}
	for _, r := range rows {
		t.rows = append(t.rows, row{r.name + suffix, r.what})
	}
	return t
}

func decryptTable(title, data string) table {
	data = "Decrypt/" + data
	return table{title, userdata, data + "/alone", clock, perOp, []row{
		{data + "/alone", "base64, AES-CBC, encoding/json"},
		{data + "/stored", "the same, with the key from the store"},
		{data + "/decrypt", "Decrypt"},
	}}
}

func tables() []table {
	all := []table{
		{"A logged-in request, in process", request, "Request/floor", clock, perOp, []row{
			{"Request/bare", "bare handler"},
			{"Request/identify-nobody", "Identify, no token"},
			{"Request/floor", "the floor: map, context"},
			{"Request/floor-hashed", "the floor, hashing tokens"},
			{"Request/store-plain", "the floor, from stores.Memory"},
			{"Request/store-hashed", "the same, hashing tokens"},
			{"Request/require-plain", "Require, plain tokens"},
			{"Request/require", "Require"},
			{"Request/require-10KB", "Require, 10 KB of other data"},
			{"Request/scs-load-plain", "scs Load, with our store and codec, plain tokens"},
			{"Request/scs-load", "scs Load, with our store and codec"},
			{"Request/load-and-save-plain", "LoadAndSave, plain tokens"},
			{"Request/load-and-save", "LoadAndSave"},
			{"Request/scs-bearer", "scs, bearer token and gob"},
			{"Request/scs-default", "scs defaults"},
		}},
		{"The same beside other modules", peers, "Request/require", clock, perOp, []row{
			{"Request/floor", "the floor"},
			{"Request/require", "Require"},
			{"Request/gorilla-sessions", "gorilla/sessions, signed cookie"},
			{"Request/golang-jwt", "golang-jwt, HS256"},
			{"Request/chi-jwtauth", "go-chi/jwtauth, HS256"},
			{"Request/scs-default", "scs defaults"},
		}},
	}
	for _, clients := range []int{1, 16, 128} {
		all = append(all, redisTable("Sessions in Redis", redis, clients,
			row{"Redis/get", "redigo GET"}, row{"Redis/get-in-time", "redigo GET with a deadline"},
			row{"Redis/require", "Require, stores.Redis"}, row{"Redis/scs-redisstore", "scs and redisstore defaults"}))
	}
	for _, clients := range []int{1, 16, 128} {
		all = append(all, redisTable("Sessions in Redis through rueidis", peersRedis, clients,
			row{"Redis/get", "redigo GET"}, row{"Redis/require", "Require, stores.Redis"},
			row{"Redis/require-rueidis", "Require, rueidisstore"},
			row{"Redis/require-rueidis-cached", "Require, rueidisstore, cached reads"}))
	}
	return append(all,
		table{"One login after the other", login, "Login/get", clock, perOp, []row{
			{"Login/get", "http.Client GET"}, {"Login/login-handler", "LoginHandler"},
		}},
		table{"64 logins at once", login, "Logins/default-transport", "req/s", []column{
			{"req/s", "per second", number}, {"p50-ns", "p50", duration}, {"p99-ns", "p99", duration}, {"conns", "connections", number},
		}, []row{
			{"Logins/default-transport", "on http.DefaultTransport"}, {"Logins/login-handler", "LoginHandler"},
		}},
		decryptTable("Decrypting user info", "user-info"),
		decryptTable("Decrypting a phone number", "phone-number"),
		decryptTable("Decrypting a phone number into a type of one's own", "own-phone-number"),
		decryptTable("Decrypting 31 days' steps", "steps"),
		table{"Verifying", userdata, "Verify/sha1", clock, perOp, []row{
			{"Verify/sha1", "SHA-1"}, {"Verify/verify", "VerifyRawData"},
		}},
		table{"Signing", userdata, "Sign/hmac", clock, perOp, []row{
			{"Sign/hmac", "HMAC-SHA256"}, {"Sign/sign", "Sign"},
		}},
		table{"A million sessions", million, "Million/memstore", "longest-wait-ns", []column{
			{"B/session", "bytes per session", number}, {"ns/lookup", "lookup", duration},
			{"longest-wait-ns", "longest wait", duration}, {"gc-ns", "garbage collection", duration},
		}, []row{
			{"Million/memstore", "memstore"}, {"Million/memory", "stores.Memory"},
		}},
		table{"A server on one core over loopback, wrk with 32 connections on another", loopback, "Loopback/bare", "req/s", []column{
			{"req/s", "per second", number},
		}, []row{
			{"Loopback/bare", "bare handler"}, {"Loopback/wxauth", "Require"}, {"Loopback/scs", "scs defaults"},
		}},
	)
}

// print writes the table, with "ratio" as that of each row to the base.
func (t table) print(w io.Writer, samples []sample) {
	fmt.Fprintf(w, "\n**%s**\n\n|", t.title)
	for _, c := range t.columns {
		fmt.Fprintf(w, " | %s", c.title)
	}
	fmt.Fprint(w, " | ratio |\n|---|")
	for range t.columns {
		fmt.Fprint(w, "--:|")
	}
	fmt.Fprint(w, "--:|\n")
	for _, r := range t.rows {
		fmt.Fprintf(w, "| %s", r.what)
		for _, c := range t.columns {
			fmt.Fprintf(w, " | %s", show(c.format, samples, func(s sample) (float64, bool) { return s.value(r.name, c.unit) }))
		}
		ratio := bar{row: r.name, unit: t.unit, base: t.base}
		fmt.Fprintf(w, " | %s |\n", show(number, samples, ratio.of))
	}
}

func show(format func(float64) string, samples []sample, f func(sample) (float64, bool)) string {
	v, ok := median(samples, f)
	if !ok {
		return "–"
	}
	return format(v)
}

// number has about three digits.
func number(v float64) string {
	switch {
	case v >= 100 || v == float64(int(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// duration shows nanoseconds.
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
