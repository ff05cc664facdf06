package wxauth

import (
	"context"
	"strings"
	"time"
)

// Identity is the user that a request comes from, as WeChat reported it at the
// login.
type Identity struct {
	AppID   string // the mini program that the user logged in to
	OpenID  string // the user, unique within that mini program only
	UnionID string // the user, for all apps of one WeChat Open Platform account; may be empty
	UserID  string // what Config.OnLogin returned

	// LoginID names the login. It stays the same when the login is renewed,
	// and tells nothing of the token. It is empty for an identity that does not
	// come from a login, such as one from NewContext.
	LoginID string

	Since time.Time // when the user logged in; a renewal does not change it
	Until time.Time // when the login ends
}

// maxIdentityField bounds each field of an Identity, in bytes.
const maxIdentityField = 256

// storable reports whether the fields of an identity fit the stored form.
func (id *Identity) storable() bool {
	for _, field := range []string{id.AppID, id.OpenID, id.UnionID, id.UserID} {
		if len(field) > maxIdentityField || strings.ContainsFunc(field, isControl) {
			return false
		}
	}
	return id.AppID != "" && id.OpenID != ""
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// FromContext returns the identity that Identify, Require, LoadAndSave or
// NewContext put into the context.
func FromContext(ctx context.Context) (Identity, bool) {
	in, ok := ctx.Value(identityKey{}).(*identified)
	if !ok {
		return Identity{}, false
	}
	return in.Identity, true
}

// OpenID returns the openid of FromContext, or "" without an identity. An openid
// is unique within one mini program only.
func OpenID(ctx context.Context) string {
	if in, ok := ctx.Value(identityKey{}).(*identified); ok {
		return in.OpenID
	}
	return ""
}

// NewContext returns a context that holds an identity. It is for an
// application's own tests, and for identities that the application has verified
// in another way. Revoke and Config.NotBefore do not reach an identity without a
// LoginID.
func NewContext(ctx context.Context, id Identity) context.Context {
	return &identityContext{ctx, identified{Identity: id}}
}

type identityKey struct{}

// identified is an identity in a context, with the start of the store key of the
// session that it was read from, if there is one. A store key can be the token, so
// the rest of it is not for whoever prints the context.
type identified struct {
	Identity
	keyStart string
}

// identityContext is one allocation where context.WithValue would be two.
type identityContext struct {
	context.Context
	identified
}

// String keeps package fmt from printing the identity.
func (c *identityContext) String() string { return "wxauth identity" }

func (c *identityContext) Value(key any) any {
	if _, ok := key.(identityKey); ok {
		return &c.identified
	}
	return c.Context.Value(key)
}
