package wxauth

import (
	"errors"
	"math/rand/v2"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// retryAfter returns the RetryAfter of the wxapi.Error in err. If there is no such error,
// or its RetryAfter is 0, retryAfter returns soon().
func retryAfter(err error) time.Duration {
	if answer := (*wxapi.Error)(nil); errors.As(err, &answer) && answer.RetryAfter > 0 {
		return answer.RetryAfter
	}
	return soon()
}

// soon returns a random wait of 1 to 5 seconds, so that clients do not all come back
// at the same moment after an outage.
func soon() time.Duration { return time.Duration(1+rand.N(5)) * time.Second }

// seconds returns d in whole seconds. It rounds a positive d up. With a Retry-After that
// was rounded down, clients would come back too early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
