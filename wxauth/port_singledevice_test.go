package wxauth_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxtest"
)

// singleDevice returns a complete application that allows each user one device at a time.
func singleDevice(c wxauth.Config) (http.Handler, error) {
	c.MaxLogins = 1
	auth, err := wxauth.New(c)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/login", auth.LoginHandler())
	mux.Handle("/me", auth.Require(me))
	return mux, nil
}

// openPhone simulates a mini program that stays open on a phone.
type openPhone struct {
	server http.Handler
	phone  *wxtest.Phone
	token  string
	logins int
	shown  []string
}

func (p *openPhone) login() {
	w := serve(p.server, "POST", "/login", p.token, `{"code":"`+p.phone.Login()+`"}`)
	var reply struct{ Token string }
	json.Unmarshal(w.Body.Bytes(), &reply)
	p.token = reply.Token
	p.logins++
}

func (p *openPhone) request() (status int) {
	for range 2 {
		if p.token == "" {
			p.login()
		}
		w := serve(p.server, "GET", "/me", p.token, "")
		status = w.Code
		var problem struct{ Reason string }
		json.Unmarshal(w.Body.Bytes(), &problem)
		if status != http.StatusUnauthorized {
			return status
		}
		if problem.Reason != "" {
			p.shown = append(p.shown, problem.Reason)
			return status
		}
		p.token = ""
	}
	return status
}

// TestPortSingleDevice checks that two open phones of one user do not end each other's
// login again and again.
func TestPortSingleDevice(t *testing.T) {
	wechat := wxtest.NewServer(app)
	c := wxauth.Config{Apps: []wxauth.App{app}}
	c.API.Transport = wechat.Transport()
	server, err := singleDevice(c)
	if err != nil {
		t.Fatal(err)
	}
	old, new := &openPhone{server: server, phone: wechat.Phone(appID, openID)}, &openPhone{server: server, phone: wechat.Phone(appID, openID)}
	for range 10 {
		old.request()
		new.request()
	}
	if old.logins+new.logins > 2 || new.request() != 200 || len(new.shown) > 0 {
		t.Errorf("%d and %d logins in 20 requests; the new phone shows %v", old.logins, new.logins, new.shown)
	}
	if diff := cmp.Diff("replaced", old.shown[0]); diff != "" || old.request() != 401 {
		t.Errorf("the old phone shows (-want +got):\n%s", diff)
	}
	old.login()
	if old.request() != 200 || new.request() != 401 || len(new.shown) != 1 {
		t.Errorf("the user logs in on the old phone: it gets %d, the other %d", old.request(), new.request())
	}
	// The old phone sends its token when it logs in again. The login of the sent token must
	// end without a reason, because the phone would show a reason to the user.
	shown, before := len(old.shown), old.token
	old.login()
	again := &openPhone{server: server, phone: old.phone, token: before}
	if status := again.request(); status != 200 || again.logins != 1 || len(again.shown) > 0 || old.request() != 401 || len(old.shown) != shown+1 {
		t.Errorf("a late request with the phone's own old token: %d, shown %v", status, again.shown)
	}
}
