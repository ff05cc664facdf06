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
	until int64 // Unix seconds
}

func (s *session) ends() time.Time { return time.Unix(s.until, 0) }

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

// find reads the login of a token into login, and reports whether there is one; if
// not, what is in login means nothing. A session without one, as the application
// may keep too, is none.
func (s sessions) find(ctx context.Context, token, key string, login *session) (bool, error) {
	b, found, err := s.store.find(ctx, key)
	if err != nil || !found {
		return false, err
	}
	text, found, err := s.value(b, identityValue)
	if err != nil {
		return false, errUndecodable
	}
	if !found {
		return false, nil
	}
	return login.parse(token, text)
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

// stillThere returns stores.ErrNotFound for a session that has ended, where the
// store would not say so at a commit. A store that swaps also knows of UpdateOnly.
func (s sessions) stillThere(ctx context.Context, key string) error {
	if _, ok := s.manager.Store.(stores.Swapper); ok {
		return nil
	}
	_, found, err := s.store.find(ctx, key)
	if err == nil && !found {
		err = stores.ErrNotFound
	}
	return err
}

// create stores a login.
func (s sessions) create(ctx context.Context, token, key string, login session) error {
	b, err := s.manager.Codec.Encode(login.ends(), map[string]any{identityValue: login.text(token)})
	if err != nil {
		return err
	}
	return s.commit(ctx, key, b, login.ends())
}

// errUndecodable: what the store has is not what this package wrote. To a
// client it is an unknown token, and the log says so.
var errUndecodable = errors.New("what the session store has can't be decoded")

// A login is one string value of the session's data: a version, the start of its
// token, the second of its end in eleven digits, and the identity, a line a part.
// Control characters are in none of its parts but the last, which is the
// application's.
//
// The token's start is there so that scs's RenewToken and MergeSession, which
// copy values to another session, do not copy the login: one new token in 2^48
// starts the same. Who reads the store learns it, and still lacks 208 bits of a
// token that is hashed.
const (
	loginVersion = "1"
	tokenStart   = 8
	tokenEnd     = len(loginVersion) + tokenStart
	untilEnd     = tokenEnd + 11
)

func (s *session) text(token string) string {
	return fmt.Sprintf("%s%s%011d%s\n%s\n%s\n%s", loginVersion, token[:tokenStart], s.until,
		s.AppID, s.OpenID, s.UnionID, s.UserID)
}

// parse is the inverse of text. It reports whether the login is that of the
// token. That it has not ended is the store's to know.
func (s *session) parse(token, text string) (bool, error) {
	if len(text) < untilEnd || text[:len(loginVersion)] != loginVersion {
		return false, errUndecodable
	}
	s.until = 0
	for _, c := range []byte(text[tokenEnd:untilEnd]) {
		if c < '0' || c > '9' {
			return false, errUndecodable
		}
		s.until = s.until*10 + int64(c-'0')
	}
	var ok bool
	rest := text[untilEnd:]
	s.AppID, rest, _ = strings.Cut(rest, "\n")
	s.OpenID, rest, _ = strings.Cut(rest, "\n")
	s.UnionID, s.UserID, ok = strings.Cut(rest, "\n")
	if !ok || s.AppID == "" || s.OpenID == "" {
		return false, errUndecodable
	}
	return text[len(loginVersion):tokenEnd] == token[:tokenStart], nil
}
