package wxtest_test

import (
	"strings"
	"testing"
)

func TestCheckSession(t *testing.T) {
	testReplies(t, []replyTest{
		{"valid key", sendSigned("GET", check, ""), fine},
		{"by POST", sendSigned("POST", check, ""), jsonError(43001, "require GET method")},
		{"with a body", sendSigned("GET", check, "{}"), jsonError(87009, badSignature)},
		{"no openid", sendSigned("GET", check, "", "openid", ""), jsonError(41009, "missing openid")},
		{"unknown openid", sendSigned("GET", check, "", "openid", "x"), jsonError(40003, "invalid openid")},
		{"no sig_method", sendSigned("GET", check, "", "sig_method", ""), jsonError(87008, "invalid sig_method")},
		{"other sig_method", sendSigned("GET", check, "", "sig_method", "HMAC_SHA256"), jsonError(87008, "invalid sig_method")},
		{"no signature", sendSigned("GET", check, "", "signature", ""), jsonError(87009, badSignature)},
		{"signature of a body", sendSigned("GET", check, "", "signature", strings.Repeat("0", 64)), jsonError(87009, badSignature)},
		{"signature in capitals", func(w *world) string {
			w.phone.Login()
			q := w.signedParams()
			q.Set("signature", strings.ToUpper(q.Get("signature")))
			return w.send("GET", check, q, "")
		}, jsonError(87009, badSignature)},
		{"replaced key", func(w *world) string {
			w.phone.Login()
			w.wechat.Phone(appID, openID).Login()
			return w.send("GET", check, w.signedParams(), "")
		}, jsonError(87009, badSignature)},
		{"rotated key", func(w *world) string {
			w.phone.Login()
			w.wechat.RotateKey(appID, openID)
			return w.send("GET", check, w.signedParams(), "")
		}, jsonError(87009, badSignature)},
		{"expired key", func(w *world) string {
			w.phone.Login()
			w.wechat.ExpireKey(appID, openID)
			return w.send("GET", check, w.signedParams(), "")
		}, jsonError(87009, badSignature)},
	})
}
