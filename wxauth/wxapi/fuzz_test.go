package wxapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/wxlogin/wxauth/wxapi"
)

// FuzzReply checks that no reply makes Code2Session panic, and that every error has a
// class. If Code2Session succeeds, its Session must have the openid and the session_key
// of the reply.
func FuzzReply(f *testing.F) {
	for _, body := range []string{
		`{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE"}`,
		`{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"o","unionid":"u","errcode":0,"errmsg":"ok"}`,
		`{"errcode":40029,"errmsg":"invalid code, rid: 5f4b2d2b-0d7b4fd8-1e2b9d3a"}`,
		`{"errcode":"40163","errmsg":"code been used"}`,
		`{"openid":null,"session_key":{}}`, `{}`, `[]`, `null`, ``, `{"errcode":1e3}`, "\xef\xbb\xbf{}",
		`{"openid":"u","OPENID":"v","session_key":"k"}`, `{"openid":"u","openid":"v","session_key":"k"}`,
		`{"errcode":40029,"ERRCODE":0,"openid":"u","session_key":"k"}`, `{"errcode":"null","openid":"u","session_key":"k"}`,
		"\xef\xbb\xbf" + `{"errcode":40029,"errmsg":0}`, `{"errcode":40164,"errmsg":"invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist"}`,
		`{"openid":"u","\u017fession_key":"k"}`, `{"openid":"o\ud800","session_key":"k"}`,
	} {
		f.Add(200, []byte(body))
	}
	f.Add(502, []byte("<html>"))
	f.Add(302, []byte{})
	f.Add(429, []byte(`{"errcode":45011}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		client := wxapi.New(app, wxapi.Options{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: io.NopCloser(bytes.NewReader(body))}, nil
		})})
		var session wxapi.Session
		var err error
		synctest.Test(t, func(*testing.T) { // in a synctest bubble, the pauses between attempts take no real time
			session, err = client.Code2Session(background, "code")
		})
		if err == nil {
			key := wxapi.UnsafeRevealSessionKey(session.Key)
			if status != 200 || session.OpenID == "" || key == "" || strings.ContainsAny(session.OpenID+key+session.UnionID, "\x00\n\r\x7f\ufffd") {
				t.Errorf("status %d, %q gave %q, %q", status, body, session.OpenID, key)
			}
			var members map[string]any // a map, because a struct would also match names of a different case
			json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &members)
			for name, value := range members {
				if strings.EqualFold(name, "openid") && value != session.OpenID || strings.EqualFold(name, "session_key") && value != key {
					t.Errorf("%q gave %q, %q", body, session.OpenID, key)
				}
			}
			return
		}
		if session.OpenID != "" || !session.Key.IsZero() {
			t.Errorf("a session came with %v", err)
		}
		for _, class := range []error{wxapi.ErrBusy, wxapi.ErrUnavailable, wxapi.ErrBadReply, wxapi.ErrInvalidCode, wxapi.ErrUserBlocked,
			wxapi.ErrSessionKeyInvalid, wxapi.ErrRateLimited, wxapi.ErrMisconfigured, wxapi.ErrAccessToken} {
			if errors.Is(err, class) {
				return
			}
		}
		t.Errorf("an error of no class: %v", err)
	})
}
