package benchmarks_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func loggedIn(sessions *scs.SessionManager) (*wxauth.Auth, *wxtest.Phone, context.Context) {
	auth, phone, _ := rig.NewAuth(sessions)
	return auth, phone, wxauth.NewContext(context.Background(), wxauth.Identity{AppID: rig.App.ID, OpenID: rig.OpenID})
}

// userInfo contains values from the sample that WeChat publishes for decryption.
var userInfo = wxapi.UserInfo{
	OpenID: rig.OpenID, UnionID: "ocMvos6NjeKLIBqg5Mr9QjxrP1FA", NickName: "Band", Gender: 1,
	AvatarURL: "http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0",
	Language:  "zh_CN", City: "Guangzhou", Province: "Guangdong", Country: "CN",
}

func steps() wxapi.WeRunData {
	var d wxapi.WeRunData
	for i := range 31 {
		d.StepInfoList = append(d.StepInfoList, wxapi.StepInfo{Timestamp: 1445866601 + int64(i)*86400, Step: 5000 + 37*i})
	}
	return d
}

// decryptAlone does only the necessary work: base64, AES-CBC and encoding/json.
func decryptAlone(key, data, iv string, v any) error {
	k, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return err
	}
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return err
	}
	start, err := base64.StdEncoding.DecodeString(iv)
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return err
	}
	cipher.NewCBCDecrypter(block, start).CryptBlocks(b, b)
	return json.Unmarshal(b[:len(b)-int(b[len(b)-1])], v)
}

// keyFromStore reads the user's session_key from the store with as little work as possible.
func keyFromStore(store scs.Store) string {
	hash := sha256.Sum256([]byte(rig.App.ID + "\x00" + rig.OpenID))
	b, _, _ := store.Find((";u" + base64.RawURLEncoding.EncodeToString(hash[:]))[:42])
	text, _, _ := stores.Codec{}.LookupString(b, "wxauth.user")
	// A session_key has 24 characters. Nothing else in the text contains "==".
	end := strings.Index(text, "==") + len("==")
	return text[end-24 : end]
}

// BenchmarkDecrypt measures Decrypt. For comparison, the sub-benchmarks "alone" and
// "stored" measure decryptAlone. The time of "stored" includes keyFromStore.
func BenchmarkDecrypt(b *testing.B) {
	decrypt(b, "user-info", userInfo, func(v wxapi.UserInfo) bool { return v.OpenID == rig.OpenID })
	decrypt(b, "phone-number", wxapi.PhoneNumber{PhoneNumber: "13580006666", PurePhoneNumber: "13580006666", CountryCode: "86"},
		func(v wxapi.PhoneNumber) bool { return v.PhoneNumber == "13580006666" })
	type phoneNumber struct { // no field has an UnmarshalJSON method, so decoding is faster
		PhoneNumber     string `json:"phoneNumber"`
		PurePhoneNumber string `json:"purePhoneNumber"`
		CountryCode     string `json:"countryCode"`
	}
	decrypt(b, "own-phone-number", phoneNumber{"13580006666", "13580006666", "86"},
		func(v phoneNumber) bool { return v.PhoneNumber == "13580006666" })
	decrypt(b, "steps", steps(), func(v wxapi.WeRunData) bool { return len(v.StepInfoList) == 31 })
}

func decrypt[T any](b *testing.B, name string, data T, right func(T) bool) {
	sessions := wxauth.NewSessions()
	auth, phone, ctx := loggedIn(sessions)
	var e wxauth.Encrypted
	e.EncryptedData, e.IV = phone.Encrypt(data)
	key := wxapi.UnsafeRevealSessionKey(phone.SessionKey())
	for _, row := range []struct {
		name    string
		decrypt func(v *T) error
	}{
		{"alone", func(v *T) error { return decryptAlone(key, e.EncryptedData, e.IV, v) }},
		{"stored", func(v *T) error { return decryptAlone(keyFromStore(sessions.Store), e.EncryptedData, e.IV, v) }},
		{"decrypt", func(v *T) error { return auth.Decrypt(ctx, e, v) }},
	} {
		b.Run(name+"/"+row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var v T
				if err := row.decrypt(&v); err != nil || !right(v) {
					b.Fatal(v, err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	auth, phone, ctx := loggedIn(wxauth.NewSessions())
	rawData, err := json.Marshal(userInfo)
	if err != nil {
		b.Fatal(err)
	}
	signature := phone.Sign(string(rawData))
	key := wxapi.UnsafeRevealSessionKey(phone.SessionKey())
	b.Run("sha1", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sum := sha1.Sum([]byte(string(rawData) + key))
			if hex.EncodeToString(sum[:]) != signature {
				b.Fatal("wrong signature")
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := auth.VerifyRawData(ctx, string(rawData), signature); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	auth, phone, ctx := loggedIn(wxauth.NewSessions())
	message := []byte(`{"offerId":"1450000000","buyQuantity":1,"env":0,"currencyType":"CNY","productId":"gem"}`)
	key := wxapi.UnsafeRevealSessionKey(phone.SessionKey())
	want := phone.SessionKey().Sign(message)
	b.Run("hmac", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			mac := hmac.New(sha256.New, []byte(key))
			mac.Write(message)
			if hex.EncodeToString(mac.Sum(nil)) != want {
				b.Fatal("wrong signature")
			}
		}
	})
	b.Run("sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if got, err := auth.Sign(ctx, message); err != nil || got != want {
				b.Fatal(got, err)
			}
		}
	})
}
