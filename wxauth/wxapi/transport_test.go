package wxapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// After a third of Options.Timeout, the default transport must end a TCP connect or a TLS
// handshake that hangs.
func TestDialIsBounded(t *testing.T) {
	wechat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"openid":"o","session_key":"k"}`)
	}))
	t.Cleanup(wechat.Close)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for name, host := range map[string]string{
		"silent": "https://" + silent.Addr().String(), "full": "http://" + fullListener(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := wxapi.New(app, wxapi.Options{Hosts: []string{host, wechat.URL}, Timeout: 3 * time.Second})
			start := time.Now()
			_, err := client.Code2Session(background, "code")
			if took := time.Since(start); err != nil || took < 900*time.Millisecond || took > 1700*time.Millisecond {
				t.Errorf("got %v after %v, want success after a second", err, took)
			}
		})
	}
}

// While dials are slow, the transport must not have more open connections than its
// MaxConnsPerHost.
func TestConnectionsAreBounded(t *testing.T) {
	const limit = 4
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/2 %v", http2), func(t *testing.T) {
			wechat := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if (r.ProtoMajor == 2) != http2 {
					t.Errorf("a request over %s", r.Proto)
				}
				io.WriteString(w, `{"openid":"o","session_key":"k"}`)
			}))
			wechat.EnableHTTP2 = http2
			wechat.StartTLS()
			defer wechat.Close()
			var open gauge
			var dials, failed atomic.Int64
			transport := wxapi.NewTransport(time.Minute, limit)
			transport.TLSClientConfig = wechat.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			transport.TLSClientConfig.NextProtos = nil // lets the transport set its own protocols
			dial := transport.DialContext
			transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				open.add(1)
				if dials.Add(1) > 1 {
					time.Sleep(200 * time.Millisecond)
				}
				conn, err := dial(ctx, network, address)
				return &countedConn{Conn: conn, open: &open}, err
			}
			client := wxapi.New(app, wxapi.Options{Hosts: []string{wechat.URL}, Transport: transport, MaxInFlight: limit})
			login := func() {
				if _, err := client.Code2Session(background, "code"); err != nil {
					failed.Add(1)
				}
			}
			login()
			var logins sync.WaitGroup
			for range 4 * limit {
				logins.Go(login)
			}
			logins.Wait()
			if most := open.peak(); most > limit || failed.Load() > 0 || !http2 && dials.Load() < 2 {
				t.Errorf("up to %d connections at once after %d dials, want at most %d; %d calls failed", most, dials.Load(), limit, failed.Load())
			}
			transport.CloseIdleConnections()
		})
	}
}

type countedConn struct {
	net.Conn
	open *gauge
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.add(-1) })
	return c.Conn.Close()
}

// fullListener returns the address of a listener whose backlog is full. The kernel
// drops further connection attempts without an answer.
func fullListener(t *testing.T) string {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
	for range 10 {
		conn, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Fatal("the listener takes all connections")
	return ""
}

func TestHeaderIsBounded(t *testing.T) {
	wechat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
		io.WriteString(w, `{"openid":"o","session_key":"k"}`)
	}))
	defer wechat.Close()
	client := wxapi.New(app, wxapi.Options{Hosts: []string{wechat.URL}})
	if _, err := client.Code2Session(background, "code"); !errors.Is(err, wxapi.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

// net/http reads the environment's proxy settings only once in a process, so the test
// sets them for a separate process.
func TestNoProxy(t *testing.T) {
	const child = "WXAPI_TEST_PROXY"
	if os.Getenv(child) != "" {
		wxapi.New(app, wxapi.Options{Hosts: []string{"http://wechat.invalid"}}).Code2Session(background, "code")
		return
	}
	var asked atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer proxy.Close()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestNoProxy$")
	cmd.Env = append(os.Environ(), child+"=1", "NO_PROXY=", "no_proxy=")
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY"} {
		cmd.Env = append(cmd.Env, name+"="+proxy.URL)
	}
	if out, err := cmd.CombinedOutput(); err != nil || asked.Load() {
		t.Errorf("the proxy of the environment was asked: %v; %v %s", asked.Load(), err, out)
	}
}

// The default transport must not ask for compressed replies, because a small compressed
// reply can expand into a large reply.
func TestNoCompression(t *testing.T) {
	var header http.Header
	wechat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { header = r.Header }))
	defer wechat.Close()
	wxapi.New(app, wxapi.Options{Hosts: []string{wechat.URL}}).Code2Session(background, "code")
	if header == nil || header.Get("Accept-Encoding") != "" {
		t.Errorf("WeChat was sent %v", header)
	}
}
