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

// Encrypt returns v as WeChat gives it to the mini program: encrypted under the
// session_key of this phone's last login with a fresh IV, both in base64.
//
// v must marshal to a JSON object. Encrypt adds a member "watermark" with the
// appid and the current time, unless there is one. A []byte (not a
// json.RawMessage) is encrypted as it is: for data that has no watermark or is
// no JSON.
//
// Encrypt panics before the first login, if v does not marshal to an object,
// and if SetKey was given a key that is not 16 bytes in base64.
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

// addWatermark adds a watermark to a JSON object that has none.
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

// Sign returns the signature that WeChat gives the mini program with rawData:
// SHA-1 over rawData and the text of the session_key of this phone's last
// login, in lower-case hexadecimal. It panics before the first login.
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (p *Phone) Sign(rawData string) (signature string) {
	key, _ := p.mustKey()
	sum := sha1.Sum([]byte(rawData + key))
	return hex.EncodeToString(sum[:])
}
