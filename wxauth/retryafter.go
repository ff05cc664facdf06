package wxauth

import (
	"errors"
	"math/rand/v2"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// retryAfter returns how long WeChat asks to wait, or a short while if it does not
// say.
func retryAfter(err error) time.Duration {
	if answer := (*wxapi.Error)(nil); errors.As(err, &answer) && answer.RetryAfter > 0 {
		return answer.RetryAfter
	}
	return soon()
}

// soon spreads the clients that come back after an outage over a few seconds.
func soon() time.Duration { return time.Duration(1+rand.N(5)) * time.Second }

// seconds rounds up, so that no client comes back too early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
