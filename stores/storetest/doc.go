// Package storetest tests whether a session store works as scs and package wxauth
// require. It is for authors of stores:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) scs.Store {
//			return mystore.New()
//		})
//	}
//
// For tests of Redis stores, package redistest starts Redis servers.
package storetest
