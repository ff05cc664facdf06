package wxauth

import (
	"time"
)

// defaultLifetime is the Lifetime of the manager that NewSessions returns.
const defaultLifetime = 7 * 24 * time.Hour

// maxLifetime bounds the result of Auth.lifetime. The end of a login then always fits into
// the stored form of the login, which has eleven digits for the end in Unix seconds.
const maxLifetime = 100 * 365 * 24 * time.Hour

func (a *Auth) lifetime() time.Duration {
	return min(a.sessions.manager.Lifetime, maxLifetime)
}
