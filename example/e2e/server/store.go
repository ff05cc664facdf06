package main

import (
	"context"
	"errors"
	"sync/atomic"

	"example.com/wxlogin/stores"
)

type store struct {
	*stores.Memory
	down atomic.Bool
}

func (s *store) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	if s.down.Load() {
		return nil, false, errors.New("the store is down")
	}
	return s.Memory.FindCtx(ctx, key)
}
