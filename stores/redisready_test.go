package stores_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
)

// documentedACL contains the ACL rules that the doc comment of stores.Redis requires.
var documentedACL = []any{"~scs:session:*", "+get", "+set", "+del", "+eval", "+evalsha"}

func user(s *redistest.Server, name string, rules ...any) {
	s.Do("ACL", append([]any{"SETUSER", name, "reset", "on", ">hunter2"}, rules...)...)
}

func TestRedisReadyTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	user(server, "app", documentedACL...)
	without := func(name, command string, more ...any) string {
		user(server, name, append(append([]any{}, documentedACL...), append(more, "-"+command)...)...)
		return "redis://" + name + ":hunter2@" + server.Addr
	}
	user(server, "shop", "~shop:*", "+@all")
	start := func(options ...string) string { return "redis://" + redistest.Start(t, options...).Addr }

	hung := redistest.Start(t)
	defer hung.Resume()
	hung.Pause()
	full := redistest.Start(t)
	full.Do("CONFIG", "SET", "maxmemory", "1mb")
	replicated := redistest.Start(t)
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+replicated.Port)
	evicting := redistest.Start(t, "--maxmemory-policy", "allkeys-lru")
	user(evicting, "monitor", append([]any{"+config|get"}, documentedACL...)...)
	crowded := redistest.Start(t, "--maxclients", "1")
	crowd, err := net.Dial("tcp", crowded.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer crowd.Close()
	encrypted, _ := encryptedRedis(t)
	mutual, _ := encryptedRedis(t, "--tls-auth-clients", "yes")
	http := httpServer(t)

	const allow = "allow +get +set +del +eval +evalsha"
	tests := []struct{ name, url, want string }{
		{"nobody listens", "redis://:hunter2@127.0.0.1:1",
			"redis cannot be reached: dialing HOST: connection refused"},
		{"no such host", "redis://:hunter2@nowhere.invalid",
			"the host name nowhere.invalid cannot be resolved: check the host in the URL"},
		{"hung", "redis://" + hung.Addr,
			"redis did not answer in time: committing a session to redis: timed out"},
		{"wrong password", "redis://app:hunter3@" + server.Addr, "redis refused the user name or the password (WRONGPASS)"},
		{"no password", start("--requirepass", "hunter2"), "redis wants a password (NOAUTH): add it to the URL, as in redis://:password@host"},
		{"password for none", "redis://:hunter2@" + server.Addr, "the URL has a password, but redis has none set"},
		{"no SET", without("noset", "set"), "the redis user may not run SET (NOPERM): " + allow},
		{"no DEL", without("nodel", "del"), "the redis user may not run DEL (NOPERM): " + allow},
		{"no EVALSHA", without("noevalsha", "evalsha"), "the redis user may not run EVALSHA (NOPERM): " + allow},
		{"no EVAL", without("noeval", "eval"), "the redis user may not run EVAL (NOPERM): " + allow},
		{"no GET", without("noget", "get"), "the redis user may run scripts, but not GET, SET and DEL in them: " + allow},
		{"no SELECT", without("noselect", "select") + "/1", "the redis user may not run SELECT (NOPERM): allow +select, or use database 0"},
		{"another prefix", "redis://shop:hunter2@" + server.Addr,
			"the redis user may not use the keys scs:session:* (NOPERM): allow them with ~scs:session:*, or set the prefix in the URL"},
		{"scripts disabled", start("--rename-command", "EVALSHA", "", "--rename-command", "EVAL", ""),
			"redis does not know EVALSHA: it was renamed or disabled, or the server is no redis"},
		{"replica", "redis://" + replica.Addr, "redis is a replica (READONLY): connect to its master, or use package rueidisstore with Sentinel"},
		{"out of memory", "redis://" + full.Addr, "redis is out of memory (OOM): raise maxmemory"},
		{"disk full", "redis://" + withoutDisk(t).Addr, "redis cannot save to its disk and refuses writes (MISCONF)"},
		{"no replicas", start("--min-replicas-to-write", "1"), "redis has fewer replicas than min-replicas-to-write and refuses writes (NOREPLICAS)"},
		{"too many clients", "redis://" + crowded.Addr, "redis has as many connections as its maxclients allows"},
		{"no such database", "redis://" + server.Addr + "/99", "redis has no database of that number: check the end of the URL; a Redis Cluster has only 0"},
		{"untrusted certificate", "rediss://" + encrypted,
			"the certificate of redis is not trusted (x509: certificate signed by unknown authority): install its authority, or name the host as the certificate does"},
		{"TLS to a plain port", "rediss://:hunter2@" + server.Addr, "redis at HOST does not speak TLS: the URL must start with redis:// instead of rediss://"},
		{"plain to a TLS port", "redis://:hunter2@" + encrypted, "redis at HOST speaks TLS: the URL must start with rediss:// instead of redis://"},
		{"plain to a TLS port that wants a certificate", "redis://" + mutual, "redis at HOST speaks TLS: the URL must start with rediss:// instead of redis://"},
		{"eviction", "redis://" + evicting.Addr, "redis may evict sessions and user records (maxmemory-policy is allkeys-lru): set noeviction"},
		{"eviction, INFO not allowed", "redis://monitor:hunter2@" + evicting.Addr, "redis may evict sessions and user records (maxmemory-policy is allkeys-lru): set noeviction"},
		{"no redis", "redis://:hunter2@" + http, "the server does not speak the protocol of redis: check host and port"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			store := openRedis(t, test.url)
			began := time.Now()
			err := store.Ready(t.Context())
			took := time.Since(began)
			if err == nil {
				t.Fatal("ready")
			}
			_, host, _ := strings.Cut(test.url, "://")
			host = host[strings.Index(host, "@")+1:]
			if want := strings.ReplaceAll(test.want, "HOST", host); err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			t.Logf("%v: %v", took.Round(time.Millisecond), err)
			if strings.Contains(test.name, "TLS") && took > time.Second {
				t.Errorf("took %v", took)
			}
			var safe stores.SafeError
			if !errors.As(err, &safe) || strings.Contains(safe.SafeError(), "hunter") {
				t.Errorf("unsafe: %v", err)
			}
		})
	}
}

// Ready must fail even if the node stores the first key that Ready writes.
func TestRedisReadyAtAClusterNode(t *testing.T) {
	t.Parallel()
	for _, node := range redistest.StartCluster(t) {
		store := openRedis(t, "redis://"+node.Addr)
		for range 20 {
			err := store.Ready(t.Context())
			if want := "redis is a node of a Redis Cluster (MOVED): use package rueidisstore"; err == nil || err.Error() != want {
				t.Fatalf("got %v, want %s", err, want)
			}
		}
	}
}

func TestRedisReady(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	user(server, "app", documentedACL...)
	user(server, "shop", "~shop:*", "+@all")
	for name, url := range map[string]string{
		"all allowed":    "redis://" + server.Addr,
		"documented ACL": "redis://app:hunter2@" + server.Addr,
		"prefix":         "redis://shop:hunter2@" + server.Addr + "?prefix=shop:",
		"one connection": "redis://" + server.Addr + "?max_conns=1",
	} {
		store := openRedis(t, url)
		for range 2 { // the second time, the script for swaps is in the cache of Redis
			if err := store.Ready(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := server.Do("DBSIZE"); n != int64(0) {
			t.Errorf("%s: %v keys are left", name, n)
		}
		server.Do("SCRIPT", "FLUSH")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := openRedis(t, "redis://"+server.Addr).Ready(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

func TestRedisReadyBehindABalancer(t *testing.T) {
	t.Parallel()
	servers := []*redistest.Server{redistest.Start(t), redistest.Start(t)}
	var dials atomic.Int64
	store := stores.NewRedis(&redis.Pool{Dial: func() (redis.Conn, error) {
		return redis.Dial("tcp", servers[dials.Add(1)%2].Addr)
	}})
	defer store.Close()
	want := "redis does not return what was just written: writes and reads must go to the same server, a master"
	if err := store.Ready(t.Context()); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRedisReadyAfterAnOutage(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	for range 2 {
		if err := store.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		server.Stop()
		if err := store.Ready(t.Context()); err == nil {
			t.Error("ready without a server")
		}
		server.Restart()
	}
}

func TestRedisPing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	if err := store.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	server.Stop()
	var safe stores.SafeError
	if err := store.Ping(t.Context()); !errors.As(err, &safe) {
		t.Errorf("without a server: %v", err)
	}
}

func withoutDisk(t *testing.T) *redistest.Server {
	t.Helper()
	s := redistest.Start(t)
	dir, err := redis.Strings(s.Do("CONFIG", "GET", "dir"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir[1], "dump.rdb"), 0o700); err != nil { // this directory prevents Redis from writing its dump file
		t.Fatal(err)
	}
	s.Do("CONFIG", "SET", "save", "1000 1000")
	s.Do("BGSAVE")
	for s.Info("rdb_last_bgsave_status") != "err" {
		time.Sleep(10 * time.Millisecond)
	}
	return s
}

func httpServer(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 4096))
			conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
			conn.Close()
		}
	}()
	return l.Addr().String()
}
