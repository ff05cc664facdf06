package rueidisstore

import (
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/redisurl"
)

const refresh = time.Second

// followSentinels sets the options with which a client gets the address of the master from
// the Sentinels in the URL u. After a failover, the client connects to the new master.
func followSentinels(o *rueidis.ClientOption, u *redisurl.URL) {
	o.Sentinel = rueidis.SentinelOption{
		MasterSet: u.Master,
		Dialer:    o.Dialer,
		TLSConfig: u.TLS,
		Username:  u.SentinelUser,
		Password:  u.SentinelPassword,
		// When the master changes, a Sentinel sends the client a message. If the client
		// missed this message, it could stay with the old master. So the client also asks
		// the Sentinels at intervals.
		TopologyRefreshInterval: refresh,
	}
}
