package wxtest_test

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func plainError(code int, words string) string {
	return fmt.Sprintf(`200 text/plain {"errcode":%d,"errmsg":"%s, rid: R"}`, code, words)
}

func jsonError(code int, words string) string {
	return fmt.Sprintf(`200 application/json {"errcode":%d,"errmsg":"%s, rid: R"}`, code, words)
}

const (
	fine         = `200 application/json {"errcode":0,"errmsg":"ok"}`
	badSignature = "invalid signature"
	noKey        = "session_key is not existed or expired"
	badToken     = "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken"
)

// TestCode2Session has every way to get /sns/jscode2session wrong, and the
// reply to each.
func TestCode2Session(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		for _, test := range []struct {
			name string
			send func(w *world) string
			want string
		}{
			{"appid missing", func(w *world) string { return w.send("GET", login, loginParams("x", "appid", ""), "") }, plainError(41002, "appid missing")},
			{"secret missing", func(w *world) string { return w.send("GET", login, loginParams("x", "secret", ""), "") }, plainError(41004, "appsecret missing")},
			{"code missing", func(w *world) string { return w.send("GET", login, loginParams(""), "") }, plainError(41008, "missing code")},
			{"grant_type missing", func(w *world) string { return w.send("GET", login, loginParams("x", "grant_type", ""), "") }, plainError(40002, "invalid grant_type")},
			{"grant_type wrong", func(w *world) string {
				return w.send("GET", login, loginParams("x", "grant_type", "client_credential"), "")
			}, plainError(40002, "invalid grant_type")},
			{"appid wrong", func(w *world) string { return w.send("GET", login, loginParams("x", "appid", "wx0"), "") }, plainError(40013, "invalid appid")},
			{"appid in capitals", func(w *world) string {
				return w.send("GET", login, loginParams("x", "appid", strings.ToUpper(appID)), "")
			}, plainError(40013, "invalid appid")},
			{"secret wrong", func(w *world) string { return w.send("GET", login, loginParams("x", "secret", otherSecret), "") }, plainError(40125, "invalid appsecret")},
			{"code unknown", func(w *world) string { return w.send("GET", login, loginParams("x"), "") }, plainError(40029, "invalid code")},
			{"code of another app", func(w *world) string {
				return w.send("GET", login, loginParams(w.wechat.Phone(otherAppID, openID).Login()), "")
			}, plainError(40029, "invalid code")},
			{"code of the phone button", func(w *world) string {
				return w.send("GET", login, loginParams(w.phone.PhoneCode("86", "13580006666")), "")
			}, plainError(40029, "invalid code")},
			{"code used", func(w *world) string {
				code := w.phone.Login()
				w.exchange(code)
				return w.send("GET", login, loginParams(code), "")
			}, plainError(40163, "code been used")},
			{"code refused for a wrong secret is not used", func(w *world) string {
				code := w.phone.Login()
				w.send("GET", login, loginParams(code, "secret", "x"), "")
				w.exchange(code)
				return ""
			}, ""},
			{"POST, parameters in the body", func(w *world) string {
				return w.send("POST", login, nil, `{"appid":"`+appID+`","secret":"`+secret+`"}`)
			}, plainError(41002, "appid missing")},
			{"POST, parameters in the query", func(w *world) string { return w.send("POST", login, loginParams(w.phone.Login()), "") }, plainError(43001, "require GET method")},
			{"HEAD", func(w *world) string { return w.send("HEAD", login, loginParams(w.phone.Login()), "") }, "200 text/plain "},
			{"unknown path", func(w *world) string { return w.send("GET", "/sns/jscode2sessions", nil, "") }, "404 text/html "},
		} {
			t.Run(test.name, func(t *testing.T) {
				if diff := cmp.Diff(test.want, test.send(newWorld(t))); diff != "" {
					t.Errorf("reply (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestCode2SessionSuccess(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		w := newWorld(t)
		key := `"session_key":"[A-Za-z0-9+/]{22}=="`
		match := func(want string) {
			t.Helper()
			got := w.send("GET", login, loginParams(w.phone.Login()), "")
			if !regexp.MustCompile("^" + want + "$").MatchString(got) {
				t.Errorf("reply %s, want %s", got, want)
			}
		}
		match(`200 text/plain \{` + key + `,"openid":"` + openID + `"\}`)
		w.wechat.SetUnionID(appID, openID, "ocMvos6NjeKLIBqg5Mr9QjxrP1FA")
		match(`200 text/plain \{` + key + `,"openid":"` + openID + `","unionid":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"\}`)
	})
}

// TestTokenCalls has every way to get the other calls wrong.
func TestTokenCalls(t *testing.T) {
	stableBody := `{"grant_type":"client_credential","appid":"` + appID + `","secret":"` + secret + `"}`
	type sends = func(w *world) string
	ask := func(body string) sends {
		return func(w *world) string { return w.send("POST", stable, nil, body) }
	}
	signed := func(method, path, body string, changes ...string) sends {
		return func(w *world) string {
			w.phone.Login()
			return w.send(method, path, w.signedParams(changes...), body)
		}
	}
	number := func(body func(code string) string, changes ...string) sends {
		return func(w *world) string {
			code := w.phone.PhoneCode("86", "13580006666")
			return w.send("POST", phoneInfo, params(append([]string{"access_token", w.token(false).Token}, changes...)...), body(code))
		}
	}
	withCode := func(code string) string { return `{"code":"` + code + `"}` }
	noSuchToken := strings.Repeat("x", 512)

	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		for _, test := range []struct {
			name string
			send sends
			want string
		}{
			{"stable_token by GET", func(w *world) string { return w.send("GET", stable, loginParams("x"), "") }, jsonError(43002, "require POST method")},
			{"stable_token without a body", ask(""), jsonError(44002, "empty post data")},
			{"stable_token with a form", ask("appid=" + appID), jsonError(47001, "data format error")},
			{"stable_token with a list", ask(`[]`), jsonError(47001, "data format error")},
			{"stable_token, force_refresh a string", ask(strings.Replace(stableBody, "}", `,"force_refresh":"true"}`, 1)), jsonError(47001, "data format error")},
			{"stable_token, other grant_type", ask(strings.Replace(stableBody, "client_credential", "authorization_code", 1)), jsonError(40002, "invalid grant_type")},
			{"stable_token without appid", ask(`{"grant_type":"client_credential"}`), jsonError(41002, "appid missing")},
			{"stable_token with APPID", ask(strings.Replace(stableBody, "appid", "APPID", 1)), jsonError(41002, "appid missing")},
			{"stable_token without secret", ask(`{"grant_type":"client_credential","appid":"` + appID + `"}`), jsonError(41004, "appsecret missing")},
			{"stable_token, wrong appid", ask(strings.Replace(stableBody, appID, "wx0", 1)), jsonError(40013, "invalid appid")},
			{"stable_token, wrong secret", ask(strings.Replace(stableBody, secret, otherSecret, 1)), jsonError(40125, "invalid appsecret")},
			{"stable_token in chunks", func(w *world) string {
				return w.sendBody("POST", stable, nil, io.MultiReader(strings.NewReader(stableBody)))
			}, "412 text/html "},

			{"checksession", signed("GET", check, ""), fine},
			{"checksession by POST", signed("POST", check, ""), jsonError(43001, "require GET method")},
			{"checksession with a body", signed("GET", check, "{}"), jsonError(87009, badSignature)},
			{"no access_token", signed("GET", check, "", "access_token", ""), jsonError(41001, "access_token missing")},
			{"malformed access_token", signed("GET", check, "", "access_token", "x"), jsonError(40014, "invalid access_token")},
			{"unknown access_token", signed("GET", check, "", "access_token", noSuchToken), jsonError(40001, badToken)},
			{"no openid", signed("GET", check, "", "openid", ""), jsonError(41009, "missing openid")},
			{"unknown openid", signed("GET", check, "", "openid", "x"), jsonError(40003, "invalid openid")},
			{"no sig_method", signed("GET", check, "", "sig_method", ""), jsonError(87008, "invalid sig_method")},
			{"other sig_method", signed("GET", check, "", "sig_method", "HMAC_SHA256"), jsonError(87008, "invalid sig_method")},
			{"no signature", signed("GET", check, "", "signature", ""), jsonError(87009, badSignature)},
			{"signature of a body", signed("GET", check, "", "signature", strings.Repeat("0", 64)), jsonError(87009, badSignature)},
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
			{"reset of an expired key", func(w *world) string {
				w.phone.Login()
				w.wechat.ExpireKey(appID, openID)
				return w.send("GET", reset, w.signedParams(), "")
			}, jsonError(87007, noKey)},
			{"encrypt keys of an expired key", func(w *world) string {
				w.phone.Login()
				w.wechat.ExpireKey(appID, openID)
				return w.send("GET", encrypt, w.signedParams(), "")
			}, jsonError(87007, noKey)},
			{"reset by POST", signed("POST", reset, ""), jsonError(43001, "require GET method")},
			{"reset with a wrong signature", signed("GET", reset, "", "signature", "x"), jsonError(87009, badSignature)},
			{"encrypt keys by PUT", signed("PUT", encrypt, ""), jsonError(43001, "require GET method")},
			{"encrypt keys with a body", signed("POST", encrypt, "{}"), jsonError(87009, badSignature)},

			{"phone number without a body", number(func(string) string { return "" }), jsonError(44002, "empty post data")},
			{"phone number, not JSON", number(func(code string) string { return "code=" + code }), jsonError(47001, "data format error")},
			{"phone number by GET", func(w *world) string { return w.send("GET", phoneInfo, nil, "") }, jsonError(43002, "require POST method")},
			{"phone number without access_token", number(withCode, "access_token", ""), jsonError(41001, "access_token missing")},
			{"phone number, unknown code", number(func(string) string { return withCode("x") }), jsonError(40029, "invalid code")},
			{"phone number, login code", func(w *world) string {
				return w.send("POST", phoneInfo, params("access_token", w.token(false).Token), withCode(w.phone.Login()))
			}, jsonError(40029, "invalid code")},
			{"phone number, code of another app", func(w *world) string {
				code := w.wechat.Phone(otherAppID, openID).PhoneCode("86", "13580006666")
				return w.send("POST", phoneInfo, params("access_token", w.token(false).Token), withCode(code))
			}, jsonError(40013, "invalid appid")},
			{"phone number of another user", number(func(code string) string {
				return `{"code":"` + code + `","openid":"x"}`
			}), jsonError(40003, "invalid openid")},
			{"phone number, openid no string", number(func(code string) string {
				return `{"code":"` + code + `","openid":1}`
			}), jsonError(40003, "invalid openid")},
			{"phone number in chunks", func(w *world) string {
				q := params("access_token", w.token(false).Token)
				return w.sendBody("POST", phoneInfo, q, io.MultiReader(strings.NewReader(withCode("x"))))
			}, "412 text/html "},
			{"phone code used", func(w *world) string {
				q, body := params("access_token", w.token(false).Token), withCode(w.phone.PhoneCode("86", "13580006666"))
				w.send("POST", phoneInfo, q, body)
				return w.send("POST", phoneInfo, q, body)
			}, jsonError(40029, "invalid code")},
		} {
			t.Run(test.name, func(t *testing.T) {
				if diff := cmp.Diff(test.want, test.send(newWorld(t))); diff != "" {
					t.Errorf("reply (-want +got):\n%s", diff)
				}
			})
		}
	})
}
