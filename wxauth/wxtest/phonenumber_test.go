package wxtest_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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

func TestPhoneNumberRefusals(t *testing.T) {
	withCode := func(code string) string { return `{"code":"` + code + `"}` }
	number := func(body func(code string) string, changes ...string) func(*world) string {
		return func(w *world) string {
			code := w.phone.PhoneCode("86", "13580006666")
			return w.send("POST", phoneInfo, params(append([]string{"access_token", w.token(false).Token}, changes...)...), body(code))
		}
	}
	testReplies(t, []replyTest{
		{"without a body", number(func(string) string { return "" }), jsonError(44002, "empty post data")},
		{"not JSON", number(func(code string) string { return "code=" + code }), jsonError(47001, "data format error")},
		{"by GET", func(w *world) string { return w.send("GET", phoneInfo, nil, "") }, jsonError(43002, "require POST method")},
		{"without access_token", number(withCode, "access_token", ""), jsonError(41001, "access_token missing")},
		{"unknown code", number(func(string) string { return withCode("x") }), jsonError(40029, "invalid code")},
		{"login code", func(w *world) string {
			return w.send("POST", phoneInfo, params("access_token", w.token(false).Token), withCode(w.phone.Login()))
		}, jsonError(40029, "invalid code")},
		{"code of another app", func(w *world) string {
			code := w.wechat.Phone(otherAppID, openID).PhoneCode("86", "13580006666")
			return w.send("POST", phoneInfo, params("access_token", w.token(false).Token), withCode(code))
		}, jsonError(40013, "invalid appid")},
		{"of another user", number(func(code string) string {
			return `{"code":"` + code + `","openid":"x"}`
		}), jsonError(40003, "invalid openid")},
		{"openid no string", number(func(code string) string {
			return `{"code":"` + code + `","openid":1}`
		}), jsonError(40003, "invalid openid")},
		{"in chunks", func(w *world) string {
			q := params("access_token", w.token(false).Token)
			return w.sendBody("POST", phoneInfo, q, io.MultiReader(strings.NewReader(withCode("x"))))
		}, "412 text/html "},
		{"used code", func(w *world) string {
			q, body := params("access_token", w.token(false).Token), withCode(w.phone.PhoneCode("86", "13580006666"))
			w.send("POST", phoneInfo, q, body)
			return w.send("POST", phoneInfo, q, body)
		}, jsonError(40029, "invalid code")},
	})
}
