package rueidisstore_test

import (
	"io"
	"log"
	"net"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/stores/storetest/redistest"
)

func ready(t *testing.T, url string, options rueidisstore.Options) error {
	t.Helper()
	begun := time.Now()
	store, err := rueidisstore.Open(url, options)
	if err == nil {
		defer store.Close()
		err = store.Ready(t.Context())
	}
	if took := time.Since(begun); took > 3500*time.Millisecond {
		t.Errorf("it took %v to find out", took)
	}
	return err
}

// TestReady checks that the error of Open or Ready names the mistake. For the same
// URL, stores.Redis must report the same mistake.
func TestReady(t *testing.T) {
	server := redistest.Start(t)
	server.Do("ACL", "SETUSER", "app", "on", ">hunter2", "~scs:session:*", "+get", "+set", "+del", "+eval", "+evalsha")
	server.Do("ACL", "SETUSER", "noset", "on", ">hunter2", "~*", "+@all", "-set")
	server.Do("ACL", "SETUSER", "nodel", "on", ">hunter2", "~*", "+@all", "-del")
	server.Do("ACL", "SETUSER", "noget", "on", ">hunter2", "~*", "+@all", "-get")
	server.Do("ACL", "SETUSER", "noeval", "on", ">hunter2", "~*", "+@all", "-eval", "-evalsha")
	server.Do("ACL", "SETUSER", "otherkeys", "on", ">hunter2", "~shop:*", "+@all")
	locked := redistest.Start(t)
	locked.Do("CONFIG", "SET", "requirepass", "hunter2")
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+server.Port)
	full := redistest.Start(t, "--maxmemory", "1mb")
	evicting := redistest.Start(t, "--maxmemory-policy", "volatile-lru")
	https := httptest.NewUnstartedServer(nil)
	https.Config.ErrorLog = log.New(io.Discard, "", 0)
	https.StartTLS()
	defer https.Close()
	web := httptest.NewServer(nil)
	defer web.Close()
	tests := []struct {
		name, url, want string // want is a part of the error text, or "" if the store is ready
	}{
		{"ready", "redis://" + server.Addr, ""},
		{"ready under its prefix", "redis://otherkeys:hunter2@" + server.Addr + "?prefix=shop:", ""},
		{"ready with the commands that the documentation lists", "redis://app:hunter2@" + server.Addr, ""},
		{"nobody listens", "redis://127.0.0.1:1", "connection refused"},
		{"no such host", "redis://redis.invalid", "the host name redis.invalid cannot be resolved"},
		{"no password", "redis://" + locked.Addr, "NOAUTH"},
		{"wrong password", "redis://:hunter3@" + locked.Addr, "WRONGPASS"},
		{"unknown user", "redis://nobody:hunter2@" + server.Addr, "WRONGPASS"},
		{"a password where none is set", "redis://:hunter2@" + server.Addr, ""},
		{"no SET", "redis://noset:hunter2@" + server.Addr, "SET (NOPERM)"},
		{"no DEL", "redis://nodel:hunter2@" + server.Addr, "NOPERM"},
		{"no GET", "redis://noget:hunter2@" + server.Addr, "GET"},
		{"no EVAL", "redis://noeval:hunter2@" + server.Addr, "EVALSHA (NOPERM)"},
		{"other keys", "redis://otherkeys:hunter2@" + server.Addr, "may not use the keys scs:session:*"},
		{"a replica", "redis://" + replica.Addr, "READONLY"},
		{"full", "redis://" + full.Addr, "OOM"},
		{"evicting", "redis://" + evicting.Addr, "volatile-lru"},
		{"no such database", "redis://" + server.Addr + "/99", "no database of that number"},
		{"TLS to a Redis without", "rediss://" + server.Addr, "redis:// instead of rediss://"},
		{"a certificate that is not trusted", "rediss" + strings.TrimPrefix(https.URL, "https"), "certificate"},
		{"no Redis", "redis" + strings.TrimPrefix(web.URL, "http"), "does not speak the protocol of redis: check host and port"},
		{"no TLS to a Redis with", "redis" + strings.TrimPrefix(https.URL, "https"), "rediss:// instead of redis://"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ready(t, test.url, plain)
			if test.want == "" && got != nil || test.want != "" && (got == nil || !strings.Contains(got.Error(), test.want)) {
				t.Fatalf("error %v, want %q", got, test.want)
			}
			t.Log(got)
			if got == nil {
				return
			}
			if strings.Contains(got.Error(), "hunter") {
				t.Error("the password is in the text")
			}
			theirs, err := stores.OpenRedis(test.url)
			if err != nil {
				t.Fatal(err)
			}
			defer theirs.Close()
			text, _, _ := strings.Cut(strings.TrimPrefix(got.Error(), "opening redis: "), ":")
			if want := theirs.Ready(t.Context()).Error(); !strings.HasPrefix(want, text) {
				t.Errorf("stores.Redis says %q", want)
			}
			if safe, ok := got.(stores.SafeError); !ok || safe.SafeError() != got.Error() {
				t.Errorf("%T is not a SafeError with its text", got)
			}
		})
	}
}

func TestReadyBeyondOneRedis(t *testing.T) {
	allow := func(servers []*redistest.Server, user string, commands string) {
		for _, server := range servers {
			args := []any{"SETUSER", user, "on", ">hunter2", "~scs:session:*"}
			for command := range strings.FieldsSeq(commands) {
				args = append(args, command)
			}
			server.Do("ACL", args...)
		}
	}
	const usual = "+get +set +del +eval +evalsha "
	sentinel, cluster, single := redistest.StartSentinel(t), redistest.StartCluster(t), redistest.Start(t)
	allow(sentinel.Servers, "app", usual+"+role")
	allow(sentinel.Servers, "norole", usual)
	allow(cluster, "app", usual+"+cluster|slots +asking")
	allow(cluster, "noslots", usual)
	allow([]*redistest.Server{single}, "app", usual+"+multi +exec +pttl +client +info +time")
	allow([]*redistest.Server{single}, "noclient", usual)
	through := func(user, parameters string) string {
		return "redis+sentinel://" + user + strings.Join(sentinel.Addrs(), ",") + parameters
	}
	tests := []struct {
		name, url string
		options   rueidisstore.Options
		want      string
	}{
		{"sentinel", through("app:hunter2@", "/mymaster"), plain, ""},
		{"cluster", "redis://app:hunter2@" + cluster[1].Addr, plain, ""},
		{"one node of a cluster without CLUSTER", "redis://noslots:hunter2@" + cluster[0].Addr, plain, "+cluster|slots"},
		{"nodes of a cluster without CLUSTER", "redis://noslots:hunter2@" + cluster[0].Addr + "," + cluster[1].Addr, plain, "+cluster|slots"},
		{"several hosts that are no cluster", "redis://" + single.Addr + "," + sentinel.Servers[0].Addr, plain, "redis is not a cluster"},
		{"cached reads", "redis://app:hunter2@" + single.Addr, cached, ""},
		{"cached reads without CLIENT", "redis://noclient:hunter2@" + single.Addr, cached, "redis refuses CLIENT TRACKING"},
		{"no such master", through("", "/nobody"), plain, "no master of the name in the URL"},
		{"a master without ROLE", through("norole:hunter2@", "/mymaster"), plain, "+role"},
		{"wrong password of the master", through("app:hunter3@", "/mymaster"), plain, "Sentinel or redis refused"},
		{"wrong password of Sentinel", through("", "/mymaster?sentinel_user=x&sentinel_password=hunter3"), plain, "Sentinel or redis refused"},
		{"no Sentinel", "redis+sentinel://127.0.0.1:1/mymaster", plain, "connection refused"},
		{"no Sentinel but a Redis", "redis+sentinel://" + single.Addr + "/mymaster", plain, "does not know"},
		{"TLS to Sentinels without", strings.Replace(through("", "/mymaster"), "redis", "rediss", 1), plain, "redis:// instead of rediss://"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ready(t, test.url, test.options)
			if test.want == "" && got != nil || test.want != "" && (got == nil || !strings.Contains(got.Error(), test.want)) {
				t.Fatalf("error %v, want %q", got, test.want)
			}
			t.Log(got)
			if got != nil && (strings.Contains(got.Error(), "hunter") || strings.Contains(got.Error(), "Option")) {
				t.Error("the text has a password or an option of the client")
			}
		})
	}
}

func TestReadyReportsAnOldRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	version := regexp.MustCompile(`(redis_version:)\d`)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			redis, err := net.Dial("tcp", server.Addr)
			if err != nil {
				client.Close()
				continue
			}
			go func() {
				defer redis.Close()
				io.Copy(redis, client)
			}()
			go func() {
				defer client.Close()
				buf := make([]byte, 64<<10)
				for {
					n, err := redis.Read(buf)
					if err != nil {
						return
					}
					client.Write(version.ReplaceAll(buf[:n], []byte("${1}5")))
				}
			}()
		}
	}()
	if got := ready(t, "redis://"+l.Addr().String(), plain); got == nil || !strings.Contains(got.Error(), "is too old: 6.0 or newer is needed") {
		t.Errorf("got %v", got)
	}
}
