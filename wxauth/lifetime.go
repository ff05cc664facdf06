package wxauth

import (
	"time"
)

// defaultLifetime is how long a login lasts under NewSessions. It is fixed: no request
// extends it. Renew makes a new end.
const defaultLifetime = 7 * 24 * time.Hour

// maxLifetime is what the stored form of a login has room for.
const maxLifetime = 100 * 365 * 24 * time.Hour

// lifetime returns how long a new login lasts. A Lifetime of centuries is cut.
func (a *Auth) lifetime() time.Duration {
	return min(a.sessions.manager.Lifetime, maxLifetime)
}
