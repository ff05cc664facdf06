package wxauth

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// store calls the Store of the session manager directly. It does not call the manager's
// Load, because Load can return a session that a middleware has put into the context. The
// methods read the manager's Store field at each call, because the application can set
// this field after New.
type store struct{ manager *scs.SessionManager }

func (s store) find(ctx context.Context, key storeKey) ([]byte, bool, error) {
	var (
		b     []byte
		found bool
		err   error
	)
	if c, ok := s.manager.Store.(scs.CtxStore); ok {
		b, found, err = c.FindCtx(ctx, string(key))
	} else {
		b, found, err = s.manager.Store.Find(string(key))
	}
	return b, found, storeFailure(err)
}

// findCached is like find, but a stores.CachedFinder can answer from its cache.
func (s store) findCached(ctx context.Context, key storeKey) ([]byte, bool, error) {
	if c, ok := s.manager.Store.(stores.CachedFinder); ok {
		b, found, err := c.FindCachedCtx(ctx, string(key))
		return b, found, storeFailure(err)
	}
	return s.find(ctx, key)
}

func (s store) commit(ctx context.Context, key storeKey, b []byte, expiry time.Time) error {
	if c, ok := s.manager.Store.(scs.CtxStore); ok {
		return storeFailure(c.CommitCtx(ctx, string(key), b, expiry))
	}
	return storeFailure(s.manager.Store.Commit(string(key), b, expiry))
}

func (s store) delete(ctx context.Context, key storeKey) error {
	if c, ok := s.manager.Store.(scs.CtxStore); ok {
		return storeFailure(c.DeleteCtx(ctx, string(key)))
	}
	return storeFailure(s.manager.Store.Delete(string(key)))
}

func (s store) swapper() (stores.Swapper, bool) {
	swapper, ok := s.manager.Store.(stores.Swapper)
	return swapper, ok
}
