// Package layout defines how sessions are stored in Redis: their keys, their expiry and
// the script that swaps values. Every Redis store uses this package, so an application
// can replace one Redis store with another.
package layout

import (
	"strings"
	"time"
)

// DefaultPrefix is the prefix of every key, unless the application chooses another
// prefix. It is also the default of scs/redisstore.
const DefaultPrefix = "scs:session:"

// Pattern returns a pattern for SCAN and MATCH. It matches only the keys that start
// with prefix.
func Pattern(prefix string) string {
	return globSpecial.Replace(prefix) + "*"
}

var globSpecial = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `\`, `\\`)

// CompareAndSwap is a script for one key. It returns 1 if it swapped the value,
// otherwise 0. Its arguments are:
//
//  1. 1 if there is an old value, 0 if the key must be absent
//  2. the old value
//  3. the milliseconds until the new value expires; empty to delete the key
//  4. the new value
const CompareAndSwap = `
local value = redis.call('GET', KEYS[1])
if ARGV[1] == '0' then
	if value then return 0 end
elseif value ~= ARGV[2] then
	return 0
end
if ARGV[3] == '' then
	redis.call('DEL', KEYS[1])
else
	redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[3])
end
return 1
`

// TTL returns the milliseconds from now until expiry, rounded up, for the PX option of
// SET. It returns 0 if expiry has passed; in that case the caller deletes the key. TTL
// is at most 292 years, the longest time.Duration.
//
// The result is relative to now, so the session lives equally long if the clocks of
// this machine and of Redis differ.
func TTL(expiry time.Time) int64 {
	d := time.Until(expiry)
	if d <= 0 {
		return 0
	}
	return int64((d-1)/time.Millisecond) + 1 // adding a millisecond to d first could overflow
}
