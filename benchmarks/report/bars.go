package main

import "fmt"

// A bar is a figure to be met. What is measured is that of row, divided by that
// of base if there is one.
type bar struct {
	what  string
	run   string // of runs
	row   string
	unit  string
	base  string
	least bool // limit is the least, not the most
	limit float64

	// over, if not 0, makes it how much row is over so many times base.
	over float64
}

const (
	clock = "ns/op"
	cpu   = "cpu-ns/req+redis-ns/req"
)

var bars = []bar{
	{what: "Require with plain tokens: time, of the floor's", run: request, row: "Request/require-plain", unit: clock, base: "Request/floor", limit: 1.5},
	{what: "Require: time, of the floor's", run: request, row: "Request/require", unit: clock, base: "Request/floor", limit: 2.1},
	{what: "Require: allocations", run: request, row: "Request/require", unit: "allocs/op", limit: 5},
	{what: "Require: times faster than scs defaults", run: request, row: "Request/scs-default", unit: clock, base: "Request/require", least: true, limit: 25},
	{what: "Require: times faster than golang-jwt HS256", run: peers, row: "Request/golang-jwt", unit: clock, base: "Request/require", least: true, limit: 8},
	{what: "LoadAndSave with plain tokens, as scs defaults have them: times faster than those", run: request, row: "Request/scs-default", unit: clock, base: "Request/load-and-save-plain", least: true, limit: 18},
	{what: "LoadAndSave: the same with hashed tokens", run: request, row: "Request/scs-default", unit: clock, base: "Request/load-and-save", least: true, limit: 18},
	{what: "LoadAndSave: allocations", run: request, row: "Request/load-and-save", unit: "allocs/op", limit: 12},
	{what: "Identify without a token: ns over 1.2 times the bare handler", run: request, row: "Request/identify-nobody", unit: clock, base: "Request/bare", over: 1.2, limit: 30},
	{what: "Identify without a token: allocations", run: request, row: "Request/identify-nobody", unit: "allocs/op", limit: 0},
	{what: "Require with 10 KB of other session data: time, of that without", run: request, row: "Request/require-10KB", unit: clock, base: "Request/require", limit: 1.3},
	{what: "Require on stores.Redis, 1 client: CPU, of a GET's", run: redis, row: "Redis/require/clients=1", unit: cpu, base: "Redis/get/clients=1", limit: 1.25},
	{what: "the same, 16 clients", run: redis, row: "Redis/require/clients=16", unit: cpu, base: "Redis/get/clients=16", limit: 1.25},
	{what: "the same, 128 clients", run: redis, row: "Redis/require/clients=128", unit: cpu, base: "Redis/get/clients=128", limit: 1.25},
	{what: "Require on stores.Redis, 1 client: round trips", run: redis, row: "Redis/require/clients=1", unit: "trips/req", limit: 1},
	{what: "stores.OpenRedis, 128 at once again and again: dials per request", run: redis, row: "RedisBursts/require", unit: "dials/req", limit: 0.05},
	{what: "Require on stores.Redis, 128 clients: requests per second, of scs with redisstore", run: redis, row: "Redis/require/clients=128", unit: "req/s", base: "Redis/scs-redisstore/clients=128", least: true, limit: 3.5},
	{what: "Require on rueidisstore with cached reads, 16 clients: requests per second, of a GET's", run: peersRedis, row: "Redis/require-rueidis-cached/clients=16", unit: "req/s", base: "Redis/get/clients=16", least: true, limit: 8},
	{what: "LoginHandler: time, of a bare GET of the same URL", run: login, row: "Login/login-handler", unit: clock, base: "Login/get", limit: 1.7},
	{what: "64 logins at once: logins per second, of those on http.DefaultTransport", run: login, row: "Logins/login-handler", unit: "req/s", base: "Logins/default-transport", least: true, limit: 12},
	{what: "64 logins at once, 2,048 in all: connections to WeChat", run: login, row: "Logins/login-handler", unit: "conns", limit: 70},
	{what: "1,000 posts of one code at once: calls to WeChat", run: login, row: "OneCode", unit: "calls/code", limit: 1},
	{what: "Decrypt of user info: time, of base64, AES-CBC and encoding/json alone", run: userdata, row: "Decrypt/user-info/decrypt", unit: clock, base: "Decrypt/user-info/alone", limit: 1.25},
	{what: "the same, of a phone number", run: userdata, row: "Decrypt/phone-number/decrypt", unit: clock, base: "Decrypt/phone-number/alone", limit: 1.25},
	{what: "the same, of a phone number in a type of one's own", run: userdata, row: "Decrypt/own-phone-number/decrypt", unit: clock, base: "Decrypt/own-phone-number/alone", limit: 1.25},
	{what: "the same, of 31 days' steps", run: userdata, row: "Decrypt/steps/decrypt", unit: clock, base: "Decrypt/steps/alone", limit: 1.25},
	{what: "a million sessions, half expiring: longest wait of a lookup, of memstore's", run: million, row: "Million/memory", unit: "longest-wait-ns", base: "Million/memstore", limit: 0.1},
	{what: "a million sessions: bytes per session", run: million, row: "Million/memory", unit: "B/session", limit: 325},
	{what: "wrk, 32 connections: requests per second, of the bare handler's", run: loopback, row: "Loopback/wxauth", unit: "req/s", base: "Loopback/bare", least: true, limit: 0.88},
	{what: "wrk, 32 connections: requests per second, of scs defaults", run: loopback, row: "Loopback/wxauth", unit: "req/s", base: "Loopback/scs", least: true, limit: 2.4},
}

// of is the bar's figure in one sample.
func (b bar) of(s sample) (float64, bool) {
	v, ok := s.value(b.row, b.unit)
	if b.base == "" || !ok {
		return v, ok
	}
	base, ok := s.value(b.base, b.unit)
	if b.over != 0 {
		return v - b.over*base, ok
	}
	return v / base, ok && base != 0
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
