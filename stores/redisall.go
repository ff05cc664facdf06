package stores

import (
	"context"
	"strings"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/layout"
	"example.com/wxlogin/stores/internal/ready"
)

// All does the same as AllCtx, without a context.
func (r *Redis) All() (map[string][]byte, error) {
	return r.AllCtx(context.Background())
}

// AllCtx returns the keys of the store without their prefix, and the values. It skips the
// test keys of [Redis.Ready], and keys with values that are not Redis strings. The result
// contains all other keys that exist during the whole call. It can also contain keys that
// exist during only a part of the call. The limit of 3 seconds for a command applies to
// each command of AllCtx, and not to the whole call.
func (r *Redis) AllCtx(ctx context.Context) (map[string][]byte, error) {
	all := make(map[string][]byte)
	for cursor := "0"; ; {
		var keys []any
		reply, err := redis.Values(r.do(ctx, "SCAN", cursor, "MATCH", layout.Pattern(r.prefix), "COUNT", 1000))
		if err == nil {
			_, err = redis.Scan(reply, &cursor, &keys)
		}
		var values []any
		if err == nil && len(keys) > 0 {
			values, err = redis.Values(r.do(ctx, "MGET", keys...))
		}
		if err != nil {
			return nil, failure.New("listing the sessions in redis", err)
		}
		for i, value := range values {
			key := strings.TrimPrefix(string(keys[i].([]byte)), r.prefix)
			if value, ok := value.([]byte); ok && !ready.IsKey(key) {
				all[key] = value
			}
		}
		if cursor == "0" {
			return all, nil
		}
	}
}
