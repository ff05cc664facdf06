package storm

import (
	"math/rand/v2"
	"time"
)

// Wait returns how long a client waits after a failed login. failures is the number of
// earlier failures. told returns the Retry-After of the reply.
type Wait func(failures int, told func() time.Duration, rng *rand.Rand) time.Duration

// Every returns a Wait for clients that ignore Retry-After.
func Every(d time.Duration) Wait {
	return func(int, func() time.Duration, *rand.Rand) time.Duration { return d }
}

// RetryAfter waits for the time that the server says.
func RetryAfter(_ int, told func() time.Duration, _ *rand.Rand) time.Duration { return told() }

// Backoff waits for the time that the server says, plus a random time. The maximum of
// the random time is a second; it doubles with each failure, up to a minute.
func Backoff(failures int, told func() time.Duration, rng *rand.Rand) time.Duration {
	most := time.Minute
	if failures < 6 {
		most = time.Second << failures
	}
	return told() + time.Duration(rng.Int64N(int64(most)))
}
