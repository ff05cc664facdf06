package wxtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Encrypt encrypts v as WeChat encrypts user data for the mini program. It uses the
// session_key that [Phone.SessionKey] returns, and a random IV. Both results are in base64.
//
// If v is a []byte, Encrypt encrypts v unchanged, even if v is not JSON. Encrypt marshals
// any other v, including a json.RawMessage, to JSON. The JSON must be an object. If the
// object has no member "watermark", Encrypt adds this member, as WeChat does. The watermark
// contains the appid and the time on the server's clock. To encrypt an object without a
// watermark, pass a []byte.
//
// Encrypt panics if the phone has not logged in, or if v is not a []byte and does not
// marshal to an object. It also panics if the phone's session_key comes from SetKey and is
// not the base64 text of 16 bytes.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (p *Phone) Encrypt(v any) (encryptedData, iv string) {
	key, now := p.mustKey()
	plain, ok := v.([]byte)
	if !ok {
		plain = addWatermark(mustMarshal(v), p.app.id, now.Unix())
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != 16 {
		panic("wxtest: the session_key is not 16 bytes in base64")
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		panic("wxtest: " + err.Error())
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize // PKCS#7
	data := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	start := make([]byte, aes.BlockSize)
	rand.Read(start)
	cipher.NewCBCEncrypter(block, start).CryptBlocks(data, data)
	return base64.StdEncoding.EncodeToString(data), base64.StdEncoding.EncodeToString(start)
}

// addWatermark adds the member "watermark" to a JSON object that has no such member.
func addWatermark(object []byte, appID string, now int64) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil || members == nil {
		panic("wxtest: Encrypt needs a value that marshals to a JSON object")
	}
	if _, ok := members["watermark"]; ok {
		return object
	}
	comma := ","
	if len(members) == 0 {
		comma = ""
	}
	return fmt.Appendf(object[:len(object)-1], `%s"watermark":{"timestamp":%d,"appid":%s}}`,
		comma, now, mustMarshal(appID))
}

// Sign returns the signature that WeChat gives the mini program together with rawData.
// To sign, WeChat appends the base64 text of the session_key to rawData. The signature is
// the SHA-1 of the result, in lower-case hexadecimal. Sign uses the session_key that
// [Phone.SessionKey] returns. It panics if the phone has not logged in.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (p *Phone) Sign(rawData string) (signature string) {
	key, _ := p.mustKey()
	sum := sha1.Sum([]byte(rawData + key))
	return hex.EncodeToString(sum[:])
}
