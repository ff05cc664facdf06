package wxauth_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestDecryptIntoTheWrongType checks that the error of Decrypt has the code internal and
// does not quote the decrypted data.
func TestDecryptIntoTheWrongType(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	ctx := userWithKey(t, auth, wechat, testKey)
	data := encrypt(testKey, pad(`{"a":"private","b":13580006666,"watermark":{"appid":"`+appID+`","timestamp":1}}`))
	type numbers struct{ A, B int }
	got, empty := numbers{7, 7}, numbers{}
	for _, v := range []any{&got, &empty, got, nil, (*int)(nil), "text"} {
		err := auth.Decrypt(ctx, data, v)
		var e *wxauth.Error
		if !errors.As(err, &e) || e.Code != "internal" || strings.Contains(err.Error(), "private") || strings.Contains(err.Error(), "1358") {
			t.Errorf("into %T: got %v, want internal without the data", v, err)
		}
	}
	if got != (numbers{7, 7}) || empty != (numbers{}) {
		t.Errorf("the caller's values have changed: %v, %v", got, empty)
	}
}

type picky struct{}

func (*picky) UnmarshalJSON([]byte) error { return json.Unmarshal([]byte("{"), new(any)) }

// TestDecryptIntoATypeThatFails checks that Decrypt fails with the code internal, not
// session_key_stale, if the UnmarshalJSON method of the caller's value fails.
func TestDecryptIntoATypeThatFails(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	ctx := userWithKey(t, auth, wechat, testKey)
	data := encrypt(testKey, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1}}`))
	var e *wxauth.Error
	if err := auth.Decrypt(ctx, data, new(picky)); !errors.As(err, &e) || e.Code != "internal" {
		t.Errorf("got %v, want internal", err)
	}
}

// TestDecryptMaxAge checks that Decrypt refuses data if the time in the watermark is more
// than MaxAge in the past or in the future. JSON from a client must not set MaxAge.
func TestDecryptMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		ctx := userWithKey(t, auth, wechat, testKey)
		for age, ok := range map[time.Duration]bool{0: true, 59 * time.Second: true, 2 * time.Minute: false, -2 * time.Minute: false} {
			data := encrypt(testKey, pad(fmt.Sprintf(`{"watermark":{"appid":"%s","timestamp":%d}}`, appID, time.Now().Add(-age).Unix())))
			data.MaxAge = time.Minute
			if err := auth.Decrypt(ctx, data, new(any)); (err == nil) != ok {
				t.Errorf("data %v old: got %v", age, err)
			}
		}
	})
	var e wxauth.Encrypted
	if err := json.Unmarshal([]byte(`{"encryptedData":"a","iv":"b","MaxAge":5,"maxAge":5}`), &e); err != nil || e != (wxauth.Encrypted{EncryptedData: "a", IV: "b"}) {
		t.Errorf("got %+v, %v", e, err)
	}
}

// TestSpoiledDataDetails checks that the Detail of the error names the invalid field of
// Encrypted and the cause.
func TestSpoiledDataDetails(t *testing.T) {
	good := encrypt(testKey, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1477314187}}`))
	data := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb, 0xef, 0xbe, 0xff}, 12)) // contains "+", which two of the cases replace
	auth, wechat := newAuth(t, wxauth.Config{})
	ctx := userWithKey(t, auth, wechat, testKey)
	for name, test := range map[string]struct{ data, iv, field, cause string }{
		"no data":            {"", good.IV, "encryptedData", "is missing"},
		"no iv":              {data, "", "iv", "is missing"},
		"space":              {strings.ReplaceAll(data, "+", " "), good.IV, "encryptedData", "has spaces"},
		"percent":            {data, strings.ReplaceAll(good.IV, "=", "%3D"), "iv", "is percent-encoded"},
		"line break":         {data[:4] + "\r\n" + data[4:], good.IV, "encryptedData", "has line breaks"},
		"URL-safe":           {strings.ReplaceAll(data, "+", "-"), good.IV, "encryptedData", "URL-safe"},
		"no padding":         {data, strings.TrimRight(good.IV, "="), "iv", "wrong length"},
		"cut":                {data[:len(data)-4], good.IV, "encryptedData", "wrong length"},
		"something else":     {"!" + data[1:], good.IV, "encryptedData", "is not the base64"},
		"iv of wrong length": {data, data, "iv", "wrong length"},
		"too long":           {strings.Repeat("A", 1<<20+4), good.IV, "encryptedData", "over 1 MiB"},
	} {
		err := auth.Decrypt(ctx, wxauth.Encrypted{EncryptedData: test.data, IV: test.iv}, new(any))
		var e *wxauth.Error
		if !errors.As(err, &e) || e.Code != wxauth.CodeInvalidRequest || !strings.HasPrefix(e.Detail, `"`+test.field+`"`) || !strings.Contains(e.Detail, test.cause) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDataOfAnotherKind checks that Decrypt refuses to decrypt data of one kind into the
// wxapi type of another kind, such as a profile into a wxapi.PhoneNumber. Into a struct
// that embeds a wxapi.PhoneNumber, Decrypt must decrypt data of every kind.
func TestDataOfAnotherKind(t *testing.T) {
	const mark = `"watermark":{"appid":"` + appID + `","timestamp":1477314187}`
	kinds := map[string]string{
		"phone":   `{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86",` + mark + `}`,
		"profile": `{"openId":"` + openID + `","nickName":"Band",` + mark + `}`,
		"nick":    `{"nickName":"Band",` + mark + `}`,
		"steps":   `{"stepInfoList":[{"timestamp":1445866601,"step":100}],` + mark + `}`,
		"no step": `{"stepInfoList":[],` + mark + `}`,
		"group":   `{"openGId":"g",` + mark + `}`,
		"chat":    `{"opengid":"","open_single_roomid":"r","chat_type":1,` + mark + `}`,
		"bare":    `{` + mark + `}`,
	}
	type embeds struct {
		wxapi.PhoneNumber
		Extra string
	}
	fits := map[string][]string{"phone": {"phone"}, "profile": {"profile", "nick"}, "steps": {"steps", "no step"}, "group": {"group", "chat"},
		"embeds": {"phone", "profile", "nick", "steps", "no step", "group", "chat", "bare"}}
	auth, wechat := newAuth(t, wxauth.Config{})
	ctx := userWithKey(t, auth, wechat, testKey)
	for kind, plain := range kinds {
		full := map[string]any{
			"phone": &wxapi.PhoneNumber{PhoneNumber: "1"}, "profile": &wxapi.UserInfo{City: "x"},
			"steps": &wxapi.WeRunData{StepInfoList: []wxapi.StepInfo{{}}}, "group": &wxapi.GroupInfo{OpenGID: "x"}, "embeds": &embeds{Extra: "x"},
		}
		empty := map[string]any{"phone": new(wxapi.PhoneNumber), "profile": new(wxapi.UserInfo), "steps": new(wxapi.WeRunData),
			"group": new(wxapi.GroupInfo), "embeds": new(embeds)}
		for _, targets := range []map[string]any{full, empty} {
			for target, v := range targets {
				before := fmt.Sprintf("%+v", v)
				err := auth.Decrypt(ctx, encrypt(testKey, pad(plain)), v)
				if ok := slices.Contains(fits[target], kind); ok != (err == nil) || !ok && errorCode(err) != wxauth.CodeInvalidRequest {
					t.Errorf("%s into %T: %v", kind, v, err)
				}
				if after := fmt.Sprintf("%+v", v); err != nil && after != before {
					t.Errorf("%s into %T: the value has changed: %s", kind, v, after)
				}
			}
		}
	}
}
