package rueidisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/ready"
)

// Ready implements [stores.ReadyChecker]. It writes, swaps, reads and deletes some test
// keys. The test keys start with the prefix and expire after 10 seconds. Ready then
// checks the version, the clock and the eviction policy of each server. It skips a
// check if the Redis user may not run the command for it: INFO, TIME or CONFIG GET.
// Ready ends when ctx ends, or after 3 seconds.
//
// The text of an error names the mistake and tells the operator how to fix it. Examples
// of mistakes are a wrong password, a command that the user may not run, a replica, and
// TLS on one side only.
func (s *Store) Ready(ctx context.Context) error {
	probe := ready.Probe{Store: s, Prefix: s.prefix, Addr: s.addr, TLS: s.useTLS}
	for _, node := range s.client.Nodes() {
		probe.Servers = append(probe.Servers, asker(node))
	}
	err := ready.Check(ctx, probe)
	if reply := (failure.Reply{}); errors.As(err, &reply) && reply.Code == "MOVED" {
		// If the Redis user may not run CLUSTER SLOTS, the client treats a cluster node
		// as a single server. The node then replies MOVED for the keys of other nodes.
		return ready.Say(needsClusterSlots, err)
	}
	return err
}

func asker(node rueidis.Client) ready.Ask {
	return func(ctx context.Context, command ...string) ([]string, error) {
		reply, err := abandonable(ctx, time.Now().Add(timeout), func(ctx context.Context) rueidis.RedisResult {
			return node.Do(ctx, node.B().Arbitrary(command...).Build())
		})
		if err != nil {
			return nil, err
		}
		message, err := reply.ToMessage()
		if err != nil {
			return nil, err
		}
		if message.IsMap() { // CONFIG GET
			var pairs []string
			values, err := message.AsStrMap()
			for name, value := range values {
				pairs = append(pairs, name, value)
			}
			return pairs, err
		}
		if message.IsArray() {
			return message.AsStrSlice()
		}
		text, err := message.ToString()
		return []string{text}, err
	}
}
