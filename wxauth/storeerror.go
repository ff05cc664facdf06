package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"example.com/wxlogin/stores"
)

// errStore marks the errors that storeFailure returns.
var errStore = errors.New("the session store failed")

// storeError wraps the cause of a failed operation on the session store. Its text comes
// from safeText, because the text of the cause can contain secrets. For example, a Redis
// server can quote a refused command in an error, with the token and the data.
type storeError struct{ cause error }

func storeFailure(err error) error {
	if err == nil {
		return nil
	}
	return &storeError{err}
}

func (e *storeError) Unwrap() []error { return []error{errStore, e.cause} }

func (e *storeError) Error() string {
	return fmt.Sprintf("%v: %s", errStore, safeText(e.cause))
}

// safeText describes an error in a text that contains no secret.
func safeText(err error) string {
	var (
		safe    stores.SafeError
		errno   syscall.Errno
		network net.Error
	)
	switch {
	case errors.As(err, &safe):
		return safe.SafeError()
	case errors.Is(err, context.Canceled):
		return context.Canceled.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded.Error()
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &network) && network.Timeout():
		return "timeout"
	}
	if word := replyWord(err); word != "" {
		return fmt.Sprintf("%T %s", err, word)
	}
	return fmt.Sprintf("%T", err)
}

// replyWord returns the word in capital letters at the start of an error's text, or "" if
// there is none. Most errors of a Redis server start with such a word, for example
// LOADING or NOAUTH. replyWord first examines the text of err, and then the texts of the
// errors that err wraps.
func replyWord(err error) string {
	if err == nil {
		return ""
	}
	if word := upperWord(err.Error()); word != "" {
		return word
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return replyWord(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if word := replyWord(err); word != "" {
				return word
			}
		}
	}
	return ""
}

// upperWord returns the first word of a text, or "" if this word does not consist of 3 to
// 16 capital letters.
func upperWord(text string) string {
	n := 0
	for n < len(text) && 'A' <= text[n] && text[n] <= 'Z' {
		n++
	}
	if n < 3 || n > 16 || n < len(text) && text[n] != ' ' {
		return ""
	}
	return text[:n]
}
