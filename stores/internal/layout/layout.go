// Package layout defines how stores.Redis and package rueidisstore keep sessions in
// Redis: the prefix of the keys, the expiry, and the script that swaps values. Both stores
// use package layout, so an application can replace one store with the other.
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

// CompareAndSwap is a Lua script that sets the value of one key, or deletes the key, if
// the old value is as expected. The script returns 1 in this case, otherwise 0. The
// arguments are:
//
//  1. the [Digest] of the old value; empty if the key must be absent
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

// Digest returns the SHA-1 of the value old in hexadecimal, or "" if the value is nil. The
// stores send the digest instead of the old value, to save traffic. The digest is SHA-1
// because every Redis offers it to scripts.
//
// SHA-1 is safe for the comparison of CompareAndSwap. It practically never happens by
// chance that two different values have the same SHA-1. Even if an attacker prepares two
// values with the same SHA-1 for one key, a swap can only discard a concurrent change of this
// key. The swap cannot restore a deleted key, because an absent key never matches a SHA-1.
func Digest(old []byte) string {
	if old == nil {
		return ""
	}
	sum := sha1.Sum(old)
	return hex.EncodeToString(sum[:])
}

// TTL returns the milliseconds from now until expiry, rounded up, for the PX option of
// SET. If expiry is not in the future, TTL returns 0, and the caller must delete the key.
// The result is at most about 292 years, the longest time.Duration.
//
// The stores send Redis this lifetime and not the time of expiry. So a key expires
// correctly even if the clocks of this machine and of Redis differ.
func TTL(expiry time.Time) int64 {
	d := time.Until(expiry)
	if d <= 0 {
		return 0
	}
	return int64((d-1)/time.Millisecond) + 1 // adding a millisecond to d before the division could overflow
}
