package wxauth_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// TestNoGoroutineAtRest checks that no goroutine of this package runs forever. synctest.Test
// fails if a goroutine of the test never ends.
func TestNoGoroutineAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone := wechat.Phone(appID, openID)
		token := login(t, auth, phone)
		ctx := wxauth.NewContext(background, wxauth.Identity{AppID: appID, OpenID: openID})
		if err := auth.CheckSessionKey(ctx); err != nil {
			t.Error(err)
		}
		serve(auth.LoadAndSave(me), "GET", "/", token, "")
		serve(auth.LogoutHandler(), "POST", "/", token, "")
		wechat.FailNext(wxtest.Fault{Drop: true}, wxtest.Fault{Refuse: true}, wxtest.Fault{ErrCode: -1})
		if w := serve(auth.LoginHandler(), "POST", "/", "", `{"code":"`+phone.Login()+`"}`); w.Code != http.StatusServiceUnavailable {
			t.Errorf("got %d", w.Code)
		}
	})
}

// proxied is the environment variable in which TestEnvironment passes the URL of the fake
// WeChat to the processes that it starts.
const proxied = "WXAUTH_TEST_WECHAT"

// TestEnvironment checks that a login does not use the proxy settings of the environment,
// such as HTTPS_PROXY. net/http reads the proxy settings once per process, so the test
// starts new processes. net/http does not apply these settings to loopback addresses, so
// the test uses 0.0.0.0.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1) }))
	defer proxy.Close()
	wechat := wxtest.NewServer(app)
	defer wechat.Close()
	url := strings.Replace(wechat.URL(), "127.0.0.1", "0.0.0.0", 1)

	child := func(test string) string {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.count=1", "-test.v")
		cmd.Env = append(os.Environ(), proxied+"="+url, "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL,
			"HTTPS_PROXY="+proxy.URL, "https_proxy="+proxy.URL, "ALL_PROXY="+proxy.URL, "NO_PROXY=", "no_proxy=",
			"WX_APPID=x", "WX_SECRET=x", "REDIS_URL=redis://x")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: "+test) {
			t.Errorf("%v\n%s", err, out)
		}
		return string(out)
	}
	child("TestProxiedLogin")
	if n, calls := asked.Load(), wechat.Count(""); n != 0 || calls != 1 {
		t.Errorf("%d requests went to the proxy, %d to WeChat; want 0 and 1", n, calls)
	}
	child("TestProxiedClient")
	if asked.Load() != 1 {
		t.Error("net/http's client did not use the proxy; the test shows nothing")
	}
}

func TestProxiedLogin(t *testing.T) {
	url := os.Getenv(proxied)
	if url == "" {
		return // this process was not started by TestEnvironment
	}
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}, API: wxapi.Options{Hosts: []string{url}}})
	if err != nil {
		t.Fatal(err)
	}
	if w := serve(auth.LoginHandler(), "GET", "/?code=c", "", ""); code(w) != "invalid_code" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestProxiedClient makes a request that must go to the proxy, in a process that
// TestEnvironment starts.
func TestProxiedClient(t *testing.T) {
	url := os.Getenv(proxied)
	if url == "" {
		return // this process was not started by TestEnvironment
	}
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// TestDependencies checks that package wxauth depends on no other modules than scs and
// redigo. Package stores imports redigo.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{"": true, "example.com/wxlogin": true,
		"github.com/alexedwards/scs/v2": true, "github.com/gomodule/redigo": true}
	for module := range strings.Lines(string(out)) {
		if module = strings.TrimSpace(module); !allowed[module] {
			t.Errorf("wxauth depends on %s", module)
		}
	}
}
