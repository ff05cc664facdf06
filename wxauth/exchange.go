package wxauth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

const (
	// codeLife is how long a code lives at WeChat, and so how long one that
	// was used is remembered.
	// https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html
	codeLife = 5 * time.Minute
	// maxUsed bounds the codes remembered, at some 100 bytes each. A code that
	// is forgotten early costs a call, no more.
	maxUsed = 1 << 16
)

var errCodeUsed = fmt.Errorf("%w: it was used here before", wxapi.ErrInvalidCode)

// exchanges trades codes at WeChat: one call for a code, however many requests
// bring it at once, and none for a code that was used.
type exchanges struct {
	mu    sync.Mutex
	calls map[codeKey]*exchange // under way, or used
	used  []usedCode            // by time; from first on
	first int
}

// codeKey is a hash, so that no code stays in memory.
type codeKey [sha256.Size]byte

type usedCode struct {
	key   codeKey
	until time.Time
}

// exchange is a call. Its fields are read once done is closed.
type exchange struct {
	done    chan struct{}
	session wxapi.Session
	err     error
}

// errPanic stands for a panic of the application's transport, whose value may
// hold anything.
var errPanic = errors.New("a transport panicked")

// do returns what WeChat gives for the code. The call runs on a context of its
// own, so that a caller that goes away doesn't end it for the others.
func (x *exchanges) do(ctx context.Context, client *wxapi.Client, code string) (wxapi.Session, error) {
	key := codeKey(sha256.Sum256([]byte(client.AppID() + "\x00" + code)))
	x.mu.Lock()
	x.forget()
	e, found := x.calls[key]
	if found && e == nil {
		x.mu.Unlock()
		return wxapi.Session{}, errCodeUsed
	}
	if !found {
		e = &exchange{done: make(chan struct{}), err: errPanic}
		if x.calls == nil {
			x.calls = make(map[codeKey]*exchange)
		}
		x.calls[key] = e
		go x.run(context.WithoutCancel(ctx), e, key, client, code)
	}
	x.mu.Unlock()

	select {
	case <-e.done:
		return e.session, e.err
	case <-ctx.Done():
		return wxapi.Session{}, fmt.Errorf("%w: %w", wxapi.ErrUnavailable, ctx.Err())
	}
}

// run makes the call; the client has a timeout.
func (x *exchanges) run(ctx context.Context, e *exchange, key codeKey, client *wxapi.Client, code string) {
	defer func() {
		recover() // e.err says so already
		x.mu.Lock()
		defer x.mu.Unlock()
		if e.err == nil || errors.Is(e.err, wxapi.ErrInvalidCode) {
			x.calls[key] = nil
			x.used = append(x.used, usedCode{key, time.Now().Add(codeLife)})
		} else {
			delete(x.calls, key)
		}
		close(e.done)
	}()
	growStack(0)
	e.session, e.err = client.Code2Session(ctx, code)
}

// growStack makes room on the stack of a new goroutine for all that a call
// needs. Without it the stack is copied several times on the way down, which is
// a twentieth of a login.
//
//go:noinline
func growStack(i int) byte {
	var room [6 << 10]byte
	return room[i]
}

// forget drops used codes that have expired, or are too many.
func (x *exchanges) forget() {
	now := time.Now()
	for x.first < len(x.used) && (len(x.used)-x.first >= maxUsed || now.After(x.used[x.first].until)) {
		delete(x.calls, x.used[x.first].key)
		x.first++
	}
	if x.first > len(x.used)/2 {
		x.used = append([]usedCode(nil), x.used[x.first:]...)
		x.first = 0
	}
}
