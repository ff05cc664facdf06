package rueidisstore_test

import (
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores/storetest/redistest"
)

func TestOutages(t *testing.T) {
	for name, newStore := range map[string]func(t *testing.T, url string) scs.CtxStore{
		"plain":        func(t *testing.T, url string) scs.CtxStore { return open(t, url, plain) },
		"cached reads": func(t *testing.T, url string) scs.CtxStore { return cachedReads{open(t, url, cached)} },
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			redistest.Outages(t, server, func(t *testing.T) scs.CtxStore { return newStore(t, "redis://"+server.Addr) })
		})
	}
}

func TestFailover(t *testing.T) {
	t.Parallel()
	sentinel := redistest.StartSentinel(t)
	redistest.Failover(t, sentinel, open(t, sentinel.URL(), plain))
}

func TestDemotedMaster(t *testing.T) {
	t.Parallel()
	sentinel := redistest.StartSentinel(t)
	redistest.DemotedMaster(t, sentinel, open(t, sentinel.URL(), plain))
}
