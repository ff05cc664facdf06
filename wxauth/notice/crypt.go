package notice

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// newSigner returns a function that computes WeChat's signature.
func newSigner(token string) func(parts ...string) string {
	return func(parts ...string) string {
		sorted := append(parts[:len(parts):len(parts)], token)
		slices.Sort(sorted)
		sum := sha1.Sum([]byte(strings.Join(sorted, "")))
		return hex.EncodeToString(sum[:])
	}
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

const (
	padding   = 32 // WeChat pads to a multiple of 32 bytes, although AES blocks have 16 bytes
	randomLen = 16
	headerLen = randomLen + 4
)

// newOpener returns a function that decrypts a message. The parameter encrypt is the
// member "Encrypt" of WeChat's request: the encrypted message in base64. The function
// returns the same error for every failure.
func newOpener(keys [][]byte, appID string) func(encrypt string) ([]byte, error) {
	return func(encrypt string) ([]byte, error) {
		data, err := base64.StdEncoding.DecodeString(encrypt)
		if err == nil {
			for _, key := range keys {
				if message, ok := open(key, data, appID); ok {
					return message, nil
				}
			}
		}
		return nil, errors.New("no key decrypts the message for this AppID; compare EncodingAESKeys and AppID with mp.weixin.qq.com")
	}
}

// open decrypts data with AES-256-CBC. The IV is the first half of the key. The plain
// text consists of 16 random bytes, the length of the message (4 bytes, big-endian), the
// message, the appid, and PKCS#7 padding.
func open(key, data []byte, appID string) (message []byte, ok bool) {
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, false
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, false
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, key[:aes.BlockSize]).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > padding ||
		!bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, false
	}
	plain = plain[:len(plain)-pad]
	if len(plain) < headerLen {
		return nil, false
	}
	n, rest := binary.BigEndian.Uint32(plain[randomLen:]), plain[headerLen:]
	if uint64(n) > uint64(len(rest)) || string(rest[n:]) != appID {
		return nil, false
	}
	return rest[:n:n], true
}
