package rueidisstore

import (
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/redisurl"
)

// refresh is the interval at which the client asks the Sentinels for the master.
const refresh = time.Second

// followSentinels makes a client find the master through the Sentinels of a URL, and
// follow it when Redis Sentinel fails over to a replica.
func followSentinels(o *rueidis.ClientOption, u *redisurl.URL) {
	o.Sentinel = rueidis.SentinelOption{
		MasterSet: u.Master,
		Dialer:    o.Dialer,
		TLSConfig: u.TLS,
		Username:  u.SentinelUser,
		Password:  u.SentinelPassword,
		// The client can miss a message about a new master. The message can also arrive
		// before the old master has become a replica.
		TopologyRefreshInterval: refresh,
	}
}
