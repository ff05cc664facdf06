package storm

import (
	"math/rand/v2"
	"time"
)

// Wait returns how long a client waits after a failed login. failures is the
// number of its failures before, and told returns the reply's Retry-After.
type Wait func(failures int, told func() time.Duration, rng *rand.Rand) time.Duration

// Every returns a Wait for clients that do not heed Retry-After.
func Every(d time.Duration) Wait {
	return func(int, func() time.Duration, *rand.Rand) time.Duration { return d }
}

// RetryAfter waits for as long as the server says.
func RetryAfter(_ int, told func() time.Duration, _ *rand.Rand) time.Duration { return told() }

// Backoff waits for as long as the server says, and then for a random time of up
// to a second, which doubles with each failure up to a minute.
func Backoff(failures int, told func() time.Duration, rng *rand.Rand) time.Duration {
	most := time.Minute
	if failures < 6 {
		most = time.Second << failures
	}
	return told() + time.Duration(rng.Int64N(int64(most)))
}
