package wxauth

import (
	"errors"
	"math/rand/v2"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// retryAfter returns the wait in the Retry-After header of WeChat's answer, or soon() if
// there is none.
func retryAfter(err error) time.Duration {
	if answer := (*wxapi.Error)(nil); errors.As(err, &answer) && answer.RetryAfter > 0 {
		return answer.RetryAfter
	}
	return soon()
}

// soon returns a random wait of 1 to 5 seconds, so that clients do not all come back
// at the same moment after an outage.
func soon() time.Duration { return time.Duration(1+rand.N(5)) * time.Second }

// seconds returns d in whole seconds, rounded up. With a Retry-After that was rounded
// down, clients would come back too early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
