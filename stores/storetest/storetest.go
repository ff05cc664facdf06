package storetest

import (
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// Run tests a store against the documented contract of [scs.Store]. It also tests the
// following interfaces, if the store or its errors implement them:
//
//   - [scs.CtxStore]: Run repeats the checks of scs.Store with the methods that take a
//     context. It also checks these methods with contexts that have ended.
//   - [scs.IterableStore] and [scs.IterableCtxStore].
//   - [stores.Swapper]. Run also checks [stores.UpdateOnly], which every Swapper must
//     support.
//   - [stores.CachedFinder]: FindCachedCtx must not miss a change that was made through
//     the same store.
//   - [stores.ReadyChecker].
//   - [stores.SafeError]: if the context of an operation has ended, the text that
//     SafeError returns must not contain the key.
//
// A Swapper or a CachedFinder must implement scs.CtxStore. Otherwise the test panics.
//
// Run calls newStore for each check, and one more time to find out which interfaces the
// store implements. newStore must return an empty store. If newStore starts a server or a
// goroutine, newStore must stop that server or goroutine with t.Cleanup.
//
// Run can take several seconds. Some checks wait until sessions expire. For a Swapper, one
// check runs 10,000 rounds, or 500 rounds with go test -short.
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

type check struct {
	name string
	run  func(*testing.T, scs.Store)
}
