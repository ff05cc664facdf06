package rueidisstore

import (
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/redisurl"
)

// refresh is the interval at which the client asks the Sentinels for the master.
const refresh = time.Second

// followSentinels sets the options with which a client asks the Sentinels of u for the
// master. After a failover, such a client connects to the new master.
func followSentinels(o *rueidis.ClientOption, u *redisurl.URL) {
	o.Sentinel = rueidis.SentinelOption{
		MasterSet: u.Master,
		Dialer:    o.Dialer,
		TLSConfig: u.TLS,
		Username:  u.SentinelUser,
		Password:  u.SentinelPassword,
		// When the master changes, a Sentinel sends the client a message. If the client
		// missed this message, it would stay with the old master. So the client also asks
		// the Sentinels at intervals.
		TopologyRefreshInterval: refresh,
	}
}
