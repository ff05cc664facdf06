package wxauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// NewSessions returns a session manager that keeps logins in this process, for
// 7 days, under hashed tokens. To keep them elsewhere, set its Store:
//
//	sessions := wxauth.NewSessions()
//	sessions.Store = stores.NewRedis(pool)
//
// Unlike scs.New it starts no goroutine. It is meant to be an application's
// only one of its kind: two of them share the context key under which scs keeps
// loaded data, so make a second one, for cookies say, by scs.New.
func NewSessions() *scs.SessionManager {
	return &scs.SessionManager{
		Lifetime:         7 * 24 * time.Hour,
		Store:            stores.NewMemory(),
		Codec:            stores.Codec{},
		HashTokenInStore: true,
		// For scs's own middleware, should the application use it too.
		Cookie: scs.SessionCookie{Name: "session", Path: "/", HttpOnly: true, Secure: true,
			SameSite: http.SameSiteLaxMode, Persist: true},
		ErrorFunc: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		},
	}
}

// Keys of what this package keeps in scs values.
const (
	identityValue = "wxauth.identity"
	userValue     = "wxauth.user"
)

// session is what the store has of a login.
type session struct {
	Identity
	expires time.Time
}

// sessions reads and writes logins as sessions of the manager.
type sessions struct{ store }

// key is what the store knows a token by; scs does the same.
func (s sessions) key(token string) string {
	if !s.manager.HashTokenInStore {
		return token
	}
	var b [tokenLength]byte // a conversion of token would be allocated
	hash := sha256.Sum256(b[:copy(b[:], token)])
	base64.RawURLEncoding.Encode(b[:], hash[:])
	return string(b[:])
}

// find returns the login that the store has under key. A session without one,
// as the application may keep too, is none.
func (s sessions) find(ctx context.Context, key string) (session, bool, error) {
	b, found, err := s.store.find(ctx, key)
	if err != nil || !found {
		return session{}, false, err
	}
	text, found, err := s.value(b, identityValue)
	if err != nil {
		return session{}, false, errUndecodable
	}
	if !found {
		return session{}, false, nil
	}
	return parseSession(key, text)
}

// value returns one string value of an encoded session.
func (s sessions) value(b []byte, key string) (string, bool, error) {
	if c, ok := s.manager.Codec.(stores.Codec); ok {
		return c.LookupString(b, key)
	}
	_, values, err := s.manager.Codec.Decode(b)
	text, found := values[key].(string)
	return text, found, err
}

// create stores a login.
func (s sessions) create(ctx context.Context, key string, login session) error {
	b, err := s.manager.Codec.Encode(login.expires, map[string]any{identityValue: login.encode(key)})
	if err != nil {
		return err
	}
	return s.commit(ctx, key, b, login.expires)
}

// errUndecodable: what the store has is not what this package wrote. To a
// client it is an unknown token, and the log says so.
var errUndecodable = errors.New("what the session store has can't be decoded")

// A login is one string value of the session's data: a version, the start of the
// key that it was stored under, the second of its end in eleven digits, and the
// identity, a line a part. Control characters are in none of its parts but the
// last, which is the application's.
//
// The key is there so that scs's RenewToken and MergeSession, which copy values
// to another session, do not copy the login.
const (
	loginVersion = "1"
	keyEnd       = len(loginVersion) + 16
	expiresEnd   = keyEnd + 11
)

// keyStart is what a login names of its key: enough that no two sessions share
// it.
func keyStart(key string) string { return key[:keyEnd-len(loginVersion)] }

// encode writes the login for the session that is stored under key.
func (s session) encode(key string) string {
	return fmt.Sprintf("%s%s%011d%s\n%s\n%s\n%s", loginVersion, keyStart(key), s.expires.Unix(),
		s.AppID, s.OpenID, s.UnionID, s.UserID)
}

// parseSession is the inverse of encode. A login of another key is none. That it
// has not expired is the store's to know.
func parseSession(key, text string) (session, bool, error) {
	if len(text) < expiresEnd || text[:len(loginVersion)] != loginVersion {
		return session{}, false, errUndecodable
	}
	var expires int64
	for _, c := range []byte(text[keyEnd:expiresEnd]) {
		if c < '0' || c > '9' {
			return session{}, false, errUndecodable
		}
		expires = expires*10 + int64(c-'0')
	}
	appID, rest, _ := strings.Cut(text[expiresEnd:], "\n")
	openID, rest, _ := strings.Cut(rest, "\n")
	unionID, userID, ok := strings.Cut(rest, "\n")
	if !ok || appID == "" || openID == "" {
		return session{}, false, errUndecodable
	}
	s := session{Identity{appID, openID, unionID, userID}, time.Unix(expires, 0)}
	return s, text[len(loginVersion):keyEnd] == keyStart(key), nil
}
