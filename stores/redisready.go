package stores

import (
	"context"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/ready"
)

// Ping returns nil if Redis answers. It does not check that the store works;
// [Redis.Ready] does.
func (r *Redis) Ping(ctx context.Context) error {
	if _, err := r.do(ctx, "PING"); err != nil {
		return failure.New("pinging redis", err)
	}
	return nil
}

// Ready implements [ReadyChecker]. It writes, swaps, reads and deletes some test keys,
// which start with the prefix and expire after 10 seconds. Then it checks the version,
// the clock and the eviction policy of Redis, if the Redis user may run INFO, TIME and
// CONFIG GET. It ends when ctx ends, or after 3 seconds.
//
// Its errors name the mistake and tell how to fix it. Examples of mistakes are a wrong
// password, a command that the user may not run, a replica, a node of a Redis Cluster,
// and TLS on one side only.
func (r *Redis) Ready(ctx context.Context) error {
	return ready.Check(ctx, ready.Probe{
		Store:   r,
		Prefix:  r.prefix,
		Servers: []ready.Ask{r.ask},
		Addr:    r.addr,
		TLS:     r.useTLS,
	})
}

// ask sends a command to the server. It is a ready.Ask.
func (r *Redis) ask(ctx context.Context, command ...string) ([]string, error) {
	args := redis.Args{}.AddFlat(command[1:])
	reply, err := r.do(ctx, command[0], args...)
	if text, ok := reply.([]byte); ok {
		return []string{string(text)}, err
	}
	return redis.Strings(reply, err)
}
