package wxauth

import (
	"time"
)

// defaultLifetime is how long a login lasts under NewSessions. The lifetime is
// fixed, so no request extends it. Renew gives the login a new end.
const defaultLifetime = 7 * 24 * time.Hour

// maxLifetime is the longest lifetime that fits into the stored form of a login.
const maxLifetime = 100 * 365 * 24 * time.Hour

// lifetime returns how long a new login lasts. It is at most maxLifetime.
func (a *Auth) lifetime() time.Duration {
	return min(a.sessions.manager.Lifetime, maxLifetime)
}
