// Package storetest tests that a session store does what scs and package wxauth rely
// on. It is for authors of stores:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) scs.Store {
//			return mystore.New()
//		})
//	}
//
// [Run] is all of it. Package redistest starts Redis servers for the tests of stores
// on Redis.
package storetest
