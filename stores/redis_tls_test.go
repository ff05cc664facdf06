package stores_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
)

// A rediss:// URL is TLS, to a server whose certificate is trusted. Which are
// trusted is settled when a process first asks, so one that trusts the test's
// is a process of its own.
func TestRediss(t *testing.T) {
	if url := os.Getenv("TEST_REDISS_URL"); url != "" {
		store := openRedis(t, url)
		if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if value, found, err := store.Find("key"); string(value) != "value" || !found || err != nil {
			t.Errorf("got %q, %v, %v", value, found, err)
		}
		return
	}
	server := redistest.Start(t)
	addr, certificate := tlsBefore(t, server.Addr)

	store, err := stores.OpenRedis("rediss://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, found, err := store.Find("key"); found || err == nil {
		t.Errorf("a certificate that nobody trusts: got %v, %v", found, err)
	}
	if value, found, err := openRedis(t, "redis://"+addr).Find("key"); found || err == nil {
		t.Errorf("without TLS: got %q, %v, %v", value, found, err)
	}

	trusting := exec.Command(os.Args[0], "-test.run=^TestRediss$")
	trusting.Env = append(os.Environ(), "SSL_CERT_FILE="+certificate, "TEST_REDISS_URL=rediss://"+addr)
	if out, err := trusting.CombinedOutput(); err != nil {
		t.Errorf("a certificate that is trusted: %v\n%s", err, out)
	}
	if got := server.Do("EXISTS", "scs:session:key"); got != int64(1) {
		t.Errorf("the session is not in Redis: %v", got)
	}
}

// tlsBefore puts TLS in front of a server. It returns the address and a file
// with the certificate.
func tlsBefore(t *testing.T, addr string) (listening, certificate string) {
	https := httptest.NewTLSServer(nil) // for its certificate, which is 127.0.0.1's
	defer https.Close()
	certificate = filepath.Join(t.TempDir(), "certificate.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: https.Certificate().Raw})
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: https.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				client.Close()
				continue
			}
			pipe := func(to, from net.Conn) {
				io.Copy(to, from)
				to.Close()
				from.Close()
			}
			go pipe(server, client)
			go pipe(client, server)
		}
	}()
	return listener.Addr().String(), certificate
}
