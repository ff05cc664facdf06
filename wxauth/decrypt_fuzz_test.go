package wxauth_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// FuzzDecrypt calls Decrypt with arbitrary texts as EncryptedData and IV, and with
// arbitrary plaintexts that the test has padded and encrypted.
func FuzzDecrypt(f *testing.F) {
	const mark = `"watermark":{"appid":"` + appID + `","timestamp":1477314187}`
	for _, plain := range []string{
		`{` + mark + `}`,
		`{"openId":"` + openID + `","nickName":"Band",` + mark + `}`,
		`{"OPENID":"XXXXX","` + "\u017f" + `":1,` + mark + `}`,
		`{"open\u0049d":"XXXXX",` + mark + `}`,
		`{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86",` + mark + `}`,
		`{"stepInfoList":[{"timestamp":1445866601,"step":100}],` + mark + `}`,
		`{"watermark":{"appid":"wx0","timestamp":1},"Watermar` + "\u212a" + `":{"appid":"` + appID + `"}}`,
		`{"a":[[[{"b":null}]]],"c":-1.5e3,"d":"\"\\\ud800",` + mark + `}`,
	} {
		data := encrypt(testKey, pad(plain))
		f.Add([]byte(plain), data.EncryptedData, data.IV)
	}
	f.Add([]byte("\x10"), "AAAA", "====")

	wechat := wxtest.NewServer(app)
	auth, err := wxauth.New(wxauth.Config{
		Apps:   []wxauth.App{app},
		API:    wxapi.Options{Transport: wechat.Transport()},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		f.Fatal(err)
	}
	wechat.SetKey(appID, openID, wxapi.UnsafeSessionKey(testKey))
	serve(auth.LoginHandler(), "GET", "/?code="+wechat.Phone(appID, openID).Login(), "", "")
	ctx := wxauth.NewContext(background, wxauth.Identity{AppID: appID, OpenID: openID})

	f.Fuzz(func(t *testing.T, plain []byte, data, iv string) {
		for _, sent := range []wxauth.Encrypted{{EncryptedData: data, IV: iv}, encrypt(testKey, pad(string(plain)))} {
			var got json.RawMessage
			if err := auth.Decrypt(ctx, sent, &got); err != nil {
				var e *wxauth.Error
				if !errors.As(err, &e) || e.Code != wxauth.CodeSessionKeyStale && e.Code != wxauth.CodeInvalidRequest || got != nil {
					t.Fatalf("got %v with %q", err, got)
				}
				continue
			}
			mine(t, got)
			var own, want decodesItself
			err, wantErr := auth.Decrypt(ctx, sent, &own), json.Unmarshal(got, &want)
			if (err == nil) != (wantErr == nil) || err == nil && own != want {
				t.Errorf("%q: got %v, %v, want %v, %v", got, own, err, want, wantErr)
			}
			var number, wantNumber wxapi.PhoneNumber
			err, wantErr = auth.Decrypt(ctx, sent, &number), json.Unmarshal(got, &wantNumber)
			if (err == nil) != (wantErr == nil && wantNumber.PhoneNumber != "") || err == nil && number != wantNumber {
				t.Errorf("%q: got %v, %v, want %v, %v", got, number, err, wantNumber, wantErr)
			}
		}
	})
}

// mine repeats some checks of Decrypt with encoding/json instead of the JSON scanner in
// jsonclaims.go.
func mine(t *testing.T, text []byte) {
	t.Helper()
	var user wxapi.UserInfo
	if json.Unmarshal(text, &user); user.OpenID != "" && user.OpenID != openID || user.Watermark.AppID != appID {
		t.Errorf("%q is of %q, app %q", text, user.OpenID, user.Watermark.AppID)
	}
	var phone struct{ PhoneNumber, PurePhoneNumber, CountryCode any }
	if json.Unmarshal(text, &phone); phone.PhoneNumber != nil {
		number, _ := phone.PhoneNumber.(string)
		pure, _ := phone.PurePhoneNumber.(string)
		if pure == "" || !strings.HasSuffix(number, pure) || phone.CountryCode == nil {
			t.Errorf("%q has half a phone number", text)
		}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || !utf8.Valid(text) {
		t.Fatalf("%q: %v", text, err)
	}
	for a := range members {
		for b := range members {
			if a < b && strings.EqualFold(a, b) {
				t.Errorf("%q has %q and %q", text, a, b)
			}
		}
	}
}
