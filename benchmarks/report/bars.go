package main

import "fmt"

// bar is a limit for a figure. If bar.base is "", the figure is the result of the benchmark
// bar.row in bar.unit. Otherwise the figure is computed from the results of bar.row and
// bar.base; see bar.of.
type bar struct {
	what  string
	run   string // the name of a set of benchmarks, such as "request"
	row   string
	unit  string
	base  string
	least bool // whether bar.limit is a minimum; otherwise it is a maximum
	limit float64
	over  float64
}

const (
	clock = "ns/op"
	cpu   = "cpu-ns/req+redis-ns/req" // the sum of the numbers in both units
)

// If the measured code must do more work, such as another check, adjust these limits.
const (
	requireToStorePlain  = 1.8
	requireToStoreHashed = 1.6
	scsToRequire         = 19
	jwtToRequire         = 7
	scsToLoadSavePlain   = 10
	scsToLoadSaveHashed  = 9
	requireToBare        = 0.85

	// In addition to the HTTP GET, LoginHandler starts a goroutine for the login, because
	// concurrent requests with one code share the login. It also checks that no object in
	// WeChat's reply contains a name twice, and that Revoke was not called during the login.
	loginToGet = 2.4
	// Unlike the benchmark "alone", Decrypt reads the session_key from the store, and looks
	// for repeated names in the decrypted JSON. This work takes a large part of the time only
	// for small data, such as a phone number.
	phoneToAlone = 1.6
)

var bars = []bar{
	{what: "Require with plain tokens: time relative to reading from stores.Memory", run: request, row: "Request/require-plain", unit: clock, base: "Request/store-plain", limit: requireToStorePlain},
	{what: "Require: time relative to hashing and reading from stores.Memory", run: request, row: "Request/require", unit: clock, base: "Request/store-hashed", limit: requireToStoreHashed},
	{what: "Require: allocations", run: request, row: "Request/require", unit: "allocs/op", limit: 4},
	{what: "scs defaults: time relative to Require", run: request, row: "Request/scs-default", unit: clock, base: "Request/require", least: true, limit: scsToRequire},
	{what: "golang-jwt with HS256: time relative to Require", run: peers, row: "Request/golang-jwt", unit: clock, base: "Request/require", least: true, limit: jwtToRequire},
	{what: "scs defaults: time relative to LoadAndSave with plain tokens, which scs has too", run: request, row: "Request/scs-default", unit: clock, base: "Request/load-and-save-plain", least: true, limit: scsToLoadSavePlain},
	{what: "scs defaults: time relative to LoadAndSave", run: request, row: "Request/scs-default", unit: clock, base: "Request/load-and-save", least: true, limit: scsToLoadSaveHashed},
	{what: "LoadAndSave: allocations", run: request, row: "Request/load-and-save", unit: "allocs/op", limit: 12},
	{what: "Identify without a token: ns in excess of 1.2 bare handlers", run: request, row: "Request/identify-nobody", unit: clock, base: "Request/bare", over: 1.2, limit: 30},
	{what: "Identify without a token: allocations", run: request, row: "Request/identify-nobody", unit: "allocs/op", limit: 0},
	{what: "Require with 10 KB of other session data: time relative to Require without", run: request, row: "Request/require-10KB", unit: clock, base: "Request/require", limit: 1.3},

	{what: "Require on stores.Redis, 1 client: CPU relative to a redigo GET with a deadline", run: redis, row: "Redis/require/clients=1", unit: cpu, base: "Redis/get-in-time/clients=1", limit: 1.25},
	{what: "Require on stores.Redis, 16 clients: CPU relative to a redigo GET with a deadline", run: redis, row: "Redis/require/clients=16", unit: cpu, base: "Redis/get-in-time/clients=16", limit: 1.25},
	{what: "Require on stores.Redis, 128 clients: CPU relative to a redigo GET with a deadline", run: redis, row: "Redis/require/clients=128", unit: cpu, base: "Redis/get-in-time/clients=128", limit: 1.25},
	{what: "Require on stores.Redis, 128 clients: requests per second relative to scs with redisstore", run: redis, row: "Redis/require/clients=128", unit: "req/s", base: "Redis/scs-redisstore/clients=128", least: true, limit: 2},
	{what: "Require on stores.Redis, 1 client: round trips", run: redis, row: "Redis/require/clients=1", unit: "trips/req", limit: 1},
	{what: "stores.OpenRedis, bursts of 128: dials per request", run: redis, row: "RedisBursts/require", unit: "dials/req", limit: 0.05},
	{what: "FindCtx of rueidisstore, 128 clients: requests per second relative to a rueidis GET", run: peersRedis, row: "Redis/find-rueidis/clients=128", unit: "req/s", base: "Redis/get-rueidis/clients=128", least: true, limit: 0.85},
	{what: "Require on rueidisstore, 128 clients: requests per second relative to a rueidis GET", run: peersRedis, row: "Redis/require-rueidis/clients=128", unit: "req/s", base: "Redis/get-rueidis/clients=128", least: true, limit: 0.65},
	{what: "Require on rueidisstore, 128 clients: requests per second relative to scs with redisstore", run: peersRedis, row: "Redis/require-rueidis/clients=128", unit: "req/s", base: "Redis/scs-redisstore/clients=128", least: true, limit: 4},
	{what: "Require on rueidisstore with cached reads, 16 clients: requests per second relative to a redigo GET", run: peersRedis, row: "Redis/require-rueidis-cached/clients=16", unit: "req/s", base: "Redis/get/clients=16", least: true, limit: 8},

	{what: "Require on stores.Redis, 5 ms away, 5,000 requests per second: p99 relative to a redigo GET", run: far, row: "RedisFar/require/5ms", unit: "p99-ns", base: "RedisFar/get/5ms", limit: 1.25},
	{what: "Require on stores.Redis, 60 ms away, 200 requests per second: p50 relative to a redigo GET", run: far, row: "RedisFar/require/60ms", unit: "p50-ns", base: "RedisFar/get/60ms", limit: 1.1},
	{what: "Require on stores.Redis, 60 ms away: GETs per request", run: far, row: "RedisFar/require/60ms", unit: "gets/req", limit: 1},
	{what: "Require on rueidisstore, 5 ms away, 5,000 requests per second: p99 relative to a redigo GET", run: peersFar, row: "RedisFar/require-rueidis/5ms", unit: "p99-ns", base: "RedisFar/get/5ms", limit: 1.25},
	{what: "Require on rueidisstore, 60 ms away, 200 requests per second: p50 relative to a redigo GET", run: peersFar, row: "RedisFar/require-rueidis/60ms", unit: "p50-ns", base: "RedisFar/get/60ms", limit: 1.1},
	{what: "Require on rueidisstore, 60 ms away: GETs per request", run: peersFar, row: "RedisFar/require-rueidis/60ms", unit: "gets/req", limit: 1},

	{what: "LoginHandler: time relative to a bare GET of the same URL", run: login, row: "Login/login-handler", unit: clock, base: "Login/get", limit: loginToGet},
	{what: "64 logins at once: logins per second relative to http.DefaultTransport", run: login, row: "Logins/login-handler", unit: "req/s", base: "Logins/default-transport", least: true, limit: 12},
	{what: "64 logins at once: connections to WeChat, of which MaxInFlight allows 256", run: login, row: "Logins/login-handler", unit: "conns", limit: 256},
	{what: "64 logins at once: connections dialed while one is idle", run: login, row: "Logins/login-handler", unit: "warm-dials", limit: 0},
	{what: "1,000 posts of one code at once: calls to WeChat", run: login, row: "OneCode", unit: "calls/code", limit: 1},

	{what: "Decrypt of user info: time relative to base64, AES-CBC and encoding/json alone", run: userdata, row: "Decrypt/user-info/decrypt", unit: clock, base: "Decrypt/user-info/alone", limit: 1.25},
	{what: "Decrypt of a phone number: time relative to the same alone", run: userdata, row: "Decrypt/phone-number/decrypt", unit: clock, base: "Decrypt/phone-number/alone", limit: phoneToAlone},
	{what: "Decrypt of 31 days' steps: time relative to the same alone", run: userdata, row: "Decrypt/steps/decrypt", unit: clock, base: "Decrypt/steps/alone", limit: 1.25},

	{what: "a million sessions, half of which expire: longest wait for a lookup relative to memstore", run: million, row: "Million/memory", unit: "longest-wait-ns", base: "Million/memstore", limit: 0.1},
	{what: "a million sessions: bytes per session", run: million, row: "Million/memory", unit: "B/session", limit: 325},
	{what: "wrk with 32 connections: requests per second relative to a bare handler", run: loopback, row: "Loopback/wxauth", unit: "req/s", base: "Loopback/bare", least: true, limit: requireToBare},
	{what: "wrk with 32 connections: requests per second relative to scs defaults", run: loopback, row: "Loopback/wxauth", unit: "req/s", base: "Loopback/scs", least: true, limit: 2.4},
}

func (b bar) of(s sample) (float64, bool) {
	switch {
	case b.base == "":
		return s.value(b.row, b.unit)
	case b.over != 0:
		v, ok := s.value(b.row, b.unit)
		base, based := s.value(b.base, b.unit)
		return v - b.over*base, ok && based
	}
	return ratio(b.unit, s, b.row, s, b.base)
}

func (b bar) met(v float64) bool {
	if b.least {
		return v >= b.limit
	}
	return v <= b.limit
}

func (b bar) String() string {
	if b.least {
		return fmt.Sprintf("at least %v", b.limit)
	}
	return fmt.Sprintf("at most %v", b.limit)
}
