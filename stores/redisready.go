package stores

import (
	"context"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/ready"
)

// Ping returns nil if Redis answers PING without an error. Ping does not check that the
// store works; see [Redis.Ready].
func (r *Redis) Ping(ctx context.Context) error {
	if _, err := r.do(ctx, "PING"); err != nil {
		return failure.New("pinging redis", err)
	}
	return nil
}

// Ready implements [ReadyChecker]. It calls CommitCtx, CompareAndSwapCtx, FindCtx and
// DeleteCtx with some test keys. If Ready cannot delete a test key, the key expires after 10
// seconds. Ready also checks the version of Redis (command INFO), the maxmemory-policy (INFO
// or CONFIG GET) and the clock (TIME). If the Redis user is not allowed to run a command,
// Ready skips the checks that need this command. Ready takes at most 3 seconds, and ends at
// the deadline of ctx if that is earlier. If the application made the pool, Ready can take
// longer; see [NewRedis].
//
// The error tells the operator what is wrong, and usually how to fix it. For example,
// Ready can detect a wrong password, a missing permission for SET, a replica, and a node of a
// Redis Cluster. For a store of [OpenRedis], Ready can also detect a rediss:// URL for a
// server without TLS, and a redis:// URL for a server with TLS.
func (r *Redis) Ready(ctx context.Context) error {
	return ready.Check(ctx, ready.Probe{
		Store:   r,
		Prefix:  r.prefix,
		Servers: []ready.Ask{r.ask},
		Addr:    r.addr,
		TLS:     r.useTLS,
		Oldest:  [2]int{2, 8}, // AllCtx needs SCAN, which older versions do not have
	})
}

// ask implements ready.Ask.
func (r *Redis) ask(ctx context.Context, command ...string) ([]string, error) {
	args := redis.Args{}.AddFlat(command[1:])
	reply, err := r.do(ctx, command[0], args...)
	if text, ok := reply.([]byte); ok {
		return []string{string(text)}, err
	}
	return redis.Strings(reply, err)
}
