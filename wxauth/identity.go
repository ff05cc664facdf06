package wxauth

import "context"

// Identity is who a request comes from, as WeChat said at the login.
type Identity struct {
	AppID   string // the mini program the user logged in to
	OpenID  string // the user, for that mini program
	UnionID string // the user, for all apps of one WeChat Open Platform account; may be empty
	UserID  string // what Config.OnLogin returned
}

// FromContext returns the identity that Identify, Require, LoadAndSave or
// NewContext put into the context.
func FromContext(ctx context.Context) (Identity, bool) {
	id, ok := ctx.Value(identityKey{}).(*Identity)
	if !ok {
		return Identity{}, false
	}
	return *id, true
}

// OpenID returns the openid of FromContext, "" where nobody is logged in.
func OpenID(ctx context.Context) string {
	id, _ := FromContext(ctx)
	return id.OpenID
}

// NewContext returns a context that holds an identity, for an application's
// own tests and for identities that it knows from elsewhere.
func NewContext(ctx context.Context, id Identity) context.Context {
	return &identityContext{ctx, id}
}

type identityKey struct{}

// identityContext is one allocation where context.WithValue would be two.
type identityContext struct {
	context.Context
	id Identity
}

func (c *identityContext) Value(key any) any {
	if _, ok := key.(identityKey); ok {
		return &c.id
	}
	return c.Context.Value(key)
}
