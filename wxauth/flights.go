package wxauth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"

	"example.com/wxlogin/wxauth/wxapi"
)

// flights lets callers that want the same thing at the same time share one run.
type flights[T any] struct {
	mu  sync.Mutex
	all map[flightKey]*flight[T]
}

// flightKey names what is wanted. It is a hash, so that no code stays in memory.
type flightKey [sha256.Size]byte

func newFlightKey(parts ...string) flightKey {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// flight is one run. It runs in a goroutine of its own, on a context that no
// caller's going away ends.
type flight[T any] struct {
	flights *flights[T]
	key     flightKey
	cancel  context.CancelFunc
	done    chan struct{} // closed when value and err are set

	// Guarded by flights.mu until done is closed.
	waiting int
	sent    bool // what cannot be taken back has begun
	settled bool
	brought []string
	value   T
	err     error
}

// errNoResult is the result of a run that ended its goroutine without one.
var errNoResult = errors.New("the call ended without a result")

// errAbandoned reports a call that all its callers left before it was sent.
var errAbandoned = errors.New("every caller has gone")

// do returns what run publishes, and shares it with all callers that bring the
// same key meanwhile. Each caller brings a text, which run can ask for. A run that
// all its callers have left before send was called is dropped. No later caller
// joins it.
func (f *flights[T]) do(ctx context.Context, key flightKey, brings string, run func(context.Context, *flight[T])) (T, error) {
	f.mu.Lock()
	fl := f.all[key]
	if fl == nil {
		fl = &flight[T]{flights: f, key: key, done: make(chan struct{})}
		if f.all == nil {
			f.all = make(map[flightKey]*flight[T])
		}
		f.all[key] = fl
		var own context.Context
		own, fl.cancel = context.WithCancel(context.WithoutCancel(ctx))
		go func() {
			defer fl.cancel()
			defer func() {
				var none T
				fl.finish(none, errNoResult)
			}()
			growStack(0)
			run(own, fl)
		}()
	}
	fl.waiting++
	fl.brought = append(fl.brought, brings)
	f.mu.Unlock()

	select {
	case <-fl.done:
		return fl.value, fl.err
	case <-ctx.Done():
		fl.leave()
		var none T
		return none, fmt.Errorf("%w: %w", wxapi.ErrUnavailable, ctx.Err())
	}
}

// growStack makes room on the stack of a new goroutine for all that a login
// needs. Without it the stack is copied several times on the way down, which
// takes a twentieth of a login's time.
//
//go:noinline
func growStack(i int) byte {
	var room [6 << 10]byte
	return room[i]
}

// settle claims the right to publish. It reports false if another has it.
func (fl *flight[T]) settle() bool {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	if fl.settled {
		return false
	}
	fl.settled = true
	return true
}

// publish gives the callers their result.
func (fl *flight[T]) publish(value T, err error) {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	fl.value, fl.err = value, err
	if fl.flights.all[fl.key] == fl {
		delete(fl.flights.all, fl.key)
	}
	close(fl.done)
}

// finish publishes a result, if there is none yet.
func (fl *flight[T]) finish(value T, err error) {
	if fl.settle() {
		fl.publish(value, err)
	}
}

func (fl *flight[T]) leave() {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	fl.waiting--
	if fl.waiting == 0 && !fl.sent {
		if fl.flights.all[fl.key] == fl {
			delete(fl.flights.all, fl.key)
		}
		fl.cancel()
	}
}

// send says that the run is about to do what cannot be taken back. It fails if
// nobody waits any more.
func (fl *flight[T]) send() error {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	if fl.waiting == 0 {
		return errAbandoned
	}
	fl.sent = true
	return nil
}

// wanted reports whether anybody still waits, and returns what the callers
// brought.
func (fl *flight[T]) wanted() (brought []string, ok bool) {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	return append([]string(nil), fl.brought...), fl.waiting > 0
}
