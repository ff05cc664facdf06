package storm

import (
	"math/rand/v2"
	"time"
)

// Wait returns how long a client waits after a failed login. The parameter failures is
// the number of the client's earlier failures. The function told returns the Retry-After
// of the reply to this login.
type Wait func(failures int, told func() time.Duration, rng *rand.Rand) time.Duration

// Every returns a Wait that ignores Retry-After and always returns d.
func Every(d time.Duration) Wait {
	return func(int, func() time.Duration, *rand.Rand) time.Duration { return d }
}

// RetryAfter is a Wait that returns the Retry-After of the reply.
func RetryAfter(_ int, told func() time.Duration, _ *rand.Rand) time.Duration { return told() }

// Backoff is a Wait that returns the Retry-After of the reply plus a random time. The
// maximum of the random time starts at one second and doubles with each failure, up to one
// minute.
func Backoff(failures int, told func() time.Duration, rng *rand.Rand) time.Duration {
	most := time.Minute
	if failures < 6 {
		most = time.Second << failures
	}
	return told() + time.Duration(rng.Int64N(int64(most)))
}
