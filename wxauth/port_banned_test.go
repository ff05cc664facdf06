package wxauth_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"example.com/wxlogin/wxauth"
)

// club is an application that can ban a member.
type club struct {
	auth   *wxauth.Auth // set after wxauth.New returns
	banned sync.Map     // the keys are openids
}

var errBanned = &wxauth.Error{Code: "banned", Status: http.StatusForbidden, Detail: "this membership was ended", Reason: "banned"}

func (c *club) onLogin(_ *http.Request, id wxauth.Identity) (userID string, err error) {
	if _, banned := c.banned.Load(id.OpenID); banned {
		return "", errBanned
	}
	return "member " + id.OpenID, nil
}

// ban first records the ban, so onLogin refuses new logins. Revoke then ends the existing
// logins, and refuses a login that has passed onLogin but is not stored yet.
func (c *club) ban(ctx context.Context, member wxauth.Identity) error {
	c.banned.Store(member.OpenID, true)
	_, err := c.auth.Revoke(ctx, member, "banned")
	return err
}

func (c *club) renew(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	login, err := c.auth.Renew(r.Context(), id)
	if err != nil {
		c.auth.WriteError(w, r, err)
		return
	}
	c.auth.WriteLogin(w, r, login)
}

func TestPortBanned(t *testing.T) {
	c := new(club)
	ban := func() {
		if err := c.ban(background, alice); err != nil {
			t.Error(err)
		}
	}
	meanwhile := func() {}
	auth, wechat := newAuth(t, wxauth.Config{OnLogin: func(r *http.Request, id wxauth.Identity) (string, error) {
		userID, err := c.onLogin(r, id)
		meanwhile()
		return userID, err
	}})
	c.auth = auth
	phone := wechat.Phone(appID, openID)
	tokens := []string{login(t, auth, phone), login(t, auth, wechat.Phone(appID, openID))}
	other := login(t, auth, wechat.Phone(appID, "another member"))

	w := serve(auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ban()
		c.renew(w, r)
	})), "POST", "/renew", tokens[0], "")
	if w.Code != 401 {
		t.Errorf("the renewal: %d %s", w.Code, w.Body)
	}
	for _, token := range tokens {
		if got := reasonOf(auth, token); got != "401 banned" {
			t.Errorf("a login of before: %s", got)
		}
	}
	if got := reasonOf(auth, other); got != "200" {
		t.Errorf("another member: %s", got)
	}
	w = post(background, auth, phone.Login())
	if w.Code != 403 || code(w) != "banned" {
		t.Errorf("a login: %d %s", w.Code, w.Body)
	}
	if logins, err := auth.Logins(background, alice); len(logins) > 0 || err != nil {
		t.Errorf("Logins: %v, %v", logins, err)
	}
	// The member is banned again while a new login is in progress.
	c.banned.Delete(openID)
	token := login(t, auth, phone)
	meanwhile = ban
	if w := post(background, auth, phone.Login()); w.Code != 401 {
		t.Errorf("a login under way: %d %s", w.Code, w.Body)
	}
	if got := reasonOf(auth, token); got != "401 banned" {
		t.Errorf("the login before it: %s", got)
	}
}
