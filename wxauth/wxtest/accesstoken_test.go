package wxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStableToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.phone.Login()
		var names []string // tokens, in the order in which stable_token first returned them
		name := func(token string) string {
			for i, n := range names {
				if n == token {
					return string(rune('A' + i))
				}
			}
			names = append(names, token)
			return string(rune('A' + len(names) - 1))
		}
		state := func(i int) string {
			signature := emptySignature(reveal(w.phone.SessionKey()))
			q := params("access_token", names[i], "openid", openID, "signature", signature, "sig_method", "hmac_sha256")
			var r struct{ ErrCode int }
			json.Unmarshal([]byte(strings.TrimPrefix(w.send("GET", check, q, ""), "200 application/json ")), &r)
			return fmt.Sprint(r.ErrCode)
		}
		for _, step := range []struct {
			after time.Duration
			force bool
			want  string // the token's name, its expires_in, and checksession's errcode with each token so far
		}{
			{0, false, "A 7200 0"},
			{6855 * time.Second, false, "A 345 0"},
			{44 * time.Second, false, "A 301 0"},
			{time.Second, false, "B 7200 0 0"}, // B replaces A 5 minutes before A expires; both work
			{299 * time.Second, false, "B 6901 0 0"},
			{time.Second, false, "B 6900 42001 0"},            // A has expired
			{time.Second, true, "C 7200 40001 40001 0"},       // a forced refresh ends A and B
			{29 * time.Second, true, "C 7171 40001 40001 0"},  // too early for another forced refresh
			{time.Second, true, "D 7200 40001 40001 40001 0"}, // 30 s after the first forced refresh
			{2 * time.Hour, false, "E 7200 40001 40001 40001 42001 0"},
		} {
			time.Sleep(step.after)
			r := w.token(step.force)
			got := fmt.Sprint(name(r.Token), " ", r.ExpiresIn)
			for i := range names {
				got += " " + state(i)
			}
			if diff := cmp.Diff(step.want, got); diff != "" {
				t.Errorf("after %s (-want +got):\n%s", step.after, diff)
			}
		}

		var refused int
		for range 20 { // the limit is 20 forced refreshes in 24 hours; 2 are used, so the last 2 calls fail
			time.Sleep(30 * time.Second)
			if w.token(true).ErrCode == 45009 {
				refused++
			}
		}
		if refused != 2 {
			t.Errorf("%d of 20 more forced refreshes refused, want 2", refused)
		}
		time.Sleep(24 * time.Hour)
		if r := w.token(true); r.ErrCode != 0 {
			t.Errorf("a day later: errcode %d", r.ErrCode)
		}
	})
}

func TestStableTokenRefusals(t *testing.T) {
	body := `{"grant_type":"client_credential","appid":"` + appID + `","secret":"` + secret + `"}`
	ask := func(body string) func(*world) string {
		return func(w *world) string { return w.send("POST", stable, nil, body) }
	}
	testReplies(t, []replyTest{
		{"by GET", func(w *world) string { return w.send("GET", stable, loginParams("x"), "") }, jsonError(43002, "require POST method")},
		{"without a body", ask(""), jsonError(44002, "empty post data")},
		{"with a form", ask("appid=" + appID), jsonError(47001, "data format error")},
		{"with a list", ask(`[]`), jsonError(47001, "data format error")},
		{"force_refresh a string", ask(strings.Replace(body, "}", `,"force_refresh":"true"}`, 1)), jsonError(47001, "data format error")},
		{"other grant_type", ask(strings.Replace(body, "client_credential", "authorization_code", 1)), jsonError(40002, "invalid grant_type")},
		{"without appid", ask(`{"grant_type":"client_credential"}`), jsonError(41002, "appid missing")},
		{"with APPID", ask(strings.Replace(body, "appid", "APPID", 1)), jsonError(41002, "appid missing")},
		{"without secret", ask(`{"grant_type":"client_credential","appid":"` + appID + `"}`), jsonError(41004, "appsecret missing")},
		{"wrong appid", ask(strings.Replace(body, appID, "wx0", 1)), jsonError(40013, "invalid appid")},
		{"wrong secret", ask(strings.Replace(body, secret, otherSecret, 1)), jsonError(40125, "invalid appsecret")},
		{"in chunks", func(w *world) string {
			return w.sendBody("POST", stable, nil, io.MultiReader(strings.NewReader(body)))
		}, "412 text/html "},
	})
}

func TestAccessTokenRefusals(t *testing.T) {
	testReplies(t, []replyTest{
		{"no access_token", sendSigned("GET", check, "", "access_token", ""), jsonError(41001, "access_token missing")},
		{"malformed access_token", sendSigned("GET", check, "", "access_token", "x"), jsonError(40014, "invalid access_token")},
		{"unknown access_token", sendSigned("GET", check, "", "access_token", strings.Repeat("x", 512)), jsonError(40001, badToken)},
	})
}
