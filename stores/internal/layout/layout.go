// Package layout is what all stores on Redis agree on, so that they can be
// exchanged for one another.
package layout

import (
	"strings"
	"time"
)

// Prefix stands in front of every key, as with scs/redisstore.
const Prefix = "scs:session:"

// CompareAndSwap is a script for one key. Its arguments are 1 if there is an
// old value and 0 if not, that value, when the new one expires or nothing to
// delete the key, and the new value. It returns 1 if it swapped, or 0.
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
	redis.call('SET', KEYS[1], ARGV[4], 'PXAT', ARGV[3])
end
return 1
`

// Expiry returns what PXAT takes, milliseconds since 1970. It must be positive;
// of the times in the past one is as good as another.
func Expiry(t time.Time) int64 { return max(1, t.UnixMilli()) }

// A ReplyCode is the first word of an error reply of Redis, such as OOM or
// READONLY. What follows it there can hold the arguments of the command: a key,
// a value, a password.
type ReplyCode string

// CodeOf returns the code of an error reply.
func CodeOf(reply string) ReplyCode {
	code, _, _ := strings.Cut(reply, " ")
	return ReplyCode(code)
}

func (c ReplyCode) Error() string { return "redis replied " + string(c) }
