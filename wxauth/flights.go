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

// flights lets concurrent callers with the same key share one call of a function.
type flights[T any] struct {
	mu  sync.Mutex
	all map[flightKey]*flight[T]
}

// flightKey is a key in flights and in usedCodes. It is a hash, because usedCodes must not
// keep login codes in memory.
type flightKey [sha256.Size]byte

func newFlightKey(parts ...string) flightKey {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// flight is one call of a function for concurrent callers with the same key. The call has
// its own goroutine and its own context.
type flight[T any] struct {
	flights *flights[T]
	key     flightKey
	cancel  context.CancelFunc
	done    chan struct{}

	// flights.mu guards these fields. After done is closed, value and err are final,
	// and can be read without the lock.
	waiting int
	sent    bool // flight.send has succeeded, so flight.leave must not call cancel
	settled bool
	brought []string
	value   T
	err     error
}

var errNoResult = errors.New("the call ended without a result")

var errAbandoned = errors.New("every caller has gone")

// do returns the result of a call of run. Callers with the same key share one call until
// flight.publish is called. If a caller's ctx ends before the result is published, do
// returns an error to this caller. If this happens to all callers before flight.send is
// called, the context that run received is canceled, and the next caller starts a new call.
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

// growStack makes the runtime grow the stack of a new goroutine in one step. Without
// growStack, the runtime can copy the stack several times during a login.
//
//go:noinline
func growStack(i int) byte {
	var room [6 << 10]byte
	return room[i]
}

// settle claims the right to call publish. It returns false if the right was already
// claimed.
func (fl *flight[T]) settle() bool {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	if fl.settled {
		return false
	}
	fl.settled = true
	return true
}

// publish gives the result to the callers that wait in do.
func (fl *flight[T]) publish(value T, err error) {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	fl.value, fl.err = value, err
	if fl.flights.all[fl.key] == fl {
		delete(fl.flights.all, fl.key)
	}
	close(fl.done)
}

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

// send marks the start of a step that cannot be undone, such as sending a code to WeChat.
// It fails if no caller waits any more. After send has succeeded, flight.leave no longer
// calls cancel.
func (fl *flight[T]) send() error {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	if fl.waiting == 0 {
		return errAbandoned
	}
	fl.sent = true
	return nil
}

// wanted returns the argument brings of every call of do that has joined the flight, and
// reports whether a caller still waits.
func (fl *flight[T]) wanted() (brought []string, ok bool) {
	fl.flights.mu.Lock()
	defer fl.flights.mu.Unlock()
	return append([]string(nil), fl.brought...), fl.waiting > 0
}
