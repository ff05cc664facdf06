package wxapi

import (
	"context"
	"errors"
	"fmt"
)

// functionError wraps an error that was returned by a function of the application, such as
// App.Exchange. The text of the wrapped error may contain secrets, so functionError does
// not print this text. Of the wrapped error, it prints the *Error that errors.As finds, or
// else the class, such as ErrInvalidCode. If there is neither, functionError prints the
// text of ErrUnavailable and the result of the method cause.
type functionError struct {
	function string
	err      error
}

func (e functionError) Error() string {
	var answer *Error
	if errors.As(e.err, &answer) {
		return e.function + ": " + answer.Error()
	}
	if class := classOf(e.err); class != nil {
		return e.function + ": " + class.Error()
	}
	return fmt.Sprintf("%s: %v: %s", e.function, ErrUnavailable, e.cause())
}

// cause returns a text that cannot contain a secret: how the context ended, the cause of a
// failed connection, or the type of the wrapped error.
func (e functionError) cause() string {
	for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(e.err, ended) {
			return ended.Error()
		}
	}
	if cause := safeCause(e.err); cause != nil {
		return cause.Error()
	}
	return fmt.Sprintf("%T", e.err)
}

func (e functionError) Unwrap() error { return e.err }

// Is reports whether target is ErrUnavailable and the wrapped error has no class.
func (e functionError) Is(target error) bool {
	return target == ErrUnavailable && classOf(e.err) == nil
}

func classOf(err error) error {
	for _, class := range []error{ErrBusy, ErrUnavailable, ErrBadReply, ErrInvalidCode, ErrUserBlocked,
		ErrSessionKeyInvalid, ErrRateLimited, ErrMisconfigured, ErrAccessToken} {
		if errors.Is(err, class) {
			return class
		}
	}
	return nil
}
