package rueidisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/ready"
)

// Ready implements [stores.ReadyChecker]. It calls CommitCtx, CompareAndSwapCtx, FindCtx
// and DeleteCtx with some test keys. The test keys start with the store's prefix and
// expire after 10 seconds. If these calls succeed, Ready checks the servers one after the
// other, up to the first error. With Redis Sentinel, it checks only the master. A server
// must execute scripts and run Redis 6 or newer, and its maxmemory-policy must be
// noeviction. Its clock must not differ from the clock of this machine by more than about
// 5 seconds. Ready reads the version with INFO, the policy with INFO or CONFIG GET, and
// the clock with TIME. If Ready cannot read one of these values, it skips the check of
// this value. Ready ends when ctx ends, at the latest after about 3 seconds.
//
// The text of an error usually tells the operator what is wrong and how to fix it.
func (s *Store) Ready(ctx context.Context) error {
	probe := ready.Probe{Store: s, Prefix: s.prefix, Addr: s.addr, TLS: s.useTLS, Oldest: [2]int{6, 0}}
	for _, node := range s.client.Nodes() {
		probe.Servers = append(probe.Servers, asker(node))
	}
	err := ready.Check(ctx, probe)
	if reply := (failure.Reply{}); errors.As(err, &reply) && reply.Code == "MOVED" {
		// If the URL names one node of a cluster and the Redis user is not allowed to ask
		// for the nodes of the cluster, the client treats the node as a single server. The
		// node then replies MOVED for the keys of other nodes.
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
		if message.IsMap() { // the reply to CONFIG GET
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
