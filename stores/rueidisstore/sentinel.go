package rueidisstore

import (
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/redisurl"
)

// refresh is the time between two questions to the Sentinels.
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
		// A message about a new master can be missed, or come before the old
		// master has stepped down.
		TopologyRefreshInterval: refresh,
	}
}
