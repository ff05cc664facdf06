package stores_test

import (
	"context"
	"testing"

	"example.com/wxlogin/stores"
)

func TestUpdateOnly(t *testing.T) {
	outer := stores.UpdateOnly(context.Background(), "a")
	ctx, cancel := context.WithCancel(stores.UpdateOnly(outer, "b"))
	for key, want := range map[string]bool{"a": true, "b": true, "c": false, "": false} {
		if got := stores.IsUpdateOnly(ctx, key); got != want {
			t.Errorf("IsUpdateOnly(%q) = %t", key, got)
		}
	}
	cancel()
	if ctx.Err() == nil || outer.Err() != nil {
		t.Error("cancellation goes the wrong way")
	}
}

func TestUpdateOnlyAllocations(t *testing.T) {
	ctx := context.Background()
	if n := testing.AllocsPerRun(1000, func() { stores.UpdateOnly(ctx, "key") }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
