package wxauth

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// store calls the Store of the session manager directly. It does not use the
// manager's Load, because Load would return a session that another middleware put
// into the context. A Store that is an scs.CtxStore gets the request's context.
// Every method reads the Store field of the manager again, because the application
// may set this field after New.
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

// findCached is like find, but a stores.CachedFinder may answer from its cache.
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

// swapper returns the manager's Store as a stores.Swapper, if it is one.
func (s store) swapper() (stores.Swapper, bool) {
	swapper, ok := s.manager.Store.(stores.Swapper)
	return swapper, ok
}
