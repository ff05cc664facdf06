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

// aesCBC implements CBC itself, so that it does not share a CBC bug with Encrypt.
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

type vector struct {
	ID     string
	Inputs struct {
		SessionKey string `json:"session_key"`
		IV         string
		Encrypted  string `json:"encrypted_data"`
		RawData    string `json:"raw_data"`
	}
	Expected struct{ Plaintext, Signature string }
}

func TestVectors(t *testing.T) {
	encrypts := func(t *testing.T, w *world, v vector) {
		if got := aesCBC(t, v.Inputs.SessionKey, v.Inputs.IV, v.Expected.Plaintext); got != v.Inputs.Encrypted {
			t.Fatalf("aesCBC gives %s", got)
		}
		data, iv := w.phone.Encrypt([]byte(v.Expected.Plaintext))
		if want := aesCBC(t, v.Inputs.SessionKey, iv, v.Expected.Plaintext); data != want {
			t.Errorf("Encrypt gives\n%s, want\n%s", data, want)
		}
	}
	tests := map[string]func(*testing.T, *world, vector){
		"encrypteddata-userinfo-official": encrypts,
		"encrypteddata-phone-synthetic":   encrypts,
		"encrypteddata-werun-synthetic":   encrypts,
		"rawdata-sha1-official": func(t *testing.T, w *world, v vector) {
			if got := w.phone.Sign(v.Inputs.RawData); got != v.Expected.Signature {
				t.Errorf("Sign gives %s, want %s", got, v.Expected.Signature)
			}
		},
		"session-signature-empty-body": func(t *testing.T, w *world, v vector) {
			if got := w.send("GET", check, w.signedParams("signature", v.Expected.Signature), ""); got != fine {
				t.Errorf("checksession: %s", got)
			}
		},
	}
	text, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, v := range file.Vectors {
		test := tests[v.ID]
		if test == nil {
			continue
		}
		delete(tests, v.ID)
		t.Run(v.ID, func(t *testing.T) {
			w := overTransport(t)
			w.wechat.SetKey(appID, openID, wxapi.UnsafeSessionKey(v.Inputs.SessionKey))
			w.phone.Login()
			test(t, w, v)
		})
	}
	for id := range tests {
		t.Errorf("there is no vector %s", id)
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
