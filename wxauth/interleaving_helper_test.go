package wxauth_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// gate is the store of one process of a fleet. If the field closed is true, each operation
// waits until fleet.run lets it run.
type gate struct {
	memory *stores.Memory
	closed bool
	at     chan string   // gate.wait sends the name of the waiting operation here
	pass   chan struct{} // fleet.run sends here to let the waiting operation run
	missed bool          // the last operation was a compare-and-swap that changed nothing
}

var _ interface {
	scs.CtxStore
	stores.Swapper
} = (*gate)(nil)

func (g *gate) wait(op, key string) {
	if !g.closed {
		return
	}
	switch {
	case strings.HasPrefix(key, ";u"):
		op += " record"
	case strings.HasPrefix(key, ";e"):
		op += " note"
	default:
		op += " session"
	}
	g.at <- op
	<-g.pass
	g.missed = false
}

func (g *gate) FindCtx(_ context.Context, key string) ([]byte, bool, error) {
	g.wait("find", key)
	return g.memory.Find(key)
}

func (g *gate) CommitCtx(ctx context.Context, key string, b []byte, expiry time.Time) error {
	g.wait("commit", key)
	return g.memory.CommitCtx(ctx, key, b, expiry)
}

func (g *gate) DeleteCtx(_ context.Context, key string) error {
	g.wait("delete", key)
	return g.memory.Delete(key)
}

func (g *gate) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
	g.wait("swap", key)
	swapped, err := g.memory.CompareAndSwapCtx(ctx, key, old, new, expiry)
	g.missed = !swapped
	return swapped, err
}

func (g *gate) Find(key string) ([]byte, bool, error) { return g.FindCtx(background, key) }
func (g *gate) Delete(key string) error               { return g.DeleteCtx(background, key) }
func (g *gate) Commit(key string, b []byte, expiry time.Time) error {
	return g.CommitCtx(background, key, b, expiry)
}

// fleet contains four simulated server processes that share one stores.Memory. The tests
// prepare and check the stored values through the process observer.
type fleet struct {
	wechat   *wxtest.Server
	phone    *wxtest.Phone
	onLogin  func(p *process, r *http.Request, id wxauth.Identity) error // nil accepts every user
	a, b, c  *process
	observer *process
	trace    []string // the store operations of fleet.run in order, and the error in the field broken

	// If always is not nil, fleet.run calls it after each store operation, until it
	// returns an error.
	always func() error
	broken error // the error that always returned
}

func newFleet(t *testing.T, c wxauth.Config) *fleet {
	f := &fleet{wechat: wxtest.NewServer(app)}
	f.phone = f.wechat.Phone(appID, openID)
	for _, p := range []**process{&f.a, &f.b, &f.c, &f.observer} {
		g := &gate{at: make(chan string), pass: make(chan struct{})}
		c.Sessions, c.API = sessionsIn(g), wxapi.Options{Transport: f.wechat.Transport()}
		c.OnLogin = func(r *http.Request, id wxauth.Identity) (string, error) {
			if f.onLogin == nil {
				return "", nil
			}
			return "", f.onLogin(*p, r, id)
		}
		auth, _ := newAuth(t, c)
		*p = &process{auth, c.Sessions, g}
	}
	return f
}

func (f *fleet) reset() {
	f.trace, f.always, f.broken, f.onLogin = nil, nil, nil, nil
	memory := stores.NewMemory()
	for _, p := range []*process{f.a, f.b, f.c, f.observer} {
		p.gate.memory = memory
	}
}

// schedule chooses the process that runs next. In a series of runs, it tries every order
// of store operations that has at most a given number of preemptions. A preemption is a
// change to another process although the previous process could continue.
type schedule struct {
	preemptions     int // the maximum number of preemptions in one order
	choices, widths []int
	depth           int
	last            int // the index of the act that ran last; -1 at the start of a run
	preempted       int
}

func (s *schedule) begin() { s.depth, s.last, s.preempted = 0, -1, 0 }

// choose returns one of the indexes in waiting: the index of the act that runs next.
func (s *schedule) choose(waiting []int) int {
	current := slices.Index(waiting, s.last)
	if current >= 0 && s.preempted == s.preemptions {
		return s.last
	}
	if s.depth == len(s.choices) {
		s.choices, s.widths = append(s.choices, 0), append(s.widths, 0)
	}
	s.widths[s.depth] = len(waiting)
	choice := (s.choices[s.depth] + max(current, 0)) % len(waiting)
	s.depth++
	if current >= 0 && choice != current {
		s.preempted++
	}
	s.last = waiting[choice]
	return s.last
}

// next prepares the next order of a depth-first search. It returns false if all orders
// were tried.
func (s *schedule) next() bool {
	s.choices, s.widths = s.choices[:s.depth], s.widths[:s.depth]
	for i := s.depth - 1; i >= 0; i-- {
		if s.choices[i]+1 < s.widths[i] {
			s.choices[i]++
			s.choices, s.widths = s.choices[:i+1], s.widths[:i+1]
			return true
		}
	}
	return false
}

type act struct {
	process *process
	do      func()
}

// run runs all acts concurrently. Their store operations run one at a time, in the
// order that the schedule chooses.
func (f *fleet) run(s *schedule, acts ...act) {
	waiting := make([]string, len(acts)) // the waiting operation of each act; "" for an act that has ended
	done := make([]chan struct{}, len(acts))
	await := func(i int) {
		select {
		case waiting[i] = <-acts[i].process.gate.at:
		case <-done[i]:
			waiting[i] = ""
		}
	}
	for i, act := range acts {
		act.process.gate.closed = true
		done[i] = make(chan struct{})
		go func() {
			defer close(done[i])
			act.do()
		}()
		await(i)
	}
	for {
		var open []int
		for i, op := range waiting {
			if op != "" {
				open = append(open, i)
			}
		}
		if len(open) == 0 {
			break
		}
		i := s.choose(open)
		op := fmt.Sprintf("%c %s", 'a'+i, waiting[i])
		acts[i].process.gate.pass <- struct{}{}
		await(i)
		if acts[i].process.gate.missed {
			op += ", missed"
		}
		f.trace = append(f.trace, op)
		if f.always != nil && f.broken == nil {
			if f.broken = f.always(); f.broken != nil {
				f.trace = append(f.trace, "here: "+f.broken.Error())
			}
		}
	}
	for _, act := range acts {
		act.process.gate.closed = false
	}
}
