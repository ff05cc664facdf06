package wxauth

import (
	"context"
	"strings"
	"time"
)

// Identity identifies a user and, if LoginID is set, one login of that user.
type Identity struct {
	// AppID is the AppID of the mini program that the user uses.
	AppID string
	// OpenID is the user's openid. It is unique only within one mini program.
	OpenID string
	// UnionID is the user's unionid. It is the same in all apps of one WeChat Open
	// Platform account. It can be empty.
	UnionID string
	// UserID is the userID that Config.OnLogin returned, or the UserID that the
	// application passed to LoginAs, Renew or NewContext. It can be empty.
	UserID string

	// LoginID identifies the login, and reveals nothing about the token. Renew does not
	// change it. LoginID can be empty, for example in an identity from package cloudrun.
	LoginID string

	// Since is when the user logged in, in whole seconds. Renew does not change it.
	Since time.Time
	// Until is when the login ends at the latest, in whole seconds. Renew sets a new
	// Until.
	Until time.Time
}

// maxIdentityField bounds each text field of a stored Identity, in bytes.
const maxIdentityField = 256

// storable reports whether the identity can be stored. It refuses ASCII control characters,
// because line breaks separate these four fields in the stored form.
func (id *Identity) storable() bool {
	for _, field := range []string{id.AppID, id.OpenID, id.UnionID, id.UserID} {
		if len(field) > maxIdentityField || strings.ContainsFunc(field, isControl) {
			return false
		}
	}
	return id.AppID != "" && id.OpenID != ""
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// FromContext returns the identity in the context. It returns false if the context has
// no identity. Identify, Require, LoadAndSave and NewContext can put an identity into a
// context. The context of the request that Config.OnLogin receives also holds an
// identity.
func FromContext(ctx context.Context) (Identity, bool) {
	in, ok := ctx.Value(identityKey{}).(*identified)
	if !ok {
		return Identity{}, false
	}
	return in.Identity, true
}

// OpenID returns the openid of the identity in the context, or "" if there is no
// identity. An openid is unique only within one mini program.
func OpenID(ctx context.Context) string {
	if in, ok := ctx.Value(identityKey{}).(*identified); ok {
		return in.OpenID
	}
	return ""
}

// NewContext returns a context that holds an identity. It is for an application's own
// tests, and for identities that the application has verified itself. If an Auth serves
// id.AppID, its Identify and Require accept the identity without a token. They do not
// check id.Until, Config.NotBefore or whether Revoke was called.
func NewContext(ctx context.Context, id Identity) context.Context {
	return &identityContext{ctx, identified{Identity: id}}
}

type identityKey struct{}

// identified is an identity in a context. keyStart is the start of the session's key in
// the store, or "" if there is no session. The whole key can be the token itself, and the
// context can be printed. So identified does not hold the whole key.
type identified struct {
	Identity
	keyStart string
}

// identityContext replaces context.WithValue. It needs one allocation instead of
// two.
type identityContext struct {
	context.Context
	identified
}

// String keeps the verbs %v and %s of package fmt from printing the identity.
func (c *identityContext) String() string { return "wxauth identity" }

func (c *identityContext) Value(key any) any {
	if _, ok := key.(identityKey); ok {
		return &c.identified
	}
	return c.Context.Value(key)
}
