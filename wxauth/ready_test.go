package wxauth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// TestReady checks that a successful Ready leaves nothing in the store. If an operation of
// the store fails, the error of Ready must name the kind of operation.
func TestReady(t *testing.T) {
	for name, view := range views {
		t.Run(name, func(t *testing.T) {
			store := newTestStore()
			auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(view(store))})
			if err := auth.Ready(background); err != nil {
				t.Fatal(err)
			}
			ops := strings.Fields(store.list())
			if all := everything(t, store.memory); len(all) != 0 {
				t.Errorf("the probe leaves %v", all)
			}
			for i, op := range ops {
				store.set(nth(i+1, false))
				err := auth.Ready(background)
				word := map[string]string{"commit": "writing", "swap": "swapping", "find": "reading", "delete": "deleting"}[op]
				if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), ";p") {
					t.Errorf("%s fails: %v", op, err)
				}
			}
		})
	}
}

func TestReadyOfAStoreThatForgets(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(forgetful{plainStore{stores.NewMemory()}})})
	if err := auth.Ready(background); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Errorf("got %v", err)
	}
}

type forgetful struct{ scs.Store }

func (forgetful) Find(string) ([]byte, bool, error) { return nil, false, nil }

func TestReadyAsksTheStore(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(checker{stores.NewMemory()})})
	if err := auth.Ready(background); err == nil || !strings.Contains(err.Error(), "maxmemory-policy") {
		t.Errorf("got %v", err)
	}
}

type checker struct{ *stores.Memory }

func (checker) Ready(context.Context) error { return errors.New("maxmemory-policy is allkeys-lru") }

func TestReadyOfAStoreThatDoesNotSwap(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(neverSwaps{newTestStore()})})
	if err := auth.Ready(background); err == nil || !strings.Contains(err.Error(), "swapping") {
		t.Errorf("got %v", err)
	}
}

type neverSwaps struct{ *testStore }

func (neverSwaps) CompareAndSwapCtx(context.Context, string, []byte, []byte, time.Time) (bool, error) {
	return false, nil
}
