package rueidisstore

import (
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/redisurl"
)

// refresh is the interval at which the client asks the Sentinels for the master.
const refresh = time.Second

// followSentinels makes the client ask the Sentinels of a URL for the master. After a
// failover, the client connects to the new master.
func followSentinels(o *rueidis.ClientOption, u *redisurl.URL) {
	o.Sentinel = rueidis.SentinelOption{
		MasterSet: u.Master,
		Dialer:    o.Dialer,
		TLSConfig: u.TLS,
		Username:  u.SentinelUser,
		Password:  u.SentinelPassword,
		// Sentinels also send messages about a new master. The client can miss such a
		// message. The message can also arrive before the old master has become a
		// replica. So the client also asks at intervals.
		TopologyRefreshInterval: refresh,
	}
}
