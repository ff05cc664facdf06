package wxauth_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestDecryptVectors decrypts data from testdata/vectors.json. In the test vector
// encrypteddata-iv-malleability, a changed IV changes the openId in the plaintext.
func TestDecryptVectors(t *testing.T) {
	tests := map[string]struct {
		want error
	}{
		"encrypteddata-userinfo-official": {nil},
		"encrypteddata-phone-synthetic":   {nil},
		"encrypteddata-werun-synthetic":   {nil},
		"encrypteddata-iv-malleability":   {wxauth.ErrSessionKeyStale},
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

// encrypt encrypts a plaintext with AES-128-CBC, as WeChat does, but adds no padding, so
// that a test can choose bad padding.
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

// pad adds PKCS#7 padding.
func pad(s string) []byte {
	n := 16 - len(s)%16
	return append([]byte(s), bytes.Repeat([]byte{byte(n)}, n)...)
}

const testKey = "tiihtNczf5v6AKRyjwEUhQ=="

// TestDecryptChecks checks which data Decrypt accepts. All errors with the code
// session_key_stale must have the same text. A text that reveals the cause would allow a
// padding oracle attack.
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
				t.Errorf("the caller's value has changed: %v", got)
			case ok && got["mine"] != nil:
				t.Errorf("the old content of the caller's value is still there: %v", got)
			case test.code == stale && err.Error() != "wxauth: session_key_stale: decrypt: session_key is stale":
				t.Errorf("the text of this failure differs from those of others: %v", err)
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
