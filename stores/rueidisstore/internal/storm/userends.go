package storm

import (
	"context"
	"net/url"
	"time"
)

func (u *user) logout(i *instance, l *login) {
	u.loggedOut(i, l, u.call(i, "POST", "/logout", nil, l, nil))
}

func (u *user) loggedOut(i *instance, l *login, r reply) {
	if u.storm.failed(r) {
		l.doubt("")
		return
	}
	if r.status != 204 {
		u.storm.wrong(u, l, "a logout is refused", r)
	}
	l.end(i, "")
}

// hangUp disconnects if its logout gets no answer within a random time of at most 1.5 ms.
func (u *user) hangUp(i *instance, l *login) {
	ctx, cancel := context.WithCancel(context.Background())
	defer time.AfterFunc(time.Duration(u.rng.IntN(1500))*time.Microsecond, cancel).Stop()
	r := u.remember(l, i.call(ctx, "POST", "/logout", nil, l.token, nil))
	if r.status == 0 {
		l.doubt("")
		return
	}
	u.loggedOut(i, l, r)
}

func (u *user) named(id, reason string) url.Values {
	values := url.Values{"openid": {u.openID}, "reason": {reason}}
	if id != "" {
		values.Set("login", id)
	}
	return values
}

func (u *user) reason() string { return []string{"", "kicked"}[u.rng.IntN(2)] }

func (u *user) revoke() {
	i, reason := u.instance(), u.reason()
	u.revoked(i, reason, nil, u.call(i, "POST", "/revoke", u.named("", reason), nil, nil))
}

func (u *user) revokeOthers(i *instance, l *login) {
	reason := u.reason()
	u.revoked(i, reason, l, u.call(i, "POST", "/revokeothers", u.named(l.id, reason), nil, nil))
}

// revoked handles the answer to /revoke or /revokeothers. The parameter spared is the login
// that /revokeothers does not end. It is nil for /revoke.
func (u *user) revoked(i *instance, reason string, spared *login, r reply) {
	failed := u.storm.failed(r)
	var n int
	if !failed && !u.ok(nil, r, &n) {
		return
	}
	if failed {
		u.revoking = true
	}
	for _, l := range u.logins {
		switch {
		case spared != nil && l.id == spared.id:
		case failed:
			l.doubt(reason)
		default:
			l.end(i, reason)
			l.ended = true
		}
	}
	if spared == nil {
		u.forgotten()
	}
	if !failed {
		u.issued = 1
	}
}

func (u *user) end(i *instance, l *login) {
	reason := u.reason()
	r := u.call(i, "POST", "/end", u.named(l.id, reason), nil, nil)
	if u.storm.failed(r) {
		for _, same := range u.same(l) {
			same.doubt(reason)
		}
		return
	}
	var was bool
	if !u.ok(l, r, &was) {
		return
	}
	for _, same := range u.same(l) {
		if was {
			same.end(i, reason)
			same.ended = true
		} else if same.state == live {
			u.storm.wrong(u, same, "a live login was none to end", r)
		} else {
			same.mayGive(reason) // EndLogin finishes an end that failed, and adds its reason
		}
	}
}

func (u *user) same(l *login) (logins []*login) {
	for _, other := range u.logins {
		if other.id == l.id {
			logins = append(logins, other)
		}
	}
	return logins
}
