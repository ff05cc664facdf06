package wxtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

func pushSignature(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

const pushPadding = 32 // WeChat pads to multiples of 32 bytes by PKCS#7, although an AES block has 16 bytes

// encrypt returns the value for the JSON member or XML element "Encrypt" of a request body.
func (p Push) encrypt(message []byte) string {
	key, err := base64.StdEncoding.DecodeString(p.EncodingAESKey + "=")
	if err != nil || len(key) != 32 {
		panic("wxtest: EncodingAESKey must have 43 characters of base64")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("wxtest: " + err.Error())
	}
	plain := []byte(randomText("0123456789abcdef", 16))
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(message)))
	plain = append(plain, message...)
	plain = append(plain, p.AppID...)
	pad := pushPadding - len(plain)%pushPadding
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

func (p Push) envelope(encrypted string) []byte {
	if p.XML {
		return []byte("<xml><ToUserName><![CDATA[" + pushTo + "]]></ToUserName>" + encryptElement(encrypted) + "</xml>")
	}
	return mustMarshal(map[string]string{"ToUserName": pushTo, "Encrypt": encrypted})
}

func (p Push) addEncrypt(message []byte, encrypted string) []byte {
	end, member := "}", `,"Encrypt":"`+encrypted+`"`
	if p.XML {
		end, member = "</xml>", encryptElement(encrypted)
	}
	head, ok := bytes.CutSuffix(message, []byte(end))
	if !ok {
		panic("wxtest: a message in CompatibleMode must end in " + end)
	}
	return slices.Concat(head, []byte(member), []byte(end))
}

func encryptElement(encrypted string) string {
	return "<Encrypt><![CDATA[" + encrypted + "]]></Encrypt>"
}
