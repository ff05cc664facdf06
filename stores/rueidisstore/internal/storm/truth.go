package storm

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

type certainty int

const (
	live  certainty = iota
	maybe           // an operation may have ended the login, or may still end it
	dead
)

// login records what is known about one token. If a login was renewed, there is one value
// of this type for each of its tokens.
type login struct {
	user    *user
	token   string
	id      string
	state   certainty
	deadAt  time.Time
	endedBy *instance       // the instance that ended the login or first refused the token
	reasons map[string]bool // the reasons that a 401 answer is allowed to contain
	ended   bool            // if true and state is dead, GET /logins must not list the login

	data map[string]map[string]bool // key → possible values; "" means that the key is absent
	// unsettled is true while a failed save may still take effect. A failed save can reach
	// Redis late, but it takes effect only if nothing else has changed the session. So a
	// successful save resets unsettled.
	unsettled bool
}

func newLogin(u *user, l loggedIn) *login {
	return &login{
		user: u, token: l.Token, id: l.LoginID,
		reasons: map[string]bool{"": true},
		data:    map[string]map[string]bool{greeting: {u.openID: true}},
	}
}

func (l *login) String() string {
	if l == nil {
		return "(no login)"
	}
	return fmt.Sprintf("%.5s of %.5s", l.token, l.id)
}

func (l *login) end(by *instance, reason string) {
	if l.state == live {
		l.reasons = make(map[string]bool)
	}
	l.mayGive(reason)
	if l.state != dead {
		l.state, l.deadAt, l.endedBy = dead, time.Now(), by
	}
}

func (l *login) doubt(reason string) {
	l.mayGive(reason)
	if l.state != dead {
		l.state = maybe
	}
}

// mayGive records that a 401 answer to the token is allowed to contain the given reason.
// Even a dead login can get a new reason: if Redis failed while the login ended, a later
// Revoke can still find the login and store a reason for it. But the reason "" never
// replaces a stored reason, so mayGive ignores "" for a dead login.
func (l *login) mayGive(reason string) {
	if l.state != dead || reason != "" {
		l.reasons[reason] = true
	}
}

// staleness is the longest time for which an instance with cached reads is allowed to
// accept a login that another instance has ended. It is the 3 seconds that package
// rueidisstore documents, plus 2 seconds for a busy machine.
const staleness = 5 * time.Second

// accepted checks the answer to a request with the login's token. If the parameter cached
// is true, the server is allowed to find the login in the cache of its store.
func (l *login) accepted(r reply, cached bool) bool {
	s := l.user.storm
	switch {
	case s.failed(r):
		return false
	case r.status == 401:
		if l.state == live {
			s.wrong(l.user, l, "a live token is refused", r)
		}
		if l.state != dead {
			l.end(r.from, "")
		}
		if !l.reasons[r.Reason] {
			s.wrong(l.user, l, fmt.Sprintf("the reason is %q instead of %q", r.Reason, slices.Collect(maps.Keys(l.reasons))), r)
		}
		return false
	}
	if l.state == dead {
		late := r.began.Sub(l.deadAt)
		if cached && s.cached && r.from != l.endedBy && late < staleness {
			s.report.stale(late)
		} else {
			s.wrong(l.user, l, fmt.Sprintf("a dead token is accepted %v later", late), r)
		}
	}
	return true
}

func (l *login) possible(key string) map[string]bool {
	if l.data[key] == nil {
		l.data[key] = map[string]bool{"": true}
	}
	return l.data[key]
}

func (l *login) saved(changes map[string]string) {
	for key, value := range changes {
		l.data[key] = map[string]bool{value: true}
	}
	l.unsettled = false
}

func (l *login) unsaved(changes map[string]string) {
	for key, value := range changes {
		l.possible(key)[value] = true
	}
	l.unsettled = true
}

// If l.data does not allow a value in data, this method calls storm.wrong.
func (l *login) has(data map[string]string, r reply) {
	keys := maps.Clone(data)
	for key := range l.data {
		keys[key] = ""
	}
	for key := range keys {
		value := data[key]
		if !l.possible(key)[value] {
			l.user.storm.wrong(l.user, l, fmt.Sprintf("data %q is %q instead of %q", key, value, slices.Collect(maps.Keys(l.data[key]))), r)
		}
		if !l.unsettled {
			l.data[key] = map[string]bool{value: true}
		}
	}
}

func (l *login) renewed(to loggedIn, by *instance) *login {
	n := newLogin(l.user, to)
	n.data, n.unsettled = l.data, false
	l.end(by, "")
	return n
}
