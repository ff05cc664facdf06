package redisurl_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/stores/internal/redisurl"
)

func TestParse(t *testing.T) {
	type URL = redisurl.URL
	const prefix = "scs:session:"
	tests := []struct {
		url  string
		want URL
	}{
		{"redis://", URL{Addrs: []string{"localhost:6379"}}},
		{"redis://host", URL{Addrs: []string{"host:6379"}}},
		{"redis://host/", URL{Addrs: []string{"host:6379"}}},
		{"redis://:7000/2", URL{Addrs: []string{"localhost:7000"}, DB: 2}},
		{"rediss://redis-1.in_ternal:7000", URL{Addrs: []string{"redis-1.in_ternal:7000"}, TLS: &tls.Config{}}},
		{"redis://u:p@host", URL{Addrs: []string{"host:6379"}, User: "u", Password: "p"}},
		{"redis://:p@host", URL{Addrs: []string{"host:6379"}, Password: "p"}},
		{"redis://p@host", URL{Addrs: []string{"host:6379"}, Password: "p"}},
		{"redis://a%40b:%23%2F%3A%3F%25+!:@host", URL{Addrs: []string{"host:6379"}, User: "a@b", Password: "#/:?%+!:"}},
		{"redis://[::1]", URL{Addrs: []string{"[::1]:6379"}}},
		{"redis://:p@[2001:db8::1]:7000/1", URL{Addrs: []string{"[2001:db8::1]:7000"}, Password: "p", DB: 1}},
		{"redis://a,b:7000,[::1],[::2]:7001", URL{Addrs: []string{"a:6379", "b:7000", "[::1]:6379", "[::2]:7001"}}},
		{"redis://host?prefix=shop:", URL{Addrs: []string{"host:6379"}, Prefix: "shop:"}},
		{"redis://host/3?max_conns=8&prefix=%26%20@", URL{Addrs: []string{"host:6379"}, DB: 3, Prefix: "& @", MaxConns: 8}},
		{"redis+sentinel://a,b/name", URL{Addrs: []string{"a:26379", "b:26379"}, Master: "name"}},
		{"rediss+sentinel://u:p@[::1]:26379,[::1]:26380/name/5?sentinel_user=s&sentinel_password=x@y&prefix=a", URL{
			Addrs: []string{"[::1]:26379", "[::1]:26380"}, Master: "name", TLS: &tls.Config{}, User: "u", Password: "p", DB: 5,
			Prefix: "a", SentinelUser: "s", SentinelPassword: "x@y",
		}},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			got, err := redisurl.Parse(test.url)
			if err != nil {
				t.Fatal(err)
			}
			if test.want.Prefix == "" {
				test.want.Prefix = prefix
			}
			if diff := cmp.Diff(&test.want, got, cmpopts.IgnoreTypes(tls.Config{})); diff != "" {
				t.Error(diff)
			}
			if got.TLS != nil && got.TLS.MinVersion != tls.VersionTLS12 {
				t.Errorf("TLS from version %x", got.TLS.MinVersion)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ url, want string }{
		{"", "the URL is empty"},
		{"host:6379", "must start with redis://"},
		{"http://:hunter2@host", "must start with redis://"},
		{"redis:hunter2", "must start with redis://"},
		{"redis://:hunter2@host\n", "a space or a line break"},
		{"redis://:hun ter2@host", "a space or a line break"},
		{"redis://:hunter2\x7f@host", "a space or a line break"},
		{"redis://:hunter2#x@host:6379", "%23"},
		{"redis://:#hunter2@host:6379", "%23"},
		{"redis://host#hunter2", "%23"},
		{"redis://:hunter2/x@host:6379", "%2F"},
		{"redis://:12/hunter2@host:6379/0", "%2F"},
		{"redis://:hunter2@x@host:6379", "%40"},
		{"redis://:hunter2?x@host:6379", "%3F"},
		{"redis://:12?hunter2=1@host", "%3F"},
		{"redis://:hunter2%@host", "%25"},
		{"redis://hunter2%zz:x@host", "%25"},
		{"redis://:x@host:hunter2", "port"},
		{"redis://host:hunter2", "port"},
		{"redis://host:0", "port"},
		{"redis://host:65536", "port"},
		{"redis://::1", "brackets"},
		{"redis://::1:6379", "brackets"},
		{"redis://[::1", "[::1]:6379"},
		{"redis://[::1]6379", "[::1]:6379"},
		{"redis://[hunter2]:6379", "[::1]:6379"},
		{"redis://[127.0.0.1]:6379", "[::1]:6379"},
		{"redis://hunter2%41", "host name"},
		{"redis://host/hunter2", "database"},
		{"redis://host/-1", "database"},
		{"redis://host/0/", "database"},
		{"redis://host?hunter2=1", "unknown URL parameter"},
		{"redis://host?sentinel_password=hunter2", "unknown URL parameter"},
		{"redis://host?prefix=", "prefix"},
		{"redis://host?prefix=a&prefix=hunter2", "twice"},
		{"redis://host?prefix=hunter2%", "malformed URL parameters"},
		{"redis://host?max_conns=0", "max_conns"},
		{"redis://host?max_conns=hunter2", "max_conns"},
		{"redis+sentinel://:hunter2@host1,host2", "Sentinel"},
		{"redis+sentinel://:hunter2@/name", "Sentinel"},
		{"redis+sentinel://host/name/hunter2", "database"},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			u, err := redisurl.Parse(test.url)
			if err == nil {
				t.Fatalf("parsed as %+v", u)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not contain %q", err, test.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %q", err)
			}
		})
	}
}
