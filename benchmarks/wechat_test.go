package benchmarks_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// weChat is a fake WeChat that answers code2Session over TLS on the loopback address.
// Each code from the method code belongs to a different user. If all codes belonged to one
// user, each login after the 20th would also end an older login (Config.MaxLogins).
type weChat struct {
	*httptest.Server
	conns, calls, codes atomic.Int64
	hold                func()
}

func newWeChat(b *testing.B) *weChat {
	b.Helper()
	s := new(weChat)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.calls.Add(1); s.hold != nil {
			s.hold()
		}
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, code2Session(r.URL))
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	// Without this line, the server would log incomplete TLS handshakes. When a
	// benchmark ends, http.Transport can still be dialing for a request that has used
	// another connection.
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	b.Cleanup(s.Close)
	// On Linux, SSL_CERT_FILE makes this process trust the server's certificate, so the
	// transports need no change. Go reads this file once per process. This is enough,
	// because all httptest servers have the same certificate.
	file := filepath.Join(b.TempDir(), "root.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, cert, 0o600); err != nil {
		b.Fatal(err)
	}
	b.Setenv("SSL_CERT_FILE", file)
	return s
}

// code2Session returns WeChat's answer to a call. The last 28 of the 32 characters of a
// code are the openid of the user.
func code2Session(call *url.URL) string {
	q := call.Query()
	code := q.Get("js_code")
	if call.Path != "/sns/jscode2session" || q.Get("appid") != rig.App.ID || q.Get("secret") != rig.App.Secret ||
		len(code) != 32 || q.Get("grant_type") != "authorization_code" {
		return `{"errcode":40029,"errmsg":"invalid code"}`
	}
	return `{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"` + code[4:] + `"}`
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: make(http.Header),
		Body: io.NopCloser(strings.NewReader(code2Session(r.URL)))}, nil
}

func (s *weChat) code() string { return codeOf(s.codes.Add(1)) }

func codeOf(n int64) string { return fmt.Sprintf("%032d", n) }

func (s *weChat) handler(b *testing.B, transport http.RoundTripper) http.Handler {
	b.Helper()
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{rig.App},
		// The default Timeout is 5 seconds. On a busy machine, 64 concurrent TLS
		// handshakes can take longer.
		API: wxapi.Options{Hosts: []string{s.URL}, Transport: transport, Timeout: time.Minute}})
	if err != nil {
		b.Fatal(err)
	}
	h := auth.LoginHandler()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post(s.code()))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"token":"`) {
		b.Fatalf("login: %d %s", w.Code, w.Body)
	}
	return h
}

func post(code string) *http.Request {
	r, err := http.NewRequest("POST", "/login", strings.NewReader(`{"code":"`+code+`"}`))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}
