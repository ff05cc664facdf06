package wxtest_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
)

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// aesCBC encrypts as WeChat does, by code of the test's own: block by block,
// each mixed with the one before.
func aesCBC(t *testing.T, key, iv string, plain string) string {
	t.Helper()
	block, err := aes.NewCipher(unbase64(t, key))
	if err != nil {
		t.Fatal(err)
	}
	padded := []byte(plain)
	for n := 16 - len(plain)%16; len(padded)%16 != 0 || len(padded) == len(plain); {
		padded = append(padded, byte(n))
	}
	last, out := unbase64(t, iv), make([]byte, len(padded))
	for i := 0; i < len(padded); i += 16 {
		for j := range 16 {
			out[i+j] = padded[i+j] ^ last[j]
		}
		block.Encrypt(out[i:i+16], out[i:i+16])
		last = out[i : i+16]
	}
	return base64.StdEncoding.EncodeToString(out)
}

// decrypt opens what Encrypt made.
func decrypt(t *testing.T, key, data, iv string) string {
	t.Helper()
	block, err := aes.NewCipher(unbase64(t, key))
	if err != nil {
		t.Fatal(err)
	}
	b := unbase64(t, data)
	cipher.NewCBCDecrypter(block, unbase64(t, iv)).CryptBlocks(b, b)
	n := int(b[len(b)-1])
	if n == 0 || n > 16 || !bytes.HasSuffix(b, bytes.Repeat([]byte{byte(n)}, n)) {
		t.Fatalf("bad padding: % x", b[len(b)-16:])
	}
	return string(b[:len(b)-n])
}

// TestVectors holds Encrypt, Sign and checksession against WeChat's own samples
// and others that were computed elsewhere.
func TestVectors(t *testing.T) {
	var vectors struct {
		Encrypted []struct{ Name, SessionKey, IV, EncryptedData, Plaintext string }
		RawData   []struct{ Name, SessionKey, RawData, Signature string }

		EmptySignature []struct{ Name, SessionKey, Signature string }
	}
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Encrypted) != 3 || len(vectors.RawData) != 1 || len(vectors.EmptySignature) != 1 {
		t.Fatal("vectors are missing")
	}
	for _, v := range vectors.Encrypted {
		t.Run(v.Name, func(t *testing.T) {
			if got := aesCBC(t, v.SessionKey, v.IV, v.Plaintext); got != v.EncryptedData {
				t.Fatalf("the test's own encryption gives %s", got)
			}
			w := overTransport(t)
			w.wechat.SetKey(appID, openID, wxapi.UnsafeSessionKey(v.SessionKey))
			w.phone.Login()
			data, iv := w.phone.Encrypt([]byte(v.Plaintext))
			if want := aesCBC(t, v.SessionKey, iv, v.Plaintext); data != want {
				t.Errorf("Encrypt gives\n%s, want\n%s", data, want)
			}
		})
	}
	for _, v := range vectors.RawData {
		t.Run(v.Name, func(t *testing.T) {
			w := overTransport(t)
			w.wechat.SetKey(appID, openID, wxapi.UnsafeSessionKey(v.SessionKey))
			w.phone.Login()
			if got := w.phone.Sign(v.RawData); got != v.Signature {
				t.Errorf("Sign gives %s, want %s", got, v.Signature)
			}
		})
	}
	for _, v := range vectors.EmptySignature {
		t.Run(v.Name, func(t *testing.T) {
			w := overTransport(t)
			w.wechat.SetKey(appID, openID, wxapi.UnsafeSessionKey(v.SessionKey))
			w.phone.Login()
			if got := w.send("GET", check, w.signedParams("signature", v.Signature), ""); got != fine {
				t.Errorf("checksession: %s", got)
			}
		})
	}
}

func TestEncryptWatermark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.phone.Login()
		w.wechat.Advance(time.Hour)
		now := time.Now().Add(time.Hour).Unix()
		added := fmt.Sprintf(`"watermark":{"timestamp":%d,"appid":"%s"}}`, now, appID)
		for _, test := range []struct {
			name string
			v    any
			want string
		}{
			{"struct", struct {
				OpenID   string `json:"openId"`
				NickName string `json:"nickName"`
			}{openID, "<Band> & 乐队"}, `{"openId":"` + openID + `","nickName":"<Band> & 乐队",` + added},
			{"map", map[string]any{"openGId": "tGZ"}, `{"openGId":"tGZ",` + added},
			{"empty object", struct{}{}, `{` + added},
			{"raw message", json.RawMessage(`{"a":1}`), `{"a":1,` + added},
			{"own watermark", map[string]any{"watermark": map[string]any{"appid": "x", "timestamp": 1}}, `{"watermark":{"appid":"x","timestamp":1}}`},
			{"bytes, without", []byte(`{"a": 1}`), `{"a": 1}`},
			{"bytes, no JSON", []byte("\xff"), "\xff"},
			{"no bytes", []byte{}, ""},
			{"a whole block", []byte("0123456789abcdef"), "0123456789abcdef"},
		} {
			data, iv := w.phone.Encrypt(test.v)
			if diff := cmp.Diff(test.want, decrypt(t, reveal(w.phone.SessionKey()), data, iv)); diff != "" {
				t.Errorf("%s: plaintext (-want +got):\n%s", test.name, diff)
			}
		}
	})
}

// TestDevices follows one user's session_key over two devices.
func TestDevices(t *testing.T) {
	w := overTransport(t)
	phone, tablet := w.phone, w.wechat.Phone(appID, openID)
	if phone.CheckSession() || !phone.SessionKey().IsZero() {
		t.Error("a session before the first login")
	}

	first, second := phone.Login(), tablet.Login()
	if phone.CheckSession() || !tablet.CheckSession() {
		t.Error("the newer login should have ended the older one's session, and only that")
	}
	if w.exchange(second) != reveal(tablet.SessionKey()) || w.exchange(first) != reveal(phone.SessionKey()) {
		t.Error("a code is not exchanged for the session_key of its own login")
	}
	if phone.SessionKey().Equal(tablet.SessionKey()) {
		t.Error("a login did not make a new session_key")
	}

	old := phone.SessionKey()
	data, iv := phone.Encrypt(struct{}{})
	decrypt(t, reveal(old), data, iv) // under its own, dead as it is

	if _, again := phone.Encrypt(struct{}{}); again == iv {
		t.Error("the same IV twice")
	}

	phone.Login()
	if !phone.CheckSession() {
		t.Error("no session after login")
	}
	live := phone.SessionKey()
	phone.PhoneCode("86", "13580006666")
	if !phone.CheckSession() || !phone.SessionKey().Equal(live) {
		t.Error("the phone button made a new session_key")
	}
	w.wechat.RotateKey(appID, openID)
	if phone.CheckSession() {
		t.Error("a session after RotateKey")
	}
	phone.Login()
	w.wechat.ExpireKey(appID, openID)
	if phone.CheckSession() {
		t.Error("a session after ExpireKey")
	}
	other := w.wechat.Phone(otherAppID, openID)
	other.Login()
	phone.Login()
	if !other.CheckSession() {
		t.Error("a login in one mini program ended the session of another")
	}
}

func TestKeyRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.wechat.SetKeyRefresh(time.Minute)
		w.phone.Login()
		first := w.phone.SessionKey()
		time.Sleep(59 * time.Second)
		w.phone.Login()
		if !w.phone.SessionKey().Equal(first) {
			t.Error("a new session_key within the minimum")
		}
		time.Sleep(time.Second)
		w.phone.Login()
		if w.phone.SessionKey().Equal(first) {
			t.Error("no new session_key after the minimum")
		}
		w.wechat.ExpireKey(appID, openID)
		w.phone.Login()
		if !w.phone.CheckSession() {
			t.Error("no session_key from a login after the last one has expired")
		}
	})
}

func TestSetKeyHoldsForOneLogin(t *testing.T) {
	w := overTransport(t)
	key := wxapi.UnsafeSessionKey("tiihtNczf5v6AKRyjwEUhQ==")
	w.wechat.SetKey(appID, openID, key)
	if w.exchange(w.phone.Login()) != reveal(key) {
		t.Error("the login after SetKey yields another session_key")
	}
	if w.exchange(w.phone.Login()) == reveal(key) {
		t.Error("the second login after SetKey still yields it")
	}
}

// TestMisuse checks that mistakes of a test show at once.
func TestMisuse(t *testing.T) {
	w := overTransport(t)
	ready := w.wechat.Phone(appID, "ready")
	ready.Login()
	odd := w.wechat.Phone(appID, "odd")
	w.wechat.SetKey(appID, "odd", wxapi.UnsafeSessionKey("AAAA"))
	odd.Login()
	closed := newServer()
	closed.Close()
	for name, misuse := range map[string]func(){
		"unknown appid":        func() { w.wechat.Phone("wx0", openID) },
		"Encrypt before Login": func() { w.phone.Encrypt(struct{}{}) },
		"Sign before Login":    func() { w.phone.Sign("") },
		"Encrypt of a list":    func() { ready.Encrypt([]int{1}) },
		"Encrypt of null":      func() { ready.Encrypt(nil) },
		"Encrypt of a channel": func() { ready.Encrypt(make(chan int)) },
		"key too short":        func() { odd.Encrypt(struct{}{}) },
		"clock going back":     func() { w.wechat.Advance(-1) },
		"URL after Close":      func() { closed.URL() },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			misuse()
		})
	}
	w.phone.Login() // no panic has left the server locked
}
