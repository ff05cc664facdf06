package storm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxtest"
)

// user is a simulated user with two phones. Its methods must not be called concurrently.
type user struct {
	storm  *storm
	openID string
	rng    *rand.Rand
	phones []*phone
	logins []*login // the latest logins, including dead ones
	issued int      // an upper limit for the number of live logins
	count  int
	past   []string // the latest answers as text, for reports of wrong answers
	// If revoking is true, the server is allowed to answer a login with 401. It becomes true
	// after a failed request to /revoke or /revokeothers, which may still take effect. It is
	// also true for a login that was sent at the same time as a request to /revoke.
	revoking bool
}

type phone struct {
	*wxtest.Phone
	known bool      // if false, the server may not have the session key that the phone encrypts with
	since time.Time // the time of the last successful login with a code of the phone
	newer int       // how many codes the two phones got from WeChat since then; each code may come with a newer session key
}

func newUser(s *storm, openID string, rng *rand.Rand) *user {
	u := &user{storm: s, openID: openID, rng: rng}
	for range 2 {
		u.phones = append(u.phones, &phone{Phone: s.wechat.Phone(app.ID, openID)})
	}
	return u
}

func (u *user) act() {
	time.Sleep(time.Duration(u.rng.IntN(3000)) * time.Microsecond)
	if !slices.ContainsFunc(u.logins, func(l *login) bool { return l.state == live }) {
		u.forgotten() // the server can delete the session keys of a user who has no live login
	}
	if u.issued > 12 { // a login beyond Config.MaxLogins (default 20) ends an existing login
		u.revoke()
		return
	}
	l := u.anyLogin()
	if l == nil {
		u.login(u.instance(), nil)
		return
	}
	actions := []struct {
		weight int
		do     func()
	}{
		{30, func() { u.me(u.instance(), l) }},
		{6, func() { u.session(u.instance(), l) }},
		{8, func() { u.read(u.instance(), l) }},
		{8, func() { u.write(u.instance(), l, "POST") }},
		{5, func() { u.write(u.instance(), l, "PUT") }},
		{2, func() { u.remove(u.instance(), l) }},
		{3, func() { u.login(u.instance(), nil) }},
		{2, func() { u.login(u.instance(), l) }},
		{3, func() { u.logout(u.instance(), l) }},
		{1, func() { u.hangUp(u.instance(), l) }},
		{6, func() { u.decrypt(u.instance(), l) }},
		{3, func() { u.decryptElsewhere() }},
		{2, func() { u.renew(u.instance(), l) }},
		{1, func() { u.revoke() }},
		{1, func() { u.revokeOthers(u.instance(), l) }},
		{1, func() { u.end(u.instance(), l) }},
		{2, func() { u.list(u.instance()) }},
		{2, func() { u.raceWrites(l) }},
		{1, func() { u.raceLogoutAndWrites(l) }},
		{1, func() { u.raceRenewAndWrites(l) }},
		{1, func() { u.raceLoginAndRevoke() }},
		{1, func() { u.raceSameCode() }},
	}
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	n := u.rng.IntN(total)
	for _, a := range actions {
		if n -= a.weight; n < 0 {
			a.do()
			return
		}
	}
}

func (u *user) forgotten() {
	for _, p := range u.phones {
		p.known = false
	}
}

func (u *user) instance() *instance { return u.storm.instances[u.rng.IntN(len(u.storm.instances))] }

func (u *user) other(i *instance) *instance {
	if u.storm.instances[0] == i {
		return u.storm.instances[1]
	}
	return u.storm.instances[0]
}

// anyLogin prefers logins that are not dead.
func (u *user) anyLogin() *login {
	if len(u.logins) == 0 {
		return nil
	}
	l := u.logins[u.rng.IntN(len(u.logins))]
	for range 2 {
		if l.state == dead {
			l = u.logins[u.rng.IntN(len(u.logins))]
		}
	}
	return l
}

func (u *user) call(i *instance, method, path string, query url.Values, l *login, body any) reply {
	token := ""
	if l != nil {
		token = l.token
	}
	return u.remember(l, i.call(context.Background(), method, path, query, token, body))
}

func (u *user) remember(l *login, r reply) reply {
	u.past = append(u.past, fmt.Sprintf("%s %s", l, r))
	u.past = u.past[max(0, len(u.past)-80):]
	return r
}

func (u *user) ok(l *login, r reply, v any) bool {
	if r.status != 200 || v != nil && !r.read(v) {
		u.storm.wrong(u, l, "no success", r)
		return false
	}
	return true
}

func (u *user) me(i *instance, l *login) {
	r := u.call(i, "GET", "/me", nil, l, nil)
	var got who
	if l.accepted(r, true) && u.ok(l, r, &got) && got != (who{u.openID, "user of " + u.openID, l.id}) {
		u.storm.wrong(u, l, "the identity is another", r)
	}
}

func (u *user) session(i *instance, l *login) bool {
	r := u.call(i, "GET", "/session", nil, l, nil)
	return l.accepted(r, false) && u.ok(l, r, nil)
}

func (u *user) read(i *instance, l *login) {
	r := u.call(i, "GET", "/data", nil, l, nil)
	var data map[string]string
	if l.accepted(r, false) && u.ok(l, r, &data) {
		l.has(data, r)
	}
}

func (u *user) unique() string {
	u.count++
	return strconv.Itoa(u.count)
}

func (u *user) write(i *instance, l *login, method string) {
	u.save(i, l, method, map[string]string{fmt.Sprint("key", u.rng.IntN(5)): u.unique()})
}

// remove removes a key from the session data. It also sets the key "removed" to a new
// value, so that the data is never the same as at an earlier time. The reason: a failed
// save can reach Redis late, and it takes effect if the data is what that save has read.
func (u *user) remove(i *instance, l *login) {
	u.save(i, l, "POST", map[string]string{fmt.Sprint("key", u.rng.IntN(5)): "", "removed": u.unique()})
}

func (u *user) save(i *instance, l *login, method string, changes map[string]string) {
	query := make(url.Values)
	for key, value := range changes {
		query.Set(key, value)
	}
	u.wrote(l, u.call(i, method, "/data", query, l, nil), changes)
}

func (u *user) wrote(l *login, r reply, changes map[string]string) {
	switch {
	case l.accepted(r, false) && u.ok(l, r, nil):
		l.saved(changes)
	case r.status != 401:
		l.unsaved(changes)
	}
}

func (u *user) decrypt(i *instance, l *login) {
	p := u.phones[u.rng.IntN(len(u.phones))]
	// The server keeps at most eight session keys of a user. It uses a replaced key for at
	// most five minutes. The limits in the condition are lower, to be safe.
	if !p.known || p.newer > 5 || time.Since(p.since) > 4*time.Minute {
		return
	}
	want := secret{u.openID, u.unique()}
	var data wxauth.Encrypted
	data.EncryptedData, data.IV = p.Encrypt(want)
	r := u.call(i, "POST", "/decrypt", nil, l, data)
	if !l.accepted(r, true) || r.status == 409 && l.state == dead {
		return
	}
	var got secret
	if u.ok(l, r, &got) && got != want {
		u.storm.wrong(u, l, "decrypted is something else", r)
	}
}

func (u *user) decryptElsewhere() {
	i := u.instance()
	if l := u.login(i, nil); l != nil {
		u.decrypt(u.other(i), l)
	}
}

func (u *user) list(i *instance) {
	r := u.call(i, "GET", "/logins", u.named("", ""), nil, nil)
	var got []wxauth.ActiveLogin
	if u.storm.failed(r) || !u.ok(nil, r, &got) {
		return
	}
	listed := make(map[string]bool)
	for _, l := range got {
		listed[l.LoginID] = true
	}
	for _, l := range u.logins {
		if l.state == live && !listed[l.id] {
			u.storm.wrong(u, l, "a live login is not listed", r)
		}
		if l.state == dead && l.ended && listed[l.id] {
			u.storm.wrong(u, l, "an ended login is listed", r)
		}
	}
}

func (u *user) audit() {
	if u.storm.cached {
		time.Sleep(staleness)
	}
	u.list(u.instance())
	for _, l := range u.logins {
		for _, i := range u.storm.instances {
			u.me(i, l)
			u.read(i, l)
		}
	}
	if u.login(u.instance(), nil) == nil {
		u.storm.report.wrong(u.openID + ": no login after the storm")
	}
}
