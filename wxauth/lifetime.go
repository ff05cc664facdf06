package wxauth

import (
	"time"
)

// defaultLifetime is the Lifetime of the manager that NewSessions returns. Requests
// do not extend a login. Only Renew can give a login a later end.
const defaultLifetime = 7 * 24 * time.Hour

// maxLifetime limits a login to 100 years. The end of such a login always fits into the
// stored form of a login, which has eleven digits for the end in Unix seconds.
const maxLifetime = 100 * 365 * 24 * time.Hour

// lifetime returns the Lifetime of the session manager, but at most maxLifetime.
func (a *Auth) lifetime() time.Duration {
	return min(a.sessions.manager.Lifetime, maxLifetime)
}
