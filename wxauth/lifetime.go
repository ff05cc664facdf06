package wxauth

import (
	"time"
)

// defaultLifetime is the Lifetime of the manager that NewSessions returns.
const defaultLifetime = 7 * 24 * time.Hour

// maxLifetime bounds the result of Auth.lifetime. Without this bound, rounding the
// remaining time of a login up to whole seconds could overflow a time.Duration.
const maxLifetime = 100 * 365 * 24 * time.Hour

func (a *Auth) lifetime() time.Duration {
	return min(a.sessions.manager.Lifetime, maxLifetime)
}
