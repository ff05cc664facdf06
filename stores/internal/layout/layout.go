// Package layout defines how sessions lie in Redis: their keys, their expiry and
// the script that swaps values. Every store on Redis uses it, so an application
// can exchange one store for another.
package layout

import (
	"strings"
	"time"
)

// DefaultPrefix precedes every key unless the application chooses another
// prefix. It is the default of scs/redisstore.
const DefaultPrefix = "scs:session:"

// Pattern returns the pattern for SCAN and MATCH that matches the keys that
// start with prefix, and no others.
func Pattern(prefix string) string {
	return globSpecial.Replace(prefix) + "*"
}

var globSpecial = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `\`, `\\`)

// CompareAndSwap is a script for one key. It returns 1 if it swapped, else 0.
// Its arguments are:
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

// TTL returns the milliseconds from now until expiry, rounded up, as PX takes
// them. It returns 0 if expiry has passed; the key is deleted then. An expiry
// more than 292 years away, the longest time.Duration, counts as 292 years.
//
// The expiry is relative, so a clock that differs between this machine and
// Redis neither shortens nor prolongs a session.
func TTL(expiry time.Time) int64 {
	d := time.Until(expiry)
	if d <= 0 {
		return 0
	}
	return int64((d-1)/time.Millisecond) + 1 // d + a millisecond - 1 would overflow
}
