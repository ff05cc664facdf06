package wxauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// vector is one test case in testdata/vectors.json. If the ID ends in "official", the values
// come from WeChat's documentation or sample code.
type vector struct {
	ID     string
	Inputs struct {
		SessionKey    string `json:"session_key"`
		EncryptedData string `json:"encrypted_data"`
		IV            string `json:"iv"`
		RawData       string `json:"raw_data"`
		Message       string `json:"message"`
	}
	Expected struct{ Plaintext, Signature string }
}

func vectors(t *testing.T) map[string]vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	m := make(map[string]vector)
	for _, v := range file.Vectors {
		m[v.ID] = v
	}
	return m
}

func userWithKey(t *testing.T, auth *wxauth.Auth, wechat *wxtest.Server, key string) context.Context {
	t.Helper()
	if key != "" {
		wechat.SetKey(appID, openID, wxapi.UnsafeSessionKey(key))
	}
	return contextOf(t, auth, login(t, auth, wechat.Phone(appID, openID)))
}

func contextOf(t *testing.T, auth *wxauth.Auth, token string) context.Context {
	t.Helper()
	var ctx context.Context
	auth.Require(contextTo(&ctx)).ServeHTTP(httptest.NewRecorder(), requestWith(token))
	if ctx == nil {
		t.Fatal("token refused")
	}
	return ctx
}

func TestVerifyRawData(t *testing.T) {
	v := vectors(t)["rawdata-sha1-official"]
	auth, wechat := newAuth(t, wxauth.Config{})
	ctx := userWithKey(t, auth, wechat, v.Inputs.SessionKey)
	for name, test := range map[string]struct {
		rawData, signature string
		want               error
	}{
		"official":     {v.Inputs.RawData, v.Expected.Signature, nil},
		"changed":      {v.Inputs.RawData + " ", v.Expected.Signature, wxauth.ErrSessionKeyStale},
		"no signature": {v.Inputs.RawData, "", wxauth.ErrSessionKeyStale},
		"upper case":   {v.Inputs.RawData, strings.ToUpper(v.Expected.Signature), wxauth.ErrSessionKeyStale},
		"a byte more":  {v.Inputs.RawData, v.Expected.Signature + "0", wxauth.ErrSessionKeyStale},
	} {
		if err := auth.VerifyRawData(ctx, test.rawData, test.signature); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	login(t, auth, wechat.Phone(appID, openID)) // replaces the session_key
	if err := auth.VerifyRawData(ctx, v.Inputs.RawData, v.Expected.Signature); err != nil {
		t.Errorf("within KeyGrace: %v", err)
	}
}

func TestSignVectors(t *testing.T) {
	all := vectors(t)
	for _, id := range []string{"session-signature-post-official", "session-signature-empty-body",
		"virtualpay-signature-official", "b2b-signature-official", "voip-signature-official"} {
		v, found := all[id]
		auth, wechat := newAuth(t, wxauth.Config{})
		ctx := userWithKey(t, auth, wechat, v.Inputs.SessionKey)
		got, err := auth.Sign(ctx, []byte(v.Inputs.Message))
		if !found || err != nil || got != v.Expected.Signature {
			t.Errorf("%s: got %s, %v; want %s", id, got, err, v.Expected.Signature)
		}
	}
}

func TestUseWithoutLogin(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	uses := func(ctx context.Context) map[string]error {
		_, sign := auth.Sign(ctx, nil)
		_, phone := auth.PhoneNumber(ctx, "code")
		_, keys := auth.UserEncryptKeys(ctx)
		return map[string]error{
			"Decrypt": auth.Decrypt(ctx, wxauth.Encrypted{}, new(any)), "VerifyRawData": auth.VerifyRawData(ctx, "", ""),
			"Sign": sign, "PhoneNumber": phone, "UserEncryptKeys": keys,
			"CheckSessionKey": auth.CheckSessionKey(ctx), "ResetSessionKey": auth.ResetSessionKey(ctx),
		}
	}
	for name, err := range uses(background) {
		if !errors.Is(err, wxauth.ErrNotLoggedIn) {
			t.Errorf("%s: got %v, want ErrNotLoggedIn", name, err)
		}
	}
	for name, err := range uses(wxauth.NewContext(background, wxauth.Identity{AppID: "wx0000000000000000", OpenID: openID})) {
		if !errors.Is(err, wxauth.ErrNotLoggedIn) {
			t.Errorf("%s for another app: got %v, want ErrNotLoggedIn", name, err)
		}
	}
	if n := wechat.Count(""); n != 0 {
		t.Errorf("%d calls", n)
	}
	// PhoneNumber needs no session_key. Decrypt refuses the empty data of this test before it
	// looks for a session_key.
	for name, err := range uses(wxauth.NewContext(background, wxauth.Identity{AppID: appID, OpenID: "never logged in"})) {
		if name != "PhoneNumber" && name != "Decrypt" && !errors.Is(err, wxauth.ErrSessionKeyStale) {
			t.Errorf("%s without a key: got %v, want ErrSessionKeyStale", name, err)
		}
	}
}
