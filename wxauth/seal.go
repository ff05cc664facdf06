package wxauth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// sealer encrypts a user's session keys for the store. It holds Config.SealKeys in a
// closure, so printing an Auth cannot show the SealKeys.
type sealer struct {
	count  int
	cipher func(i int, user string) cipher.AEAD
}

var errSealKey = errors.New("it is sealed under a key that is not among Config.SealKeys")

func newSealer(keys [][]byte) (sealer, error) {
	own := make([][]byte, len(keys))
	for i, key := range keys {
		if len(key) != 32 {
			return sealer{}, fmt.Errorf("[%d] has %d bytes, want 32", i, len(key))
		}
		own[i] = append([]byte(nil), key...)
	}
	return sealer{count: len(own), cipher: func(i int, user string) cipher.AEAD {
		return userCipher(own[i], user)
	}}, nil
}

// userCipher returns AES-256-GCM under a key that HKDF (RFC 5869) derives for the
// user. Nonces are random. Random nonces are safe for 2^32 messages under one key.
// The session keys of one user are sealed far less often.
func userCipher(key []byte, user string) cipher.AEAD {
	derived, err := hkdf.Key(sha256.New, key, nil, "wxauth session_key "+user, 32)
	if err != nil {
		panic(err) // hkdf.Key does not fail for these lengths
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (s sealer) enabled() bool { return s.count > 0 }

func (s sealer) seal(user string, plain []byte) []byte {
	return s.cipher(0, user).Seal(nil, nil, plain, []byte(user))
}

func (s sealer) open(user string, sealed []byte) ([]byte, error) {
	for i := range s.count {
		if plain, err := s.cipher(i, user).Open(nil, nil, sealed, []byte(user)); err == nil {
			return plain, nil
		}
	}
	return nil, errSealKey
}
