// Package layout defines how the stores keep sessions in Redis: the prefix of the keys,
// the expiry, and the script that swaps values. stores.Redis and package rueidisstore
// both use this package, so an application can replace one store with the other.
package layout

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"time"
)

// DefaultPrefix is the prefix of every key if the application sets no prefix.
// scs/redisstore has the same default.
const DefaultPrefix = "scs:session:"

// Pattern returns a pattern for the MATCH option of SCAN. The pattern matches exactly
// the keys that start with prefix.
func Pattern(prefix string) string {
	return globSpecial.Replace(prefix) + "*"
}

var globSpecial = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `\`, `\\`)

// CompareAndSwap is a Lua script that swaps the value of one key. It returns 1 if it
// swapped the value, otherwise 0. The arguments are:
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

// Digest returns the SHA-1 of old in hexadecimal, or "" if old is nil. The stores send
// the digest instead of old to save traffic: a user record with 20 logins has more than
// 2 KB, and a login can swap the record twice. Redis scripts cannot compute a newer
// hash.
//
// SHA-1 is safe here. Two different values do not have the same SHA-1 by chance. An
// attacker cannot prepare such values, because each value contains random text or a
// deadline in nanoseconds.
func Digest(old []byte) string {
	if old == nil {
		return ""
	}
	sum := sha1.Sum(old)
	return hex.EncodeToString(sum[:])
}

// TTL returns the milliseconds from now until expiry, rounded up, for the PX option of
// SET. It returns 0 if expiry has passed. The caller must then delete the key. The
// result is at most 292 years, the longest time.Duration.
//
// The result is relative to now, so different clocks of this machine and of Redis do not
// change the lifetime of a session.
func TTL(expiry time.Time) int64 {
	d := time.Until(expiry)
	if d <= 0 {
		return 0
	}
	return int64((d-1)/time.Millisecond) + 1 // adding a millisecond to d first could overflow
}
