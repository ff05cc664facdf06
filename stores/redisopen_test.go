package stores_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
)

func TestOpenRedisLogsIn(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Do("ACL", "SETUSER", "app", "on", ">hunter2", "~*", "+@all")
	server.Do("CONFIG", "SET", "requirepass", "pa/ss:w@rd")
	escaped := "pa%2Fss%3Aw%40rd"
	tests := []struct {
		name, url, want string
	}{
		{"default user", "redis://:" + escaped + "@" + server.Addr, ""},
		{"password alone", "redis://" + escaped + "@" + server.Addr, ""},
		{"user", "redis://app:hunter2@" + server.Addr + "/3", ""},
		{"wrong password", "redis://app:hunter3@" + server.Addr, "finding a session in redis: connecting to redis at " + server.Addr + ": redis replied WRONGPASS"},
		{"no password", "redis://" + server.Addr, "finding a session in redis: redis replied NOAUTH"},
		{"no such database", "redis://app:hunter2@" + server.Addr + "/99", "finding a session in redis: connecting to redis at " + server.Addr + ": redis replied ERR"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := openRedis(t, test.url).Find("key")
			if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
	store := openRedis(t, "redis://app:hunter2@"+server.Addr+"/3")
	if err := store.Commit("key", nil, time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if _, found, err := openRedis(t, "redis://app:hunter2@"+server.Addr+"/4").Find("key"); found || err != nil {
		t.Errorf("database 4 has a key of database 3: %t, %v", found, err)
	}
}

func TestOpenRedisRefuses(t *testing.T) {
	const rueidisstore = "for Redis Sentinel and Redis Cluster, open the URL with package rueidisstore"
	for url, want := range map[string]string{
		"redis+sentinel://:hunter2@[::1]:26379,[::1]:26380/mymaster": rueidisstore,
		"redis+sentinel://:hunter2@host/mymaster":                    rueidisstore,
		"redis://:hunter2@host1,host2":                               rueidisstore,
		"redis://:hunter2#x@host":                                    "%23",
		"redis://:hunter2@host?hunter2=1":                            "unknown URL parameter",
		"localhost:6379":                                             "must start with redis://",
	} {
		_, err := stores.OpenRedis(url)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "opening redis: ") {
			t.Errorf("%s: error %v, want %q", url, err, want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is in %q", err)
		}
	}
}

// A burst of requests must use the connections of the previous burst.
func TestOpenRedisKeepsConnections(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for suffix, conns := range map[string]int{"": 64, "?max_conns=3": 3, "?max_conns=100": 100} {
		store := openRedis(t, "redis://"+server.Addr+suffix)
		before := count(server.Info("total_connections_received"))
		dials := 0
		for round := 0; round < 8 || dials < conns; round++ {
			server.Pause() // no connection becomes free while the server is paused
			var wg sync.WaitGroup
			for range 128 {
				wg.Go(func() {
					if _, _, err := store.Find("key"); err != nil {
						t.Error(err)
					}
				})
			}
			time.AfterFunc(20*time.Millisecond, server.Resume)
			wg.Wait()
			dials = count(server.Info("total_connections_received")) - before - round - 1 // each call of Info opens one connection
		}
		if dials != conns {
			t.Errorf("%q: %d connections, want %d", suffix, dials, conns)
		}
	}
}

// Go reads the certificate authorities of the system only once in a process. So the part
// of the test with a trusted certificate runs in a separate process, with the environment
// variable SSL_CERT_FILE.
func TestOpenRedisWithTLS(t *testing.T) {
	t.Parallel()
	if url := os.Getenv("TEST_REDISS_URL"); url != "" {
		store := openRedis(t, url)
		if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if value, found, err := store.Find("key"); string(value) != "value" || !found || err != nil {
			t.Errorf("got %q, %v, %v", value, found, err)
		}
		if err := store.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		return
	}
	addr, certificate := encryptedRedis(t)
	if _, found, err := openRedis(t, "rediss://"+addr).Find("key"); found || err == nil {
		t.Errorf("an untrusted certificate: got %v, %v", found, err)
	}
	if value, found, err := openRedis(t, "redis://"+addr).Find("key"); found || err == nil {
		t.Errorf("without TLS: got %q, %v, %v", value, found, err)
	}
	trusting := exec.Command(os.Args[0], "-test.run=^TestOpenRedisWithTLS$")
	trusting.Env = append(os.Environ(), "SSL_CERT_FILE="+certificate, "TEST_REDISS_URL=rediss://"+addr)
	if out, err := trusting.CombinedOutput(); err != nil {
		t.Errorf("a trusted certificate: %v\n%s", err, out)
	}
}

// OpenRedis cannot send a client certificate, so the test makes a pool.
func TestNewRedisWithClientCertificate(t *testing.T) {
	addr, certificate := encryptedRedis(t, "--tls-auth-clients", "yes")
	pair, err := tls.LoadX509KeyPair(certificate, certificate)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AddCert(pair.Leaf)
	store := stores.NewRedis(&redis.Pool{Dial: func() (redis.Conn, error) {
		return redis.Dial("tcp", addr, redis.DialUseTLS(true), redis.DialTLSConfig(config))
	}})
	defer store.Close()
	// If the client sends no certificate, Redis sends a TLS alert before it closes the
	// connection, but the alert can get lost. With or without the alert, the error of Ready
	// contains the following words.
	if err := store.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "wants a certificate of its clients") {
		t.Errorf("without one: got %v", err)
	}
	config.Certificates = []tls.Certificate{pair}
	if err := store.Ready(t.Context()); err != nil {
		t.Errorf("with one: %v", err)
	}
}

// encryptedRedis starts a Redis server and returns its address for TLS, and the path of a
// file with the server's certificate and private key.
func encryptedRedis(t *testing.T, options ...string) (addr, certificate string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})...)
	certificate = filepath.Join(t.TempDir(), "certificate.pem")
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	redistest.Start(t, append([]string{
		"--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", certificate,
		"--tls-ca-cert-file", certificate, "--tls-auth-clients", "no",
	}, options...)...)
	return "127.0.0.1:" + port, certificate
}
