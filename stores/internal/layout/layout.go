// Package layout defines how sessions are stored in Redis: their keys, their expiry and
// the script that swaps values. Every Redis store uses this package, so an application
// can replace one Redis store with another.
package layout

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"time"
)

// DefaultPrefix is the prefix of every key, unless the application chooses another
// prefix. It is also the default of scs/redisstore.
const DefaultPrefix = "scs:session:"

// Pattern returns a pattern for the MATCH option of SCAN. It matches only the keys
// that start with prefix.
func Pattern(prefix string) string {
	return globSpecial.Replace(prefix) + "*"
}

var globSpecial = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `\`, `\\`)

// CompareAndSwap is a script for one key. It returns 1 if it swapped the value,
// otherwise 0. Its arguments are:
//
//  1. the digest of the old value; empty if the key must be absent
//  2. the milliseconds until the new value expires; empty to delete the key
//  3. the new value
const CompareAndSwap = `
local value = redis.call('GET', KEYS[1])
if ARGV[1] == '' then
	if value then return 0 end
elseif not value or redis.sha1hex(value) ~= ARGV[1] then
	return 0
end
if ARGV[2] == '' then
	redis.call('DEL', KEYS[1])
else
	redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2])
end
return 1
`

// Digest returns the SHA-1 of old in hexadecimal, or "" if old is nil. A script gets the
// digest and not old itself: a user record with 20 logins has more than 2 KB, and a login
// may swap it twice. Redis offers scripts no newer hash. Two values with one SHA-1 do not
// arise by chance. Every value of package wxauth also has random parts, so nobody can
// prepare two.
func Digest(old []byte) string {
	if old == nil {
		return ""
	}
	sum := sha1.Sum(old)
	return hex.EncodeToString(sum[:])
}

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
