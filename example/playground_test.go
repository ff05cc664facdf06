package main_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// visitor acts as a browser that shows the page of the example. If cookie is nil, it acts
// as another client, such as curl.
type visitor struct {
	t      *testing.T
	base   string
	cookie *http.Cookie
	token  string
}

func visit(t *testing.T, base string) *visitor {
	t.Helper()
	resp, err := http.Get(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	v := &visitor{t: t, base: base}
	for _, c := range resp.Cookies() {
		v.cookie = c
	}
	return v
}

func (v *visitor) openID() string {
	sum := sha256.Sum256([]byte("visitor " + v.cookie.Value))
	return "oSIM" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

func (v *visitor) do(method, path, contentType, body string) *http.Response {
	v.t.Helper()
	r, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Playground-Phone", "1")
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if v.token != "" {
		r.Header.Set("Authorization", "Bearer "+v.token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// sim calls an endpoint under /sim/ and returns the response. It fails the test if a
// value other than the iv looks like a session_key.
func (v *visitor) sim(what string) map[string]string {
	v.t.Helper()
	var got map[string]string
	resp := v.do("POST", "/sim/"+what, "", "")
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		v.t.Fatalf("%s: %s: %v", what, resp.Status, err)
	}
	for name, value := range got {
		if name != "iv" && sessionKey.MatchString(value) { // an iv has the same form
			v.t.Errorf("%s: %s looks like a session_key: %s", what, name, value)
		}
	}
	return got
}

func (v *visitor) post(path string, body any) string {
	v.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	answer, err := io.ReadAll(v.do("POST", path, "application/json", string(b)).Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(answer)
}

// events returns the text of the event stream, up to the event "ready".
func (v *visitor) events() string {
	v.t.Helper()
	var told strings.Builder
	lines := bufio.NewScanner(v.do("GET", "/events", "", "").Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() == "event: ready" {
			break
		}
		told.WriteString(lines.Text() + "\n")
	}
	return told.String()
}

type arrow struct{ From, To, Op, Title, Device string }

func (v *visitor) arrows() []arrow {
	v.t.Helper()
	var arrows []arrow
	for line := range strings.Lines(v.events()) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var a arrow
			if err := json.Unmarshal([]byte(data), &a); err != nil {
				v.t.Fatalf("%s: %v", data, err)
			}
			arrows = append(arrows, a)
		}
	}
	return arrows
}

func secret(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("playground/phones.go")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`Secret: "([^"]+)"`).FindSubmatch(source)
	if m == nil {
		t.Fatal("no AppSecret in playground/phones.go")
	}
	return string(m[1])
}

// sessionKey matches 16 bytes in base64, the form of a session_key.
var sessionKey = regexp.MustCompile(`(^|[^A-Za-z0-9+/])[A-Za-z0-9+/]{22}==`)

// TestNoSecretReachesThePage checks that the event stream of the page contains no
// AppSecret, session_key, code or token. The stream is allowed to contain the openid of a
// simulated user. The responses of /login, /phone and /steps must contain no AppSecret,
// session_key or openid.
func TestNoSecretReachesThePage(t *testing.T) {
	base, _ := start(t)
	v := visit(t, base)

	login := v.sim("login")
	secrets := map[string]string{"AppSecret": secret(t), "code": login["code"]}
	answers := v.post("/login", login)
	var got struct{ Token string }
	if json.Unmarshal([]byte(answers), &got) != nil || got.Token == "" {
		t.Fatalf("login: %s", answers)
	}
	v.token = got.Token

	phone := v.sim("phoneNumber")
	secrets["code of a phone number"] = phone["code"]
	answers += v.post("/phone", phone)
	data := v.sim("runData")
	secrets["encrypted data"], secrets["iv"] = data["encryptedData"], data["iv"]
	steps := v.post("/steps", data)
	if !strings.Contains(steps, `"steps"`) {
		t.Errorf("/steps: %s", steps)
	}
	answers += steps
	v.sim("expire")
	answers += v.post("/steps", v.sim("runData"))

	// The event stream must not contain text that a client made up.
	const madeUp = "made-up-by-a-client"
	secrets["what the client made up"] = madeUp
	v.do("GET", "/me?"+madeUp+"=1&code="+madeUp, "", "")
	v.do("POST", "/login", "application/json", `{"`+madeUp+`": {"errmsg": ["`+madeUp+`"], "iv": {"code": "`+madeUp+`"}}}`)
	v.do("POST", "/login", "application/json", `["`+madeUp+`"]`)
	v.do("POST", "/login", "application/json", `{"appid": "x", "code": "`+madeUp+`"`)
	v.do("POST", "/login", "application/x-www-form-urlencoded", madeUp+"=1&code="+madeUp+"&%zz")
	v.do("POST", "/login", "text/plain", madeUp)
	v.do("POST", "/login", madeUp+"/"+madeUp, "{}")
	v.do("POST", "/"+madeUp, "", "")

	events := v.events()
	for name, s := range secrets {
		if strings.Contains(events, s) {
			t.Errorf("an event holds the %s: %s", name, s)
		}
	}
	if strings.Contains(events, v.token) {
		t.Error("an event holds the token")
	}
	if key := sessionKey.FindString(events + answers); key != "" {
		t.Errorf("the browser got what looks like a session_key: %s", key)
	}
	for name, s := range map[string]string{"AppSecret": secrets["AppSecret"], "openid": v.openID()} {
		if strings.Contains(answers, s) {
			t.Errorf("a response holds the %s", name)
		}
	}
	for _, name := range []string{`"AppSecret"`, `"openid"`, `"session_key"`, `"access_token"`, `"phoneNumber"`} {
		if !strings.Contains(events, name) {
			t.Errorf("no event says that the %s travelled", name)
		}
	}
}

// TestVisitorsAreApart checks that a visitor's page receives only the messages of its own
// simulated phones, and the messages of clients without a page, such as curl.
func TestVisitorsAreApart(t *testing.T) {
	base, _ := start(t)
	one, two, curl := visit(t, base), visit(t, base), &visitor{t: t, base: base}
	one.sim("checkSession")
	two.do("GET", "/session", "", "")
	curl.do("GET", "/me", "", "")
	others := []arrow{
		{"phone", "server", "GET /me", "GET /me", ""},
		{"server", "phone", "GET /me", "401 not_logged_in", ""},
	}
	ones := []arrow{
		{"phone", "wechat", "wx.checkSession()", "wx.checkSession()", "1"},
		{"wechat", "phone", "wx.checkSession()", "checkSession:fail session time out, need relogin", "1"},
	}
	twos := []arrow{
		{"phone", "server", "GET /session", "GET /session", "1"},
		{"server", "phone", "GET /session", "401 not_logged_in", "1"},
	}
	for name, tt := range map[string]struct {
		who  *visitor
		want []arrow
	}{
		"one":  {one, append(ones, others...)},
		"two":  {two, append(twos, others...)},
		"curl": {curl, others},
	} {
		if diff := cmp.Diff(tt.want, tt.who.arrows()); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// TestPhonesAreThePages checks that /sim/login and /sim/state refuse requests without
// the page's cookie. /sim/login must also refuse requests from pages of other sites.
func TestPhonesAreThePages(t *testing.T) {
	base, _ := start(t)
	v := visit(t, base)
	r, err := http.NewRequest("POST", base+"/sim/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(v.cookie)
	r.Header.Set("Playground-Phone", "1")
	r.Header.Set("Origin", "https://example.org")
	for name, send := range map[string]func() (*http.Response, error){
		"no visitor":          func() (*http.Response, error) { return http.Post(base+"/sim/login", "", nil) },
		"another site":        func() (*http.Response, error) { return http.DefaultClient.Do(r) },
		"state of no visitor": func() (*http.Response, error) { return http.Get(base + "/sim/state") },
	} {
		resp, err := send()
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
}
