package wxauth

import (
	"crypto/sha256"
	"encoding/base64"
)

// storeKey is the key under which the session store keeps a value. A store key is
// neither a token nor a session_key. Clients hold tokens. WeChat shares session
// keys with the server.
type storeKey string

// sessionStoreKey returns the store key of a token's session. scs derives store
// keys in the same way.
func sessionStoreKey(token string, hashed bool) storeKey {
	if !hashed {
		return storeKey(token)
	}
	var b [tokenLength]byte // converting the token would allocate
	hash := sha256.Sum256(b[:copy(b[:], token)])
	base64.RawURLEncoding.Encode(b[:], hash[:])
	return storeKey(b[:])
}

// Store keys for other values than sessions start with a semicolon. No token
// contains a semicolon. These store keys have 42 characters, one fewer than a
// token, so they fit into the key column of every scs store.
const (
	recordPrefix = ";u"
	endPrefix    = ";e"
	probePrefix  = ";p"
	suffixLength = 40
)

// user is one user of one mini program.
type user struct{ appID, openID string }

// userOf returns the user that an identity names.
func userOf(id Identity) user { return user{id.AppID, id.OpenID} }

// name returns the text that identifies the user in a seal.
func (u user) name() string { return u.appID + "\x00" + u.openID }

// hash returns the SHA-256 of the name.
func (u user) hash() [sha256.Size]byte {
	var b [128]byte // building the name would allocate
	return sha256.Sum256(append(append(append(b[:0], u.appID...), 0), u.openID...))
}

// recordKey returns the store key of the user's record.
func (u user) recordKey() storeKey {
	hash := u.hash()
	var b [tokenLength]byte
	base64.RawURLEncoding.Encode(b[:], hash[:])
	return storeKey(recordPrefix + string(b[:suffixLength]))
}

// start returns the start of a store key. The start is long enough to distinguish
// the store keys of one login.
func (k storeKey) start() string { return string(k[:min(len(k), startLength)]) }

// endKey returns the store key of the note on how the session under k ended.
func (k storeKey) endKey() storeKey { return endPrefix + k[:suffixLength] }
