package storetest

import (
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// Run tests a store against the documented contract of [scs.Store]. It also tests each
// further interface that the store implements:
//
//   - [scs.CtxStore]: the same checks with contexts, and checks with contexts that have
//     ended;
//   - [scs.IterableStore] and [scs.IterableCtxStore];
//   - [stores.Swapper], and [stores.UpdateOnly], which every Swapper must support;
//   - [stores.CachedFinder]: FindCachedCtx must not miss a change that this store
//     made itself;
//   - [stores.ReadyChecker];
//   - [stores.SafeError], for the errors of operations whose context has ended.
//
// Run skips the checks of interfaces that the store does not implement.
//
// Run calls newStore for each check. newStore must return an empty store, and must use
// t.Cleanup to stop whatever it starts. Run takes some seconds, because it waits for
// sessions to expire.
func Run(t *testing.T, newStore func(t *testing.T) scs.Store) {
	t.Helper()
	run := func(name string, checks []check, adapt func(scs.Store) scs.Store) {
		t.Run(name, func(t *testing.T) {
			for _, c := range checks {
				t.Run(c.name, func(t *testing.T) { c.run(t, adapt(newStore(t))) })
			}
		})
	}
	itself := func(s scs.Store) scs.Store { return s }

	run("Store", storeChecks, itself)
	store := newStore(t)
	if _, ok := store.(scs.CtxStore); ok {
		run("CtxStore", storeChecks, func(s scs.Store) scs.Store { return ctxStore{s.(scs.CtxStore)} })
		run("EndedContext", ctxChecks, itself)
	}
	if _, ok := store.(scs.IterableStore); ok {
		run("IterableStore", iterableChecks, itself)
	}
	if _, ok := store.(scs.IterableCtxStore); ok {
		run("IterableCtxStore", iterableChecks, func(s scs.Store) scs.Store { return iterableCtxStore{s, s.(scs.IterableCtxStore)} })
	}
	if _, ok := store.(stores.Swapper); ok {
		run("UpdateOnly", updateOnlyChecks, itself)
		run("Swapper", swapperChecks, itself)
	}
	if _, ok := store.(stores.CachedFinder); ok {
		cached := func(s scs.Store) scs.Store { return cachedStore{s.(scs.CtxStore)} }
		run("CachedFinder", append(cachedFinderChecks, storeChecks...), cached)
		run("CachedFinderEndedContext", ctxChecks, cached)
	}
	if _, ok := store.(stores.ReadyChecker); ok {
		run("ReadyChecker", readyChecks, itself)
	}
}

// check is one test of an empty store.
type check struct {
	name string
	run  func(*testing.T, scs.Store)
}
