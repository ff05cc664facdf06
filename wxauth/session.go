package wxauth

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// NewSessions returns a session manager that keeps logins in the memory of this
// process. Logins last 7 days, and tokens are hashed in the store. To keep logins in
// another store, set the Store field:
//
//	sessions := wxauth.NewSessions()
//	sessions.Store = stores.NewRedis(pool)
//
// Unlike scs.New, NewSessions does not start a goroutine. Create only one manager with
// NewSessions. All managers of NewSessions keep loaded data under the same context key.
// In one request, a second manager would therefore use the data of the first. If you need
// a second manager, for example for cookies, create it with scs.New.
func NewSessions() *scs.SessionManager {
	return &scs.SessionManager{
		Lifetime:         defaultLifetime,
		Store:            stores.NewMemory(),
		Codec:            stores.Codec{},
		HashTokenInStore: true,
		// The following two fields are for scs's own middleware.
		Cookie: scs.SessionCookie{Name: "session", Path: "/", HttpOnly: true, Secure: true,
			SameSite: http.SameSiteLaxMode, Persist: true},
		ErrorFunc: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		},
	}
}

// identityValue, userValue and endValue are keys inside stored values, not store keys. The
// application's keys in a session must not start with reservedKey.
const (
	reservedKey   = "wxauth."
	identityValue = reservedKey + "identity" // the text of the login in a session
	userValue     = reservedKey + "user"     // the text of a user record
	endValue      = reservedKey + "end"      // the text of a note on how a session ended
)

// sessions encodes and decodes the stored values. The embedded store reads and writes
// them.
type sessions struct{ store }

func (s sessions) key(token string) storeKey {
	return sessionStoreKey(token, s.manager.HashTokenInStore)
}

// parse decodes the login in the encoded session b into *login. It returns true if
// the login belongs to the token. Otherwise the content of *login is undefined. For a
// session without a login, such as a cookie session of the application, parse returns
// false without an error.
func (s sessions) parse(token string, b []byte, login *storedLogin) (bool, error) {
	text, found, err := s.value(b, identityValue)
	if err != nil {
		return false, errUndecodable
	}
	if !found {
		return false, nil
	}
	return login.parse(token, text)
}

// value returns the string under a key in the encoded value b.
func (s sessions) value(b []byte, key string) (string, bool, error) {
	if c, ok := s.manager.Codec.(stores.Codec); ok {
		return c.LookupString(b, key)
	}
	_, values, err := s.codec().Decode(b)
	text, found := values[key].(string)
	return text, found, err
}

// codec returns the manager's Codec, or a gobCodec if the manager's Codec is an
// scs.GobCodec. A gobCodec decodes with stores.Codec, which reads gob too. A damaged
// session can claim to have millions of values. stores.Codec then allocates less memory
// than scs.GobCodec.
func (s sessions) codec() scs.Codec {
	if gob, ok := s.manager.Codec.(scs.GobCodec); ok {
		return gobCodec{gob}
	}
	return s.manager.Codec
}

type gobCodec struct{ scs.GobCodec }

func (gobCodec) Decode(b []byte) (time.Time, map[string]any, error) { return stores.Codec{}.Decode(b) }

// create encodes values and stores them under key. The parameter ends is the deadline in
// the encoding and the expiry in the store.
func (s sessions) create(ctx context.Context, key storeKey, ends time.Time, values map[string]any) error {
	b, err := s.manager.Codec.Encode(ends, values)
	if err != nil {
		return err
	}
	return s.commit(ctx, key, b, ends)
}
