package wxprom_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxprom"
	"example.com/wxlogin/wxauth/wxtest"
)

const (
	appID  = "wx4f4bc4dec97d474b"
	secret = "0123456789abcdef0123456789abcdef"
	openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
)

func TestRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := wxauth.App{ID: appID, Secret: secret}
		wechat, recorder := wxtest.NewServer(app), wxprom.New()
		var loginIDs []string
		auth, err := wxauth.New(wxauth.Config{
			Apps: []wxauth.App{app},
			API: wxapi.Options{Transport: wechat.Transport(), Instrument: recorder.Instrument, MaxInFlight: 1,
				Hosts: []string{"https://api.weixin.qq.com", "https://api2.weixin.qq.com"}},
			Logger: slog.New(slog.DiscardHandler),
			OnLogin: func(*http.Request, wxauth.Identity) (string, error) {
				time.Sleep(300 * time.Millisecond)
				return "", nil
			},
			OnEvent: func(ctx context.Context, e wxauth.Event) {
				loginIDs = append(loginIDs, e.LoginID)
				recorder.OnEvent(ctx, e)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		serve := func(h http.Handler, method, token, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, "/", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w
		}
		phone := wechat.Phone(appID, openID)
		login := func(code string) (token string) {
			w := serve(auth.LoginHandler(), "POST", "", `{"code":"`+code+`"}`)
			m := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(w.Body.String())
			if m != nil {
				token = m[1]
			}
			return token
		}

		wechat.SetLatency(200 * time.Millisecond)
		codes := []string{phone.Login(), phone.Login(), "a code that WeChat never gave", phone.Login()}
		tokens := make([]string, len(codes))
		tokens[0] = login(codes[0])
		// MaxInFlight is 1, so the login with codes[2] waits until the call to WeChat with
		// codes[1] has ended.
		var both sync.WaitGroup
		both.Go(func() { tokens[1] = login(codes[1]) })
		time.Sleep(time.Millisecond)
		both.Go(func() { tokens[2] = login(codes[2]) })
		both.Wait()
		// The first of the two Hosts refuses the connection, and the second answers.
		wechat.FailNext(wxtest.Fault{Refuse: true})
		tokens[3] = login(codes[3])
		serve(auth.LoginHandler(), "POST", "", `{`)
		serve(auth.Require(http.NotFoundHandler()), "GET", "", "")
		serve(auth.Require(http.NotFoundHandler()), "GET", tokens[0], "")
		alice := wxauth.Identity{AppID: appID, OpenID: openID}
		if _, err := auth.Revoke(t.Context(), alice, ""); err != nil {
			t.Fatal(err)
		}
		serve(auth.LogoutHandler(), "POST", tokens[0], "")

		want := map[string]float64{
			`logins_total{outcome="ok"}`:              3,
			`logins_total{outcome="invalid_code"}`:    1,
			`logins_total{outcome="invalid_request"}`: 1,
			`login_attempts_total`:                    5,
			`login_turn_wait_seconds_count`:           4,
			`login_turn_wait_seconds_sum`:             0.199,
			`login_local_seconds_count`:               4,
			`login_local_seconds_sum`:                 0.9,
			`login_wechat_seconds_count`:              4,
			`login_wechat_seconds_sum`:                0.8,
			`login_duration_seconds_count`:            4,
			`login_duration_seconds_sum`:              1.899,

			`refusals_total{code="not_logged_in"}`:              1,
			`operations_total{operation="end",outcome="ok"}`:    3,
			`operations_total{operation="revoke",outcome="ok"}`: 1,
			`revoked_logins_total`:                              3,

			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="200"}`:    4,
			`wechat_call_duration_seconds_sum{path="/sns/jscode2session",status="200"}`:      0.8,
			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="failed"}`: 1,
			`wechat_errors_total{errcode="40029"}`:                                           1,
		}
		if diff := cmp.Diff(want, series(t, recorder), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("series (-want +got):\n%s", diff)
		}

		// The metrics must not contain an AppID, an openid, a LoginID or a secret.
		private := slices.Concat(codes, tokens, loginIDs, []string{appID, openID, secret})
		private = slices.DeleteFunc(private, func(s string) bool { return s == "" })
		if len(private) < 3+4+3+3 {
			t.Errorf("this test knows only %q", private)
		}
		for name, f := range families(t, recorder) {
			for _, p := range private {
				if strings.Contains(f.String(), p) {
					t.Errorf("%s holds %q", name, p)
				}
			}
		}
	})
}

// New must create series with the value 0. Otherwise Prometheus's rate and increase would
// not count the first failure.
func TestSeriesAtStart(t *testing.T) {
	recorder := wxprom.New()
	for metric, want := range map[string]int{"wxauth_logins_total": 14, "wxauth_refusals_total": 13, "wxauth_operations_total": 12 * 5} {
		if got := len(families(t, recorder)[metric].GetMetric()); got != want {
			t.Errorf("%d series of %s; want %d", got, metric, want)
		}
	}
	if got := series(t, recorder); len(got) > 0 {
		t.Errorf("series that are not 0: %v", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	const workers, each = 8, 200
	recorder := wxprom.New()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(recorder)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range each {
				recorder.OnEvent(background, wxauth.Event{Name: wxauth.EventLogin, Outcome: "ok", Attempts: 1, Duration: time.Second})
				recorder.OnEvent(background, wxauth.Event{Name: wxauth.EventRevoke, Outcome: "ok", Count: 1})
				call(background, recorder, fmt.Sprintf("/%d", i), answer(200, "40029"))
				if i%50 == 0 {
					if _, err := registry.Gather(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	got := series(t, recorder)
	for _, name := range []string{`logins_total{outcome="ok"}`, `login_attempts_total`, `login_duration_seconds_sum`,
		`revoked_logins_total`, `wechat_errors_total{errcode="40029"}`} {
		if got[name] != workers*each {
			t.Errorf("%s is %v; want %d", name, got[name], workers*each)
		}
	}
	if n := got["wechat_calls_in_flight"]; n != 0 {
		t.Errorf("%v calls in flight; want 0", n)
	}
}

// The table in doc.go must list the name, the type and the labels of every metric.
func TestDocumentedMetrics(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "//\tname")
	header, rows, _ := strings.Cut("name"+table, "\n")
	kind, labels, end := strings.Index(header, "type"), strings.Index(header, "labels"), strings.Index(header, "what")
	unit := strings.Index(header, "unit")
	documented := map[string]string{}
	for row := range strings.Lines(rows) {
		row, ok := strings.CutPrefix(row, "//\t")
		if !ok {
			break
		}
		name := "wxauth_" + strings.TrimSpace(row[:kind])
		documented[name] = strings.Join(strings.Fields(row[kind:unit]+row[labels:end]), " ")
		if u := strings.TrimSpace(row[unit:labels]); strings.Contains(name, "_seconds") != (u == "seconds") {
			t.Errorf("%s is documented in %s", name, u)
		}
	}
	recorder := wxprom.New()
	call(background, recorder, "/", answer(200, "40029"))
	registered := map[string]string{}
	for name, f := range families(t, recorder) {
		registered[name] = strings.ToLower(f.GetType().String())
		for _, l := range f.Metric[0].Label {
			registered[name] += " " + l.GetName()
		}
	}
	if diff := cmp.Diff(registered, documented); diff != "" {
		t.Errorf("metrics (-registered +documented):\n%s", diff)
	}
}

func TestTwoRecorders(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(wxprom.New())
	if registry.Register(wxprom.New()) == nil {
		t.Error("the registry took a second recorder")
	}
	registry = prometheus.NewPedanticRegistry()
	for _, name := range []string{"shop", "games"} {
		labeled := prometheus.WrapRegistererWith(prometheus.Labels{"auth": name}, registry)
		if err := labeled.Register(wxprom.New()); err != nil {
			t.Error(err)
		}
	}
	if _, err := registry.Gather(); err != nil {
		t.Error(err)
	}
}
