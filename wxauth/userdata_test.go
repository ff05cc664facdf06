package wxauth_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// vector is a known answer. Those whose name ends in "official" are WeChat's own.
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

// userWithKey logs in the user of this package's tests, whose session_key is
// key, and returns a context with the identity.
func userWithKey(t *testing.T, auth *wxauth.Auth, wechat *wxtest.Server, key string) context.Context {
	t.Helper()
	if key != "" {
		wechat.SetKey(appID, openID, wxapi.UnsafeSessionKey(key))
	}
	return contextOf(t, auth, login(t, auth, wechat.Phone(appID, openID)))
}

// contextOf is the context of a request with the token.
func contextOf(t *testing.T, auth *wxauth.Auth, token string) context.Context {
	t.Helper()
	var ctx context.Context
	auth.Require(contextTo(&ctx)).ServeHTTP(httptest.NewRecorder(), requestWith(token))
	if ctx == nil {
		t.Fatal("token refused")
	}
	return ctx
}

func TestDecryptVectors(t *testing.T) {
	tests := map[string]struct {
		want error
	}{
		"encrypteddata-userinfo-official": {nil},
		"encrypteddata-phone-synthetic":   {nil},
		"encrypteddata-werun-synthetic":   {nil},
		"encrypteddata-iv-malleability":   {wxauth.ErrSessionKeyStale}, // the openId is not the caller's
		"encrypteddata-wrong-session-key": {wxauth.ErrSessionKeyStale},
	}
	for id, test := range tests {
		t.Run(id, func(t *testing.T) {
			v := vectors(t)[id]
			auth, wechat := newAuth(t, wxauth.Config{})
			ctx := userWithKey(t, auth, wechat, v.Inputs.SessionKey)
			var got json.RawMessage
			err := auth.Decrypt(ctx, wxauth.Encrypted{EncryptedData: v.Inputs.EncryptedData, IV: v.Inputs.IV}, &got)
			if !errors.Is(err, test.want) || string(got) != v.Expected.Plaintext && test.want == nil {
				t.Errorf("got %s, %v; want %s, %v", got, err, v.Expected.Plaintext, test.want)
			}
		})
	}
}

func TestDecryptTypes(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	for id, test := range map[string]struct{ got, want any }{
		"encrypteddata-userinfo-official": {new(wxapi.UserInfo), &wxapi.UserInfo{
			OpenID: openID, UnionID: "ocMvos6NjeKLIBqg5Mr9QjxrP1FA", NickName: "Band", Gender: 1, Language: "zh_CN",
			City: "Guangzhou", Province: "Guangdong", Country: "CN",
			AvatarURL: "http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0",
			Watermark: wxapi.Watermark{AppID: appID, Timestamp: 1477314187},
		}},
		"encrypteddata-phone-synthetic": {new(wxapi.PhoneNumber), &wxapi.PhoneNumber{
			PhoneNumber: "13580006666", PurePhoneNumber: "13580006666", CountryCode: "86",
			Watermark: wxapi.Watermark{AppID: appID, Timestamp: 1477314187},
		}},
		"encrypteddata-werun-synthetic": {new(wxapi.WeRunData), &wxapi.WeRunData{
			StepInfoList: []wxapi.StepInfo{{Timestamp: 1445866601, Step: 100}, {Timestamp: 1445876601, Step: 120}},
			Watermark:    wxapi.Watermark{AppID: appID, Timestamp: 1477314187},
		}},
	} {
		v := vectors(t)[id]
		ctx := userWithKey(t, auth, wechat, v.Inputs.SessionKey)
		err := auth.Decrypt(ctx, wxauth.Encrypted{EncryptedData: v.Inputs.EncryptedData, IV: v.Inputs.IV}, test.got)
		if diff := cmp.Diff(test.want, test.got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", id, err, diff)
		}
	}
}

// encrypt is the AES-128-CBC of WeChat, for plaintexts that it would not make.
func encrypt(key string, plain []byte) wxauth.Encrypted {
	k, _ := base64.StdEncoding.DecodeString(key)
	block, err := aes.NewCipher(k)
	if err != nil {
		panic(err)
	}
	iv := []byte("0123456789abcdef")
	out := make([]byte, len(plain))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, plain)
	return wxauth.Encrypted{EncryptedData: base64.StdEncoding.EncodeToString(out), IV: base64.StdEncoding.EncodeToString(iv)}
}

func pad(s string) []byte {
	n := 16 - len(s)%16
	return append([]byte(s), bytes.Repeat([]byte{byte(n)}, n)...)
}

const testKey = "tiihtNczf5v6AKRyjwEUhQ=="

func TestDecryptChecks(t *testing.T) {
	const mark = `"watermark":{"appid":"` + appID + `","timestamp":1477314187}`
	plain := func(members string) wxauth.Encrypted { return encrypt(testKey, pad(`{`+members+`,`+mark+`}`)) }
	good := plain(`"a":1`)
	const fine, stale, spoiled = "", wxauth.CodeSessionKeyStale, wxauth.CodeInvalidRequest
	tests := map[string]struct {
		data wxauth.Encrypted
		code string
	}{
		"good":                     {good, fine},
		"empty object around mark": {encrypt(testKey, pad(`{`+mark+`}`)), fine},
		"spaces":                   {encrypt(testKey, pad(" \t\r\n{ \"a\" : [ 1 , { } , [ ] , \"x\\\"}\" ] , "+mark+" } ")), fine},
		"own openId":               {plain(`"openId":"` + openID + `"`), fine},
		"own openId, escaped":      {plain(`"open\u0049d":"\u006f` + openID[1:] + `"`), fine},

		"no data":             {wxauth.Encrypted{}, spoiled},
		"no IV":               {wxauth.Encrypted{EncryptedData: good.EncryptedData}, spoiled},
		"IV of 15 bytes":      {wxauth.Encrypted{EncryptedData: good.EncryptedData, IV: base64.StdEncoding.EncodeToString(make([]byte, 15))}, spoiled},
		"IV of 17 bytes":      {wxauth.Encrypted{EncryptedData: good.EncryptedData, IV: base64.StdEncoding.EncodeToString(make([]byte, 17))}, spoiled},
		"URL base64":          {wxauth.Encrypted{EncryptedData: strings.ReplaceAll(good.EncryptedData, "+", "-"), IV: "-" + good.IV[1:]}, spoiled},
		"no base64 padding":   {wxauth.Encrypted{EncryptedData: good.EncryptedData, IV: strings.TrimRight(good.IV, "=")}, spoiled},
		"base64 line break":   {wxauth.Encrypted{EncryptedData: good.EncryptedData[:8] + "\n" + good.EncryptedData[8:], IV: good.IV}, spoiled},
		"base64 spare bits":   {wxauth.Encrypted{EncryptedData: good.EncryptedData, IV: good.IV[:21] + "h=="}, spoiled},
		"half a block":        {wxauth.Encrypted{EncryptedData: base64.StdEncoding.EncodeToString(make([]byte, 24)), IV: good.IV}, spoiled},
		"over a mebibyte":     {plain(`"a":"` + strings.Repeat("A", 1<<20*3/4) + `"`), spoiled},
		"padding 0":           {encrypt(testKey, append([]byte(`{`+mark+`}`), make([]byte, 16-len(`{`+mark+`}`)%16)...)), stale},
		"padding 17":          {encrypt(testKey, append(pad(`{` + mark + `}`)[:len(pad(`{`+mark+`}`))-1], 17)), stale},
		"padding uneven":      {encrypt(testKey, unevenPadding(`{`+mark+`}`)), stale},
		"spaces for padding":  {encrypt(testKey, []byte(`{`+mark+`}`+strings.Repeat(" ", 16-len(`{`+mark+`}`)%16))), stale},
		"padding alone":       {encrypt(testKey, pad("")), stale},
		"not JSON":            {encrypt(testKey, pad(`hello, `+mark)), stale},
		"not an object":       {encrypt(testKey, pad(`[{`+mark+`}]`)), stale},
		"two objects":         {encrypt(testKey, pad(`{`+mark+`}{}`)), stale},
		"trailing comma":      {encrypt(testKey, pad(`{`+mark+`,}`)), stale},
		"bad literal":         {plain(`"a":truth`), stale},
		"bad number":          {plain(`"a":01`), stale},
		"bad escape":          {plain(`"a":"\x"`), stale},
		"control in string":   {plain("\"a\":\"\x01\""), stale},
		"bad UTF-8":           {plain("\"a\":\"\xff\""), stale},
		"too deep":            {plain(`"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)), stale},
		"too deep, not empty": {plain(`"a":` + strings.Repeat("[", 40) + "1" + strings.Repeat("]", 40)), stale},
		"NUL at the end":      {encrypt(testKey, pad(`{`+mark+"}\x00")), stale},
		"no watermark":        {encrypt(testKey, pad(`{"a":1}`)), stale},
		"another app's":       {encrypt(testKey, pad(`{"watermark":{"appid":"wx0000000000000000","timestamp":1477314187}}`)), stale},
		"appid no string":     {encrypt(testKey, pad(`{"watermark":{"appid":["`+appID+`"],"timestamp":1477314187}}`)), stale},
		"watermark no object": {encrypt(testKey, pad(`{"watermark":"`+appID+`"}`)), stale},
		"no timestamp":        {encrypt(testKey, pad(`{"watermark":{"appid":"`+appID+`"}}`)), stale},
		"timestamp outside":   {encrypt(testKey, pad(`{"timestamp":1,"watermark":{"appid":"`+appID+`"}}`)), stale},
		"timestamp 1.5":       {encrypt(testKey, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1.5}}`)), stale},

		"another's openId":         {plain(`"openId":"XXXXX0egBJY1zhBYw2KhdUfwVJJE"`), stale},
		"another's OPENID":         {plain(`"OPENID":"XXXXX0egBJY1zhBYw2KhdUfwVJJE"`), stale},
		"another's, escaped name":  {plain(`"\u006fpenId":"XXXXX0egBJY1zhBYw2KhdUfwVJJE"`), stale},
		"openId null":              {plain(`"openId":null`), stale},
		"openId twice":             {plain(`"openId":"` + openID + `","openId":"` + openID + `"`), stale},
		"openId twice, other case": {plain(`"openId":"` + openID + `","openid":"` + openID + `"`), stale},
		"any member twice":         {plain(`"x":1,"\u0058":1`), stale},
		"a member twice inside":    {plain(`"list":[{"s":1,"\u017f":1}]`), stale},
		"a member twice, others":   {plain(`"x":1,"o":{"y":{}},"x":1`), stale},
		"Kelvin sign, then k":      {plain(`"\u212am":1,"km":1`), stale},
		"k, then Kelvin sign":      {plain(`"km":1,"\u212am":1`), stale},
		"no name twice":            {plain(`"":1,"":1`), stale},
		"umlaut twice":             {plain(`"ü":1,"Ü":1`), stale},
		"the same name elsewhere":  {plain(`"x":1,"list":[{"x":1},{"x":1}],"o":{"y":1,"xx":1,"x":1},"yy":1,"y":1`), fine},
		"another's openId inside":  {plain(`"openId":"` + openID + `","friend":{"openId":"XXXXX0egBJY1zhBYw2KhdUfwVJJE"}`), fine},
		"own appid outside": {encrypt(testKey, pad(`{"watermark":{"appid":"wx0000000000000000","timestamp":1},"appid":"`+appID+`","timestamp":1,`+
			`"x":{"appid":"`+appID+`"}}`)), stale},
		"the same initials":        {plain(`"x":1,"xy":1,"X ":1,"8":1`), fine},
		"many members":             {plain(manyMembers(61)), fine},
		"too many members":         {plain(manyMembers(62)), stale},
		"watermark twice":          {plain(mark), stale},
		"watermark by Kelvin sign": {plain(`"watermar\u212a":{"appid":"wx0","timestamp":1}`), stale},
		"appid twice":              {encrypt(testKey, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1,"APPID":"`+appID+`"}}`)), stale},
		"unionId without openId":   {plain(`"unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"`), stale},

		"own unionId":       {plain(`"openId":"` + openID + `","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"`), fine},
		"another's unionId": {plain(`"openId":"` + openID + `","unionId":"XXXXXXXXjeKLIBqg5Mr9QjxrP1FA"`), stale},

		"phone number":            {plain(`"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86"`), fine},
		"foreign phone number":    {plain(`"phoneNumber":"+85251234567","purePhoneNumber":"51234567","countryCode":"852"`), fine},
		"country code a number":   {plain(`"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":86`), fine},
		"phone number alone":      {plain(`"phoneNumber":"13580006666"`), stale},
		"phone number cut":        {plain(`"phoneNumber":"13580006666","countryCode":"86"`), stale},
		"phone numbers disagree":  {plain(`"phoneNumber":"13580006666","purePhoneNumber":"13580006667","countryCode":"86"`), stale},
		"country codes disagree":  {plain(`"phoneNumber":"+85213580006666","purePhoneNumber":"13580006666","countryCode":"86"`), stale},
		"phone number by case":    {plain(`"PHONENUMBER":"13580006666"`), stale},
		"pure number empty":       {plain(`"phoneNumber":"13580006666","purePhoneNumber":"","countryCode":"86"`), stale},
		"country code not a code": {plain(`"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":{}`), stale},
	}
	auth, wechat := newAuth(t, wxauth.Config{})
	wechat.SetUnionID(appID, openID, "ocMvos6NjeKLIBqg5Mr9QjxrP1FA")
	ctx := userWithKey(t, auth, wechat, testKey)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ok := test.code == fine
			before := map[string]any{"mine": true}
			got := map[string]any{"mine": true}
			err := auth.Decrypt(ctx, test.data, &got)
			var e *wxauth.Error
			switch {
			case ok && err != nil:
				t.Error(err)
			case !ok && (!errors.As(err, &e) || e.Code != test.code):
				t.Errorf("got %v, want %s", err, test.code)
			case !ok && !cmp.Equal(before, got):
				t.Errorf("the caller's value was touched: %v", got)
			case ok && got["mine"] != nil:
				t.Errorf("what was there is still there: %v", got)
			case test.code == stale && err.Error() != "wxauth: session_key_stale: decrypt: session_key is stale":
				t.Errorf("this failure looks different from others: %v", err)
			}
			var empty map[string]any
			if err := auth.Decrypt(ctx, test.data, &empty); (err == nil) != ok || (empty != nil) != ok {
				t.Errorf("into an empty value: %v, %v", err, empty)
			}
			var own decodesItself
			if err := auth.Decrypt(ctx, test.data, &own); (err == nil) != ok || (own.Watermark.AppID == appID) != ok {
				t.Errorf("into a type that decodes itself: %v, %v", err, own)
			}
		})
	}
}

// decodesItself is a type of an application that has an UnmarshalJSON.
type decodesItself struct{ Watermark wxapi.Watermark }

func (d *decodesItself) UnmarshalJSON(b []byte) error {
	type plain decodesItself
	return json.Unmarshal(b, (*plain)(d))
}

func manyMembers(n int) string {
	var members []string
	for i := range n {
		members = append(members, fmt.Sprintf(`"m%d":1`, i))
	}
	return strings.Join(members, ",")
}

func unevenPadding(s string) []byte {
	b := pad(s)
	if n := b[len(b)-1]; n < 2 {
		panic("choose another text")
	}
	b[len(b)-2]++
	return b
}

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
		t.Errorf("the caller's values were touched: %v, %v", got, empty)
	}
}

// picky is a type of an application's own, whose trouble is not that of the data.
type picky struct{}

func (*picky) UnmarshalJSON([]byte) error { return json.Unmarshal([]byte("{"), new(any)) }

func TestDecryptIntoATypeThatFails(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	ctx := userWithKey(t, auth, wechat, testKey)
	data := encrypt(testKey, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1}}`))
	var e *wxauth.Error
	if err := auth.Decrypt(ctx, data, new(picky)); !errors.As(err, &e) || e.Code != "internal" {
		t.Errorf("got %v, want internal", err)
	}
}

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

// A key that is not 16 bytes of base64 makes a login, but decrypts nothing.
func TestOddSessionKey(t *testing.T) {
	for _, key := range []string{"not base64!", "c2hvcnQ=", "tiihtNczf5v6AKRyjwEUhQ", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"} {
		auth, wechat := newAuth(t, wxauth.Config{})
		wechat.FailNext(wxtest.Fault{Body: fmt.Sprintf(`{"session_key":%q,"openid":%q}`, key, openID)})
		ctx := userWithKey(t, auth, wechat, "")
		encryptedUnder := testKey
		if b, err := base64.StdEncoding.DecodeString(key); err == nil && len(b) == 24 {
			encryptedUnder = key // as AES-192, which WeChat does not use
		}
		data := encrypt(encryptedUnder, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1}}`))
		if err := auth.Decrypt(ctx, data, new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
			t.Errorf("key %q: got %v", key, err)
		}
	}
}

// What every other server fails at now and then: the key was replaced between
// the encryption and its arrival.
func TestDecryptAfterAnotherLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone, tablet := wechat.Phone(appID, openID), wechat.Phone(appID, openID)
		ctx := contextOf(t, auth, login(t, auth, phone))
		var sent [12]wxauth.Encrypted
		for i := range sent {
			sent[i].EncryptedData, sent[i].IV = phone.Encrypt(map[string]any{"n": i})
			login(t, auth, tablet)
			phone = tablet
			tablet = wechat.Phone(appID, openID)
		}
		// The last 8 keys are kept: the live one and 7 before it.
		for i, data := range sent {
			var got struct{ N int }
			err := auth.Decrypt(ctx, data, &got)
			if kept := i >= len(sent)-7; kept != (err == nil) || kept && got.N != i {
				t.Errorf("%d: got %v, %v", i, got.N, err)
			}
		}
		time.Sleep(5 * time.Minute)
		if err := auth.Decrypt(ctx, sent[11], new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
			t.Errorf("after KeyGrace: got %v, want ErrSessionKeyStale", err)
		}
		var now wxauth.Encrypted
		now.EncryptedData, now.IV = phone.Encrypt(map[string]any{"n": 1})
		if err := auth.Decrypt(ctx, now, new(any)); err != nil {
			t.Errorf("under the live key: %v", err)
		}
	})
}

// The replies to two logins arrive in the other order, so the server takes the
// dead key for the live one, until something is encrypted under the other.
func TestKeyPromoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone := wechat.Phone(appID, openID)
		ctx := contextOf(t, auth, login(t, auth, phone))
		live := phone.SessionKey()
		wechat.FailNext(wxtest.Fault{Body: fmt.Sprintf(`{"session_key":"HyVFkGl5F5OQWJZZaNzBBg==","openid":%q}`, openID)})
		login(t, auth, wechat.Phone(appID, openID))
		wechat.SetKey(appID, openID, live) // as it was all along

		var data wxauth.Encrypted
		time.Sleep(2 * time.Second)
		data.EncryptedData, data.IV = phone.Encrypt(map[string]any{})
		sign := func() bool {
			got, err := auth.Sign(ctx, []byte("m"))
			return err == nil && got == live.Sign([]byte("m"))
		}
		if sign() {
			t.Fatal("the live key is the newest already; this test shows nothing")
		}
		if err := auth.Decrypt(ctx, data, new(any)); err != nil {
			t.Fatal(err)
		}
		if !sign() {
			t.Error("after it decrypted newer data, the live key is still not the newest")
		}
		time.Sleep(time.Hour) // and stays so
		if !sign() {
			t.Error("after KeyGrace the live key is gone")
		}
	})
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
	login(t, auth, wechat.Phone(appID, openID)) // replaces the key
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

// Without a user there is nothing to use a key of.
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
	for name, err := range uses(wxauth.NewContext(background, wxauth.Identity{AppID: appID, OpenID: "never logged in"})) {
		if name != "PhoneNumber" && name != "Decrypt" && !errors.Is(err, wxauth.ErrSessionKeyStale) {
			t.Errorf("%s without a key: got %v, want ErrSessionKeyStale", name, err)
		}
	}
}

// The detail of data that was spoiled on its way names the field and the cause.
func TestSpoiledDataDetails(t *testing.T) {
	good := encrypt(testKey, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1477314187}}`))
	data := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb, 0xef, 0xbe, 0xff}, 12)) // "++++" and "//"
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

// Data of another kind than the caller's type is refused once every check has
// passed, and the caller's value stays as it is.
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
					t.Errorf("%s into %T: the value was touched: %s", kind, v, after)
				}
			}
		}
	}
}
