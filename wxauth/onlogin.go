package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth/wxapi"
)

// loginUnderWay is a login that beginLogin has begun and that is not stored yet. The
// context of the request that OnLogin receives holds the loginUnderWay.
type loginUnderWay struct {
	storedLogin
	// revocation is the value of userRecord.revocation that beginLogin read, or that a
	// RevokeOthers in OnLogin wrote. If the user record holds another value when the login
	// is stored, the login is refused.
	revocation string

	// hidden returns the hiddenLogin. hidden is a func, because package fmt prints only
	// the address of a func. So printing the context of OnLogin prints no session keys.
	hidden func() *hiddenLogin
}

// hiddenLogin holds the fields of a loginUnderWay that contain session keys.
type hiddenLogin struct {
	sessionKey *wxapi.SessionKey // the new session_key; nil if the login got no session_key

	read   *userRecord // the user record that beginLogin read; nil after RevokeOthers in OnLogin
	form   []byte      // the encoded user record that beginLogin read; nil if there was no record
	record userRecord  // a copy of the user record, plus the new session_key if there is one
}

func (w *loginUnderWay) user() user { return userOf(w.Identity) }

type underWayKey struct{}

// underWay returns the loginUnderWay that ctx holds, or nil. Only a context of
// OnLogin holds a loginUnderWay.
func underWay(ctx context.Context) *loginUnderWay {
	w, _ := ctx.Value(underWayKey{}).(*loginUnderWay)
	return w
}

var errInHook = errors.New("not possible in OnLogin, where the login does not exist yet")

func (a *Auth) beginLogin(ctx context.Context, id Identity, key *wxapi.SessionKey) (*loginUnderWay, error) {
	now := time.Now()
	id.LoginID, id.Since = newLoginID(), now.UTC().Truncate(time.Second)
	hidden := &hiddenLogin{sessionKey: key}
	w := &loginUnderWay{storedLogin: storedLogin{Identity: id}, hidden: func() *hiddenLogin { return hidden }}
	w.setUntil(now.Add(a.lifetime()))
	if !w.storable() {
		return nil, fmt.Errorf("%w: an identity that cannot be stored", wxapi.ErrBadReply)
	}
	read, form, err := a.users.load(ctx, w.user())
	if err != nil {
		return nil, fmt.Errorf("reading the user record: %w", err)
	}
	w.revocation = read.revocation
	hidden.read, hidden.form, hidden.record = &read, form, read
	hidden.record.sessionKeys = slices.Clone(read.sessionKeys)
	if key != nil {
		hidden.record.addKey(*key, now, a.users.grace)
	}
	return w, nil
}

func (l *storedLogin) setUntil(until time.Time) {
	l.until = until.Unix()
	l.Until = l.ends()
}

// callHook calls Config.OnLogin, if set, and returns the values that OnLogin put into
// the new session.
func (l *codeLogin) callHook(ctx context.Context, w *loginUnderWay) (map[string]any, error) {
	if l.onLogin == nil {
		return nil, nil
	}
	manager := l.sessions.manager
	ctx, err := manager.Load(&hookContext{ctx, identified{Identity: w.Identity}, w, l.scsKey}, "")
	if err != nil {
		return nil, storeFailure(err) // never happens: scs does not read the store for an empty token
	}
	end := manager.Deadline(ctx)
	l.inHook.Store(true)
	w.UserID, err = l.onLogin(l.withBody(l.r.WithContext(ctx)), w.Identity)
	if ctx.Err() != nil {
		err = errors.Join(l.tooLate(ctx), err)
	} else if err != nil {
		err = hookError(err)
	}
	l.inHook.Store(false)
	if err != nil {
		return nil, err
	}
	if !w.storable() {
		return nil, hookError(fmt.Errorf("a UserID must have no control characters and at most %d bytes", maxIdentityField))
	}
	if set := manager.Deadline(ctx); !set.Equal(end) && set.Before(w.ends()) {
		w.setUntil(set)
		if w.until <= time.Now().Unix() {
			return nil, hookError(errors.New("SetDeadline ended the login before it began"))
		}
	}
	return hookValues(manager, ctx)
}

// hookValues returns the values that OnLogin put into the new session. The session has a
// token only if OnLogin has called the manager's Commit or RenewToken.
func hookValues(manager *scs.SessionManager, ctx context.Context) (map[string]any, error) {
	if manager.Status(ctx) == scs.Destroyed || manager.Token(ctx) != "" {
		return nil, hookError(errors.New("OnLogin must not call the manager's Destroy, Commit or RenewToken"))
	}
	if manager.Status(ctx) == scs.Unmodified {
		return nil, nil
	}
	values := make(map[string]any)
	for _, key := range manager.Keys(ctx) {
		if strings.HasPrefix(key, reservedKey) {
			return nil, hookError(fmt.Errorf("session keys that start with %q are reserved", reservedKey))
		}
		values[key] = manager.Get(ctx, key)
	}
	return values, nil
}

// hookContext is the parent of the context that OnLogin gets. It holds the identity
// and the loginUnderWay. It hides a session that a middleware has loaded with the same
// session manager, so that OnLogin puts values into the new session.
type hookContext struct {
	context.Context
	identified
	underWay *loginUnderWay
	scsKey   any
}

// String keeps the verbs %v and %s of package fmt from printing the login.
func (c *hookContext) String() string { return "wxauth login" }

func (c *hookContext) Value(key any) any {
	switch key.(type) {
	case identityKey:
		return &c.identified
	case underWayKey:
		return c.underWay
	case loadedKey:
		return nil
	}
	if key == c.scsKey {
		return nil
	}
	return c.Context.Value(key)
}

// scsKeyOf returns the context key under which a manager keeps session data. scs does
// not export this key. Load passes the key to keyProbe.Value, which records it.
func scsKeyOf(manager *scs.SessionManager) any {
	probe := &keyProbe{Context: context.Background()}
	manager.Load(probe, "") // with an empty token, Load does not read the store
	return probe.key
}

type keyProbe struct {
	context.Context
	key any
}

func (p *keyProbe) Value(key any) any {
	if p.key == nil {
		p.key = key
	}
	return nil
}

// errHook marks a failure of Config.OnLogin. Such a failure can contain an error of
// WeChat from a call that OnLogin made. The event of the login does not report the
// errcode of that error, because the errcode belongs to another call.
var errHook = errors.New("OnLogin")

// hookError converts an error of OnLogin into the error of the login.
func hookError(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return fmt.Errorf("%w: %w", errHook, err)
	}
	e = &Error{Code: CodeInternal, Status: http.StatusInternalServerError, Err: fmt.Errorf("%w: %w", errHook, err)}
	if errors.Is(err, ErrDenied) {
		e.Code, e.Status = CodeLoginDenied, http.StatusForbidden
	}
	return e
}
