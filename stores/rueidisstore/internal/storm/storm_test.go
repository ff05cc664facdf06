package storm_test

import (
	"flag"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/stores/rueidisstore/internal/storm"
)

var (
	duration = flag.Duration("storm", 10*time.Second, "how long each storm lasts")
	seed     = flag.Uint64("seed", 0, "the seed of the storms; 0 for another one each time")
)

func openRedis(url string) (scs.CtxStore, error) { return stores.OpenRedis(url) }

func openRueidis(url string) (scs.CtxStore, error) {
	return rueidisstore.Open(url, rueidisstore.Options{})
}

func openCached(url string) (scs.CtxStore, error) {
	return rueidisstore.Open(url, rueidisstore.Options{CacheFor: time.Minute})
}

func config(open func(string) (scs.CtxStore, error), cached bool, d time.Duration) storm.Config {
	c := storm.Config{Open: open, Cached: cached, Duration: d, Seed: *seed}
	if c.Seed == 0 {
		c.Seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	return c
}

func TestStorm(t *testing.T) {
	for _, mode := range []struct {
		name   string
		open   func(string) (scs.CtxStore, error)
		cached bool
	}{
		{"stores.Redis", openRedis, false},
		{"rueidisstore", openRueidis, false},
		{"rueidisstore, cached reads", openCached, true},
	} {
		t.Run(mode.name, func(t *testing.T) {
			report := storm.Run(t, config(mode.open, mode.cached, *duration))
			t.Log(report)
			if report.Wrongs > 0 {
				t.Errorf("%d wrong answers", report.Wrongs)
			}
			if report.Recovery > 10*time.Second {
				t.Errorf("it took %v to recover", report.Recovery)
			}
		})
	}
}
