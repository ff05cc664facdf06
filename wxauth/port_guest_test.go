package wxauth_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// market is an application in which every user starts as a guest. A guest who gives a
// phone number gets the account of that number.
type market struct {
	auth     *wxauth.Auth // set after wxauth.New returns
	sessions *scs.SessionManager
	mu       sync.Mutex
	users    map[string]string // from openid to UserID
	accounts map[string]string // from phone number to UserID
}

func (m *market) onLogin(r *http.Request, id wxauth.Identity) (userID string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users[id.OpenID] == "" {
		m.users[id.OpenID] = "guest " + id.OpenID
	}
	return m.users[id.OpenID], nil
}

// bind is the handler of POST /phone, under LoadAndSave.
func (m *market) bind(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	number, err := m.auth.PhoneNumber(r.Context(), r.FormValue("code"))
	if err != nil {
		m.auth.WriteError(w, r, err)
		return
	}
	m.sessions.Put(r.Context(), "was", id.UserID)
	m.mu.Lock()
	account, known := m.accounts[number.PurePhoneNumber]
	if !known {
		account = "account " + number.PurePhoneNumber
		m.accounts[number.PurePhoneNumber] = account
	}
	m.users[id.OpenID] = account // set before RevokeOthers, so that a login after RevokeOthers gets the account
	m.mu.Unlock()
	id.UserID = account
	login, err := m.auth.Renew(r.Context(), id)
	if err == nil {
		m.sessions.Put(r.Context(), "number", number.PurePhoneNumber)
		// The empty reason lets the user's other devices log in again without asking the user.
		_, err = m.auth.RevokeOthers(r.Context(), login.Identity, "")
	}
	if err == nil {
		err = m.auth.Save(r.Context())
	}
	if err != nil {
		m.auth.WriteError(w, r, err)
		return
	}
	m.auth.WriteLogin(w, r, login)
}

func TestPortGuestBecomesAnAccount(t *testing.T) {
	store := newTestStore()
	m := &market{sessions: sessionsIn(store), users: make(map[string]string), accounts: map[string]string{"13580006666": "account 7"}}
	var hold func() // delays a login after onLogin has looked up the user
	auth, wechat := newAuth(t, wxauth.Config{Sessions: m.sessions, OnLogin: func(r *http.Request, id wxauth.Identity) (string, error) {
		userID, err := m.onLogin(r, id)
		if hold != nil {
			hold()
		}
		return userID, err
	}})
	m.auth = auth
	user := func(token string) string {
		id, err := auth.Authenticate(background, token)
		if err != nil {
			return reasonOf(auth, token)
		}
		return id.UserID
	}
	phone, tablet := wechat.Phone(appID, openID), wechat.Phone(appID, openID)
	token, other := login(t, auth, phone), login(t, auth, tablet)
	serve(auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m.sessions.Put(r.Context(), "cart", "apples")
	})), "POST", "/cart", token, "")

	// The OnLogin of a third device looks up the user before bind sets the account, and
	// returns after bind.
	entered, leave, done := make(chan bool), make(chan bool), make(chan string, 1)
	hold = func() {
		entered <- true
		<-leave
	}
	go func() { done <- code(post(background, auth, wechat.Phone(appID, openID).Login())) }()
	<-entered
	hold = nil

	w := serve(auth.LoadAndSave(http.HandlerFunc(m.bind)), "POST", "/phone?code="+phone.PhoneCode("86", "13580006666"), token, "")
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	close(leave)
	if got := <-done; got != wxauth.CodeNotLoggedIn {
		t.Errorf("the login during the merge: %s", got)
	}
	renewed := tokenOf(t, w)
	got := map[string]string{"phone": user(renewed), "old token": user(token), "tablet": user(other), "tablet again": user(login(t, auth, tablet))}
	want := map[string]string{"phone": "account 7", "old token": "401", "tablet": "401", "tablet again": "account 7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b := beside{store: store, sessions: m.sessions}
	if diff := cmp.Diff(map[string]any{"cart": "apples", "was": "guest " + openID, "number": "13580006666"}, b.values(t, renewed)); diff != "" {
		t.Errorf("the session (-want +got):\n%s", diff)
	}
	// Another user gives a number that has no account yet.
	guest := login(t, auth, wechat.Phone(appID, "another user"))
	w = serve(auth.LoadAndSave(http.HandlerFunc(m.bind)), "POST", "/phone?code="+wechat.Phone(appID, "another user").PhoneCode("86", "13580001111"), guest, "")
	var reply struct{ Token string }
	json.Unmarshal(w.Body.Bytes(), &reply)
	if user(reply.Token) != "account 13580001111" {
		t.Errorf("%d %s: %s", w.Code, w.Body, user(reply.Token))
	}
}
