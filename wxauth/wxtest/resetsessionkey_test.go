package wxtest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResetSessionKey(t *testing.T) {
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

func TestResetSessionKeyRefusals(t *testing.T) {
	testReplies(t, []replyTest{
		{"expired key", func(w *world) string {
			w.phone.Login()
			w.wechat.ExpireKey(appID, openID)
			return w.send("GET", reset, w.signedParams(), "")
		}, jsonError(87007, noKey)},
		{"by POST", sendSigned("POST", reset, ""), jsonError(43001, "require GET method")},
		{"with a wrong signature", sendSigned("GET", reset, "", "signature", "x"), jsonError(87009, badSignature)},
	})
}
