package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/alexedwards/scs/v2"
)

// store is the session manager's store, called with the request's context
// where it takes one, and without scs's Load, which would adopt what some other
// middleware put into the context. It is looked up at each call, because the
// manager's fields are the application's to set.
type store struct{ manager *scs.SessionManager }

func (s store) find(ctx context.Context, key string) ([]byte, bool, error) {
	var (
		b     []byte
		found bool
		err   error
	)
	if c, ok := s.manager.Store.(scs.CtxStore); ok {
		b, found, err = c.FindCtx(ctx, key)
	} else {
		b, found, err = s.manager.Store.Find(key)
	}
	return b, found, storeFailure(err)
}

func (s store) commit(ctx context.Context, key string, b []byte, expiry time.Time) error {
	if c, ok := s.manager.Store.(scs.CtxStore); ok {
		return storeFailure(c.CommitCtx(ctx, key, b, expiry))
	}
	return storeFailure(s.manager.Store.Commit(key, b, expiry))
}

func (s store) delete(ctx context.Context, key string) error {
	if c, ok := s.manager.Store.(scs.CtxStore); ok {
		return storeFailure(c.DeleteCtx(ctx, key))
	}
	return storeFailure(s.manager.Store.Delete(key))
}

var errStore = errors.New("the session store failed")

// storeError is an error of the session store. Its text is made of what can't
// hold a secret: a server may echo the command that it refuses, with the token
// and the data in it. The error itself is there for errors.Is and errors.As.
type storeError struct{ cause error }

func storeFailure(err error) error {
	if err == nil {
		return nil
	}
	return &storeError{err}
}

func (e *storeError) Unwrap() []error { return []error{errStore, e.cause} }

func (e *storeError) Error() string {
	var (
		errno syscall.Errno
		net   net.Error
	)
	switch {
	case errors.Is(e.cause, context.Canceled):
		return fmt.Sprintf("%v: %v", errStore, context.Canceled)
	case errors.Is(e.cause, context.DeadlineExceeded):
		return fmt.Sprintf("%v: %v", errStore, context.DeadlineExceeded)
	case errors.As(e.cause, &errno):
		return fmt.Sprintf("%v: %v", errStore, errno)
	case errors.As(e.cause, &net) && net.Timeout():
		return fmt.Sprintf("%v: timeout", errStore)
	}
	return fmt.Sprintf("%v: %T%s", errStore, e.cause, replyCode(e.cause.Error()))
}

// replyCode is the word that a Redis server's error starts with, such as
// LOADING or NOAUTH.
func replyCode(text string) string {
	n := 0
	for n < len(text) && 'A' <= text[n] && text[n] <= 'Z' {
		n++
	}
	if n < 3 || n > 16 || n < len(text) && text[n] != ' ' {
		return ""
	}
	return " " + text[:n]
}
