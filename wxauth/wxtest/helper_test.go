package wxtest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const (
	appID  = "wx4f4bc4dec97d474b"
	secret = "0123456789abcdef0123456789abcdef"
	openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

	otherAppID  = "wx20afc706a711eefc"
	otherSecret = "fedcba9876543210fedcba9876543210"

	login     = "/sns/jscode2session"
	stable    = "/cgi-bin/stable_token"
	check     = "/wxa/checksession"
	reset     = "/wxa/resetusersessionkey"
	phoneInfo = "/wxa/business/getuserphonenumber"
	encrypt   = "/wxa/business/getuserencryptkey"

	fine         = `200 application/json {"errcode":0,"errmsg":"ok"}`
	badSignature = "invalid signature"
	noKey        = "session_key is not existed or expired"
	badToken     = "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken"
)

type world struct {
	t      *testing.T
	wechat *wxtest.Server
	client *http.Client
	base   string
	phone  *wxtest.Phone
}

func newServer() *wxtest.Server {
	return wxtest.NewServer(wxapi.App{ID: appID, Secret: secret}, wxapi.App{ID: otherAppID, Secret: otherSecret})
}

func overTransport(t *testing.T) *world {
	s := newServer()
	return &world{t, s, &http.Client{Transport: s.Transport()}, "https://api.weixin.qq.com", s.Phone(appID, openID)}
}

func overLoopback(t *testing.T) *world {
	s := newServer()
	t.Cleanup(s.Close)
	// No connection is reused, because http.Transport sends a GET a second time if the
	// server closes a reused connection without a reply.
	transport := &http.Transport{DisableKeepAlives: true}
	return &world{t, s, &http.Client{Transport: transport}, s.URL(), s.Phone(appID, openID)}
}

func overHTTP2(t *testing.T) *world {
	s := newServer()
	ts := httptest.NewUnstartedServer(s)
	ts.EnableHTTP2 = true
	ts.StartTLS()
	t.Cleanup(ts.Close)
	return &world{t, s, ts.Client(), ts.URL, s.Phone(appID, openID)}
}

func everyWay(t *testing.T, test func(t *testing.T, newWorld func(*testing.T) *world)) {
	for name, way := range map[string]func(*testing.T) *world{
		"loopback": overLoopback, "HTTP2": overHTTP2, "Transport": overTransport,
	} {
		t.Run(name, func(t *testing.T) { test(t, way) })
	}
}

// do sends a request and does not follow redirects.
func (w *world) do(method, path string, q url.Values, body io.Reader) (*http.Response, error) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path+"?"+q.Encode(), body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.client.Transport.RoundTrip(r)
}

// send sends a request and returns the reply as one line: status, Content-Type and body.
func (w *world) send(method, path string, q url.Values, body string) string {
	w.t.Helper()
	return w.sendBody(method, path, q, strings.NewReader(body))
}

func (w *world) sendBody(method, path string, q url.Values, body io.Reader) string {
	w.t.Helper()
	reply, err := w.do(method, path, q, body)
	if err != nil {
		w.t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if method != http.MethodHead && reply.ContentLength != int64(len(text)) {
		w.t.Errorf("Content-Length is %d, the body has %d bytes", reply.ContentLength, len(text))
	}
	return fmt.Sprintf("%s %s %s", reply.Status[:3], reply.Header.Get("Content-Type"), hideRID(string(text)))
}

var rid = regexp.MustCompile(`, rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}"`)

func hideRID(s string) string { return rid.ReplaceAllString(s, `, rid: R"`) }

type replyTest struct {
	name string
	send func(w *world) string
	want string
}

func testReplies(t *testing.T, tests []replyTest) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				if diff := cmp.Diff(test.want, test.send(newWorld(t))); diff != "" {
					t.Errorf("reply (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func plainError(code int, words string) string {
	return fmt.Sprintf(`200 text/plain {"errcode":%d,"errmsg":"%s, rid: R"}`, code, words)
}

func jsonError(code int, words string) string {
	return fmt.Sprintf(`200 application/json {"errcode":%d,"errmsg":"%s, rid: R"}`, code, words)
}

// params returns query parameters from pairs of name and value. If a name occurs twice,
// the last pair counts. An empty value removes the parameter.
func params(pairs ...string) url.Values {
	q := make(url.Values)
	for i := 0; i < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

func loginParams(code string, changes ...string) url.Values {
	return params(append([]string{
		"appid", appID, "secret", secret, "js_code", code, "grant_type", "authorization_code"}, changes...)...)
}

func (w *world) exchange(code string) string {
	w.t.Helper()
	reply := w.send("GET", login, loginParams(code), "")
	var session struct {
		Key string `json:"session_key"`
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(reply, "200 text/plain ")), &session); err != nil || session.Key == "" {
		w.t.Fatalf("exchange: %s", reply)
	}
	return session.Key
}

type tokenReply struct {
	Token     string `json:"access_token"`
	ExpiresIn int    `json:"expires_in"`
	ErrCode   int    `json:"errcode"`
}

func (w *world) token(force bool) tokenReply {
	w.t.Helper()
	body := fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q,"force_refresh":%t}`, appID, secret, force)
	var r tokenReply
	reply := w.send("POST", stable, nil, body)
	if err := json.Unmarshal([]byte(strings.TrimPrefix(reply, "200 application/json ")), &r); err != nil {
		w.t.Fatalf("token: %s", reply)
	}
	return r
}

func emptySignature(key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	return hex.EncodeToString(mac.Sum(nil))
}

func (w *world) signedParams(changes ...string) url.Values {
	w.t.Helper()
	signature := emptySignature(wxapi.UnsafeRevealSessionKey(w.phone.SessionKey()))
	return params(append([]string{"access_token", w.token(false).Token, "openid", openID,
		"signature", signature, "sig_method", "hmac_sha256"}, changes...)...)
}

func sendSigned(method, path, body string, changes ...string) func(*world) string {
	return func(w *world) string {
		w.phone.Login()
		return w.send(method, path, w.signedParams(changes...), body)
	}
}

func reveal(k wxapi.SessionKey) string { return wxapi.UnsafeRevealSessionKey(k) }
