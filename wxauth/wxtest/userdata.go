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

// Encrypt encrypts v in the same way as WeChat for the mini program: with the
// session_key of this phone's last login and a new IV. encryptedData and iv are in
// base64.
//
// v must marshal to a JSON object. If the object has no member "watermark", Encrypt
// adds one with the appid and the current time. A []byte (not a json.RawMessage) is
// encrypted unchanged, for data without a watermark or data that is not JSON.
//
// Encrypt panics if the phone has not logged in, if v does not marshal to an object, or
// if SetKey was given a key that is not 16 bytes in base64.
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

// addWatermark adds a watermark to a JSON object, unless the object has one.
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

// Sign returns the signature that WeChat sends to the mini program together with
// rawData. The signature is the SHA-1 of rawData followed by the text of the
// session_key of this phone's last login, in lower-case hexadecimal. Sign panics if the
// phone has not logged in.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (p *Phone) Sign(rawData string) (signature string) {
	key, _ := p.mustKey()
	sum := sha1.Sum([]byte(rawData + key))
	return hex.EncodeToString(sum[:])
}
