package wxtest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUserEncryptKey(t *testing.T) {
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

func TestUserEncryptKeyRefusals(t *testing.T) {
	testReplies(t, []replyTest{
		{"expired key", func(w *world) string {
			w.phone.Login()
			w.wechat.ExpireKey(appID, openID)
			return w.send("GET", encrypt, w.signedParams(), "")
		}, jsonError(87007, noKey)},
		{"by PUT", sendSigned("PUT", encrypt, ""), jsonError(43001, "require GET method")},
		{"with a body", sendSigned("POST", encrypt, "{}"), jsonError(87009, badSignature)},
	})
}
