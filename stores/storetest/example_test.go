package storetest_test

import (
	"context"
	"log"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest"
)

// auditedStore is a stores.Memory whose methods Delete and DeleteCtx log each deletion of a
// session that has not expired.
type auditedStore struct{ *stores.Memory }

func (s auditedStore) Delete(key string) error {
	return s.DeleteCtx(context.Background(), key)
}

func (s auditedStore) DeleteCtx(ctx context.Context, key string) error {
	if _, found, _ := s.FindCtx(ctx, key); found {
		log.Print("a session ends at ", time.Now())
	}
	return s.Memory.DeleteCtx(ctx, key)
}

func Example() {
	var t *testing.T // stands for the parameter of a test function
	storetest.Run(t, func(t *testing.T) scs.Store {
		return auditedStore{stores.NewMemory()}
	})
}
