// Package storetest tests that a session store behaves as scs and package wxauth
// require. It is for authors of stores:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) scs.Store {
//			return mystore.New()
//		})
//	}
//
// [Run] is the only function. Package redistest starts Redis servers for tests of Redis
// stores.
package storetest
