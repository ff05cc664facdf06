package stores_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"example.com/wxlogin/stores"
)

func BenchmarkFind(b *testing.B) {
	for name, store := range map[string]scs.Store{"Memory": stores.NewMemory(), "memstore": memstore.NewWithCleanupInterval(0)} {
		b.Run(name, func(b *testing.B) {
			value := make([]byte, 140)
			for i := range 10_000 {
				store.Commit(fmt.Sprintf("%043d", i), value, time.Now().Add(time.Hour))
			}
			key := fmt.Sprintf("%043d", 5000)
			b.ReportAllocs()
			for b.Loop() {
				if _, found, _ := store.Find(key); !found {
					b.Fatal("not found")
				}
			}
		})
	}
}
