package wxauth

import (
	"crypto/sha256"
	"encoding/base64"
)

// storeKey is the key of a value in the session store. The key of a session is the hash
// of its token. If the session manager does not hash tokens, the key is the token itself.
type storeKey string

// sessionStoreKey returns the store key of a token's session. scs uses the same store
// key for the token.
func sessionStoreKey(token string, hashed bool) storeKey {
	if !hashed {
		return storeKey(token)
	}
	var b [tokenLength]byte // []byte(token) would allocate
	hash := sha256.Sum256(b[:copy(b[:], token)])
	base64.RawURLEncoding.Encode(b[:], hash[:])
	return storeKey(b[:])
}

// The store keys of values that are not sessions start with one of these prefixes.
// Well-formed tokens and their hashes contain no semicolon, so they never equal such a
// store key. A store key with a prefix has 42 characters. It fits into the key column of
// an SQL store of scs, because this column has room for a token of 43 characters.
const (
	recordPrefix = ";u"
	endPrefix    = ";e"
	probePrefix  = ";p"
	suffixLength = 40
)

// user identifies one user of one mini program.
type user struct{ appID, openID string }

func userOf(id Identity) user { return user{id.AppID, id.OpenID} }

// name returns a text that identifies the user. The key that encrypts the user's session
// keys in the store is derived from this text and one of Config.SealKeys.
func (u user) name() string { return u.appID + "\x00" + u.openID }

// hash returns the SHA-256 of u.name().
func (u user) hash() [sha256.Size]byte {
	var b [128]byte // u.name() would allocate
	return sha256.Sum256(append(append(append(b[:0], u.appID...), 0), u.openID...))
}

func (u user) recordKey() storeKey {
	hash := u.hash()
	var b [tokenLength]byte
	base64.RawURLEncoding.Encode(b[:], hash[:])
	return storeKey(recordPrefix + string(b[:suffixLength]))
}

// start returns the first characters of a store key. They are enough to distinguish the
// store keys that a login has before and after Renew.
func (k storeKey) start() string { return string(k[:min(len(k), startLength)]) }

// endKey returns the store key of the note for the session under k. A note records how a
// session ended; see endnote.go.
func (k storeKey) endKey() storeKey { return endPrefix + k[:suffixLength] }
