package rueidisstore_test

import (
	"testing"

	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/stores/storetest/redistest"
)

func BenchmarkFind(b *testing.B) {
	server := redistest.Start(b)
	// Not by the store itself, which would not read from its cache then.
	server.Do("SET", "scs:session:key", make([]byte, 140))
	for name, options := range map[string]rueidisstore.Options{"plain": plain, "cached": cached} {
		b.Run(name, func(b *testing.B) {
			store := open(b, "redis://"+server.Addr, options)
			b.ReportAllocs()
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, found, err := store.Find("key"); !found || err != nil {
						b.Fatal(found, err)
					}
				}
			})
		})
	}
}
