package redistest_test

import (
	"testing"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/storetest/redistest"
)

func TestServer(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do("SET", "key", "value")
	s.Kill()
	s.Restart()
	if got, _ := redis.String(s.Do("GET", "key"), nil); got != "value" {
		t.Errorf("after being killed and restarted it has %q", got)
	}
	s.Stop()
	if _, err := redis.Dial("tcp", s.Addr); err == nil {
		t.Error("a connection to a stopped server")
	}
	s.Restart()
	if got := s.Info("role"); got != "master" {
		t.Errorf("role:%s", got)
	}
}

func TestSentinel(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinel(t)
	s.Servers[0].Kill()
	s.AwaitMaster(s.Servers[1])
}

func TestCluster(t *testing.T) {
	t.Parallel()
	servers := redistest.StartCluster(t)
	if len(servers) != 3 {
		t.Fatal(len(servers), "servers")
	}
}
