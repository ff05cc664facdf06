package storm

import (
	"slices"
	"time"
)

// login logs in. The parameter old is nil, or a login that ends if the new login succeeds.
func (u *user) login(i *instance, old *login) *login {
	p, code := u.wxLogin()
	r := u.call(i, "POST", "/login", nil, old, map[string]string{"code": code})
	return u.loggedIn(i, r, p, old)
}

func (u *user) wxLogin() (p *phone, code string) {
	for _, p := range u.phones {
		p.newer++
	}
	p = u.phones[u.rng.IntN(len(u.phones))]
	p.known = false
	u.issued++
	return p, p.Login()
}

func (u *user) loggedIn(i *instance, r reply, p *phone, old *login) *login {
	failed := u.storm.failed(r)
	if r.status != 200 {
		if old != nil {
			old.doubt("")
		}
		refused := r.status == 401 && u.revoking
		wechat := slices.Contains([]string{"wechat_unavailable", "wechat_bad_reply", "rate_limited", "invalid_code"}, r.Code)
		if !failed && !refused && !wechat {
			u.storm.wrong(u, nil, "a login is refused", r)
		}
		return nil
	}
	var got loggedIn
	if !u.ok(old, r, &got) {
		return nil
	}
	if got.OpenID != u.openID || got.UserID != "user of "+u.openID {
		u.storm.wrong(u, nil, "the login is another user's", r)
	}
	if old != nil {
		old.end(i, "")
	}
	p.known, p.since, p.newer = true, time.Now(), 0
	u.revoking = false
	for _, l := range u.logins {
		if l.token == got.Token {
			return l // another request with this code has got the same token
		}
	}
	l := newLogin(u, got)
	u.logins = append(u.logins, l)
	if len(u.logins) > 30 {
		u.logins = slices.Delete(u.logins, 0, 1)
	}
	return l
}

func (u *user) renew(i *instance, l *login) {
	u.renewed(i, l, u.call(i, "POST", "/renew", nil, l, nil))
}

func (u *user) renewed(i *instance, l *login, r reply) {
	if r.status == 401 && l.state == maybe {
		// A 401 from Renew does not prove that the token is dead. A failed operation can have
		// marked the login as ended without deleting its session. Renew refuses such a login.
		u.storm.failed(r)
		return
	}
	if !l.accepted(r, false) {
		if r.status != 401 {
			l.doubt("")
		}
		return
	}
	var got loggedIn
	if !u.ok(l, r, &got) {
		return
	}
	if got.LoginID != l.id || got.OpenID != u.openID {
		u.storm.wrong(u, l, "the renewed login is another", r)
	}
	u.logins = append(u.logins, l.renewed(got, i))
}
