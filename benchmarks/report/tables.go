package main

import "fmt"

// run is a set of benchmarks that one process measures, one directly after the other.
// So other load on the machine usually affects all benchmarks of a run about equally.
type run struct {
	module, bench string
	benchtime     string
	// In each round, the process is started this many times for each checkout. The flag
	// -rounds sets the number of rounds.
	times int
}

const (
	request    = "request"
	redis      = "redis"
	far        = "redis far"
	login      = "login"
	users      = "users"
	userdata   = "userdata"
	million    = "million"
	loopback   = "loopback"
	peers      = "peers"
	peersRedis = "peers redis"
	peersFar   = "peers redis far"
)

const root, peersModule = "benchmarks", "benchmarks/peers"

var runs = map[string]run{
	request:    {root, "^BenchmarkRequest$", "50ms", 3},
	userdata:   {root, "^Benchmark(Decrypt|Verify|Sign)$", "50ms", 3},
	redis:      {root, "^BenchmarkRedis(Bursts)?$", "100ms", 1},
	far:        {root, "^BenchmarkRedisFar$", "1x", 1},
	login:      {root, "^Benchmark(Login|Logins|OneCode)$", "200ms", 1},
	users:      {root, "^BenchmarkUsers$", "1x", 1},
	million:    {root, "^BenchmarkMillion$", "1x", 1},
	loopback:   {root, "^BenchmarkLoopback$", "1x", 1},
	peers:      {peersModule, "^BenchmarkRequest$", "50ms", 3},
	peersRedis: {peersModule, "^BenchmarkRedis$", "100ms", 1},
	peersFar:   {peersModule, "^BenchmarkRedisFar$", "1x", 1},
}

// table describes a table of the report. Each row is a benchmark, and each of the columns
// is a figure of this benchmark. If base is not "", printTable adds a column: the row's
// figure in table.unit, divided by the same figure of the row that base names. With the
// flag -against, printTable adds a column: the row's figure in table.unit, divided by the
// figure of the same row in the other checkout.
type table struct {
	title   string
	run     string // a key of the map runs
	unit    string
	base    string // the field row.name of one of the rows, or ""
	columns []column
	rows    []row
}

type row struct{ name, what string }

type column struct {
	unit, title string
	format      func(float64) string
}

// unitNames maps table.unit to the first words of column titles such as "time relative to
// Require".
var unitNames = map[string]string{
	clock: "time", cpu: "CPU", "req/s": "per second", "p50-ns": "p50", "p99-ns": "p99",
	"longest-wait-ns": "longest wait", "B/record": "record",
}

func (t table) what(name string) string {
	for _, r := range t.rows {
		if r.name == name {
			return r.what
		}
	}
	return name
}

var (
	perOp = []column{{clock, "time", duration}, {"B/op", "bytes", number}, {"allocs/op", "allocations", number}}
	load  = []column{
		{"req/s", "per second", number}, {"cpu-ns/req", "CPU", duration}, {"redis-ns/req", "CPU of Redis", duration},
		{"p50-ns", "p50", duration}, {"p99-ns", "p99", duration},
		{"trips/req", "round trips", number}, {"dials/req", "dials", number},
	}
	distance = []column{{"p50-ns", "p50", duration}, {"p99-ns", "p99", duration}, {"gets/req", "GETs per request", number}}
)

func redisTable(title, run, unit string, clients int, rows ...row) table {
	t := table{title: fmt.Sprintf("%s, %d at once", title, clients), run: run, unit: unit, columns: load}
	for _, r := range rows {
		t.rows = append(t.rows, row{fmt.Sprintf("Redis/%s/clients=%d", r.name, clients), r.what})
	}
	t.base = t.rows[0].name
	return t
}

func farTables(run, name, what string) []table {
	rows := func(roundTrip string) []row {
		return []row{{"RedisFar/get/" + roundTrip, "a redigo GET"}, {"RedisFar/" + name + "/" + roundTrip, what}}
	}
	return []table{
		{"Redis 5 ms away, 5,000 requests per second: " + what, run, "p99-ns", "RedisFar/get/5ms", distance, rows("5ms")},
		{"Redis 60 ms away, 200 requests per second: " + what, run, "p50-ns", "RedisFar/get/60ms", distance, rows("60ms")},
	}
}

func decryptTable(title, data string) table {
	data = "Decrypt/" + data
	return table{title, userdata, clock, data + "/alone", perOp, []row{
		{data + "/alone", "base64, AES-CBC, encoding/json"},
		{data + "/stored", "the same, with the session_key from the store"},
		{data + "/decrypt", "Decrypt"},
	}}
}

func tables() []table {
	all := []table{
		{"A logged-in request, in process", request, clock, "Request/require", perOp, []row{
			{"Request/bare", "a bare handler"},
			{"Request/identify-nobody", "Identify, no token"},
			{"Request/floor", "a map and a context"},
			{"Request/floor-hashed", "a map and a context, hashed tokens"},
			{"Request/store-plain", "reading from stores.Memory"},
			{"Request/store-hashed", "reading from stores.Memory, hashed tokens"},
			{"Request/require-plain", "Require, plain tokens"},
			{"Request/require", "Require"},
			{"Request/require-10KB", "Require, 10 KB of other data"},
			{"Request/scs-load-plain", "scs Load, our store and codec, plain tokens"},
			{"Request/scs-load", "scs Load, our store and codec"},
			{"Request/load-and-save-plain", "LoadAndSave, plain tokens"},
			{"Request/load-and-save", "LoadAndSave"},
			{"Request/scs-bearer", "scs, bearer token and gob"},
			{"Request/scs-default", "scs defaults"},
		}},
		{"A logged-in request with other modules", peers, clock, "Request/require", perOp, []row{
			{"Request/floor", "a map and a context"},
			{"Request/require", "Require"},
			{"Request/gorilla-sessions", "gorilla/sessions, signed cookie"},
			{"Request/golang-jwt", "golang-jwt, HS256"},
			{"Request/chi-jwtauth", "go-chi/jwtauth, HS256"},
			{"Request/scs-default", "scs defaults"},
		}},
	}
	for _, clients := range []int{1, 16, 128} {
		all = append(all, redisTable("Sessions in Redis", redis, cpu, clients,
			row{"get", "a redigo GET"}, row{"get-in-time", "a redigo GET with a deadline"},
			row{"require", "Require, stores.Redis"}, row{"scs-redisstore", "scs and redisstore defaults"}))
	}
	for _, clients := range []int{1, 16, 128} {
		all = append(all, redisTable("Sessions in Redis through rueidis", peersRedis, "req/s", clients,
			row{"get-rueidis", "a rueidis GET"}, row{"find-rueidis", "FindCtx of rueidisstore"},
			row{"require-rueidis", "Require, rueidisstore"},
			row{"require-rueidis-cached", "Require, rueidisstore, cached reads"},
			row{"get", "a redigo GET"}, row{"require", "Require, stores.Redis"},
			row{"scs-redisstore", "scs and redisstore defaults"}))
	}
	all = append(all, farTables(far, "require", "Require, stores.Redis")...)
	all = append(all, farTables(peersFar, "require-rueidis", "Require, rueidisstore")...)
	return append(all,
		table{"One login after the other", login, clock, "Login/get", perOp, []row{
			{"Login/get", "http.Client GET"}, {"Login/login-handler", "LoginHandler"},
		}},
		table{"64 logins at once", login, "req/s", "Logins/default-transport", []column{
			{"req/s", "per second", number}, {"p50-ns", "p50", duration}, {"p99-ns", "p99", duration},
			{"conns", "connections", number}, {"warm-dials", "dialed when warm", number},
		}, []row{
			{"Logins/default-transport", "LoginHandler on http.DefaultTransport"}, {"Logins/login-handler", "LoginHandler"},
		}},
		table{"What a user costs", users, "B/record", "", []column{
			{"B/session", "bytes of a session", number}, {"B/record", "bytes of a user record", number},
			{"cpu-ns/req", "CPU of a login", duration}, {"redis-ns/req", "CPU of Redis", duration}, {"trips/req", "round trips", number},
		}, []row{
			{"Users/memory/one-login", "stores.Memory"},
			{"Users/memory/one-login-sealed", "stores.Memory, SealKeys"},
			{"Users/memory/twenty-logins", "stores.Memory, 20 logins of each user"},
			{"Users/redis/one-login", "stores.Redis"},
			{"Users/redis/one-login-sealed", "stores.Redis, SealKeys"},
			{"Users/redis/twenty-logins", "stores.Redis, 20 logins of each user"},
		}},
		decryptTable("Decrypting user info", "user-info"),
		decryptTable("Decrypting a phone number", "phone-number"),
		decryptTable("Decrypting a phone number into the application's own struct", "own-phone-number"),
		decryptTable("Decrypting the steps of 31 days", "steps"),
		table{"Verifying", userdata, clock, "Verify/sha1", perOp, []row{
			{"Verify/sha1", "SHA-1"}, {"Verify/verify", "VerifyRawData"},
		}},
		table{"Signing", userdata, clock, "Sign/hmac", perOp, []row{
			{"Sign/hmac", "HMAC-SHA256"}, {"Sign/sign", "Sign"},
		}},
		table{"A million sessions", million, "longest-wait-ns", "Million/memstore", []column{
			{"B/session", "bytes per session", number}, {"ns/lookup", "lookup", duration},
			{"longest-wait-ns", "longest wait", duration}, {"gc-ns", "garbage collection", duration},
		}, []row{
			{"Million/memstore", "memstore"}, {"Million/memory", "stores.Memory"},
		}},
		table{"A server on one core over loopback, wrk with 32 connections on another", loopback, "req/s", "Loopback/bare", []column{
			{"req/s", "per second", number},
		}, []row{
			{"Loopback/bare", "a bare handler"}, {"Loopback/wxauth", "Require"}, {"Loopback/scs", "scs defaults"},
		}},
	)
}
