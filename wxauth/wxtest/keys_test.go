package wxtest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
)

func reveal(k wxapi.SessionKey) string { return wxapi.UnsafeRevealSessionKey(k) }

func TestResetKeepsTheSession(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		w := newWorld(t)
		old := w.exchange(w.phone.Login())
		q := w.signedParams()
		got := w.send("GET", reset, q, "")
		fresh := reveal(w.phone.SessionKey())
		want := fmt.Sprintf(`200 application/json {"errcode":0,"errmsg":"ok","openid":%q,"session_key":%q}`, openID, fresh)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reply (-want +got):\n%s", diff)
		}
		if fresh == old || !w.phone.CheckSession() {
			t.Errorf("new key: %t, session lives: %t; want both", fresh != old, w.phone.CheckSession())
		}
		if got := w.send("GET", check, q, ""); got != jsonError(87009, badSignature) {
			t.Errorf("the old key still signs: %s", got)
		}
		if got := w.send("GET", check, w.signedParams(), ""); got != fine {
			t.Errorf("the new key does not sign: %s", got)
		}
	})
}

func TestPhoneNumber(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		for _, test := range []struct{ country, number, full string }{
			{"86", "13580006666", "13580006666"},
			{"852", "51234567", "+85251234567"},
		} {
			w := newWorld(t)
			body := `{"code":"` + w.phone.PhoneCode(test.country, test.number) + `","openid":"` + openID + `"}`
			got := w.send("POST", phoneInfo, params("access_token", w.token(false).Token), body)
			head, tail, _ := strings.Cut(got, `"timestamp":`)
			_, tail, _ = strings.Cut(tail, ",")
			want := fmt.Sprintf(`200 application/json {"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":%q,"purePhoneNumber":%q,"countryCode":%q,"watermark":{"appid":%q}}}`,
				test.full, test.number, test.country, appID)
			if diff := cmp.Diff(want, head+tail); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
		}
	})
}

func TestEncryptKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.phone.Login()
		type key struct {
			Version  int `json:"version"`
			ExpireIn int `json:"expire_in"`
		}
		ask := func(method string) (got []key) {
			t.Helper()
			reply := w.send(method, encrypt, w.signedParams(), "")
			var body struct {
				Keys []struct {
					key
					Key string `json:"encrypt_key"`
					IV  string `json:"iv"`
				} `json:"key_info_list"`
			}
			if err := json.Unmarshal([]byte(strings.TrimPrefix(reply, "200 application/json ")), &body); err != nil {
				t.Fatalf("%v: %s", err, reply)
			}
			for _, k := range body.Keys {
				if len(k.Key) != 24 || len(k.IV) != 16 {
					t.Errorf("key of %d characters, IV of %d; want 24 and 16", len(k.Key), len(k.IV))
				}
				got = append(got, k.key)
			}
			return got
		}
		for _, step := range []struct {
			after  time.Duration
			method string
			want   []key
		}{
			{0, "GET", []key{{1, 3600}}},
			{3 * time.Second, "POST", []key{{1, 3597}}},
			{3597 * time.Second, "GET", []key{{2, 3600}, {1, 0}}},
			{time.Hour, "GET", []key{{3, 3600}, {2, 0}, {1, 0}}},
			{time.Hour, "GET", []key{{4, 3600}, {3, 0}, {2, 0}}},
		} {
			time.Sleep(step.after)
			if diff := cmp.Diff(step.want, ask(step.method)); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		}
	})
}

// TestStableToken goes through the life of access tokens.
func TestStableToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.phone.Login()
		var names []string // tokens in the order of their first appearance
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
			want  string // the token, its seconds, and the errcode for each token so far
		}{
			{0, false, "A 7200 0"},
			{6855 * time.Second, false, "A 345 0"},
			{44 * time.Second, false, "A 301 0"},
			{time.Second, false, "B 7200 0 0"},                // renewed 5 minutes early; both are good
			{299 * time.Second, false, "B 6901 0 0"},          // until the end of the first
			{time.Second, false, "B 6900 42001 0"},            // which has come
			{time.Second, true, "C 7200 40001 40001 0"},       // a forced one ends the others at once
			{29 * time.Second, true, "C 7171 40001 40001 0"},  // too soon for another
			{time.Second, true, "D 7200 40001 40001 40001 0"}, // 30 s after the first
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
		for range 20 { // two of the day's twenty are gone
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
