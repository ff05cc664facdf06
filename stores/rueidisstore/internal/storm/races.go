package storm

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
)

// A race sends several requests of one user at the same time. The checks accept every
// order in which the instances can handle these requests.

type save struct {
	key, value string
	reply      reply
}

// race sends four requests that save different keys, and calls the functions in others
// at the same time.
func (u *user) race(l *login, others ...func()) []save {
	saves := make([]save, 4)
	var wg sync.WaitGroup
	for n := range saves {
		s, i := &saves[n], u.instance()
		s.key, s.value = fmt.Sprint("race", n), u.unique()
		method := []string{"POST", "PUT"}[n%2]
		wg.Go(func() {
			s.reply = i.call(context.Background(), method, "/data", url.Values{s.key: {s.value}}, l.token, nil)
		})
	}
	for _, f := range others {
		wg.Go(f)
	}
	wg.Wait()
	for _, s := range saves {
		u.remember(l, s.reply)
	}
	// wroteAll needs this order: saves that succeeded, saves that failed, saves that were
	// refused with 401. If a failed save came before a success, the success would reset
	// login.unsettled, although the failed save may still take effect. If a 401 came before
	// a success, the success would count as a wrong answer.
	slices.SortStableFunc(saves, func(a, b save) int { return certaintyOf(a.reply) - certaintyOf(b.reply) })
	return saves
}

func certaintyOf(r reply) int {
	switch r.status {
	case 200:
		return 0
	case 401:
		return 2
	}
	return 1
}

func (u *user) wroteAll(l *login, saves []save) {
	for _, s := range saves {
		u.wrote(l, s.reply, map[string]string{s.key: s.value})
	}
}

// raceWrites checks that concurrent saves of different keys do not undo each other.
func (u *user) raceWrites(l *login) {
	u.wroteAll(l, u.race(l))
	u.read(u.instance(), l)
}

// raceLogoutAndWrites checks that saves during a logout do not restore the login.
func (u *user) raceLogoutAndWrites(l *login) {
	i := u.instance()
	var r reply
	saves := u.race(l, func() { r = i.call(context.Background(), "POST", "/logout", nil, l.token, nil) })
	l.doubt("")
	u.wroteAll(l, saves)
	u.loggedOut(i, l, u.remember(l, r))
	u.session(u.instance(), l)
}

// raceRenewAndWrites saves data while the login is renewed. Later reads with the new
// token check that no successful save was lost.
func (u *user) raceRenewAndWrites(l *login) {
	if l.state != live {
		return
	}
	i := u.instance()
	var r reply
	saves := u.race(l, func() { r = i.call(context.Background(), "POST", "/renew", nil, l.token, nil) })
	if r.status == 401 {
		u.storm.wrong(u, l, "a live login is not renewed", r)
	}
	l.doubt("")
	u.wroteAll(l, saves)
	// If a save got 401, wroteAll has set the state to dead. But the cause of the 401 can be
	// a successful renewal, because a renewal ends the old token.
	l.state = maybe
	u.renewed(i, l, u.remember(l, r))
}

// raceLoginAndRevoke sends a login and a request to /revoke at the same time. If both
// succeed, the new login can be live or dead.
func (u *user) raceLoginAndRevoke() {
	i, reason := u.instance(), u.reason()
	p, code := u.wxLogin()
	var in, out reply
	var wg sync.WaitGroup
	wg.Go(func() { in = i.call(context.Background(), "POST", "/login", nil, "", map[string]string{"code": code}) })
	wg.Go(func() {
		out = u.other(i).call(context.Background(), "POST", "/revoke", u.named("", reason), "", nil)
	})
	wg.Wait()
	u.revoked(u.other(i), reason, nil, u.remember(nil, out))
	revoked := out.status == 200
	u.revoking = true
	l := u.loggedIn(i, u.remember(nil, in), p, nil)
	u.revoking = !revoked
	if l == nil {
		return
	}
	l.doubt(reason)
	p.known = false
	if u.session(u.instance(), l) && revoked {
		l.state, p.known = live, true
	}
}

// raceSameCode posts one code twice to one instance and once to the other instance, all
// at the same time. All successful answers must belong to one login.
func (u *user) raceSameCode() {
	i := u.instance()
	p, code := u.wxLogin()
	replies := make([]reply, 3)
	var wg sync.WaitGroup
	for n := range replies {
		at := i
		if n == 2 {
			at = u.other(i)
		}
		wg.Go(func() {
			replies[n] = at.call(context.Background(), "POST", "/login", nil, "", map[string]string{"code": code})
		})
	}
	wg.Wait()
	var first *login
	for _, r := range replies {
		l := u.loggedIn(r.from, u.remember(nil, r), p, nil)
		if l != nil && first != nil && l != first {
			u.storm.wrong(u, nil, "one code led to two logins", r)
		}
		first = cmp.Or(first, l)
	}
}
