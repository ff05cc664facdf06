package wxauth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// myDevices is an application that lists the devices of a user. The expiry of a login causes
// no event, so the map keeps the device name of an expired login.
type myDevices struct {
	auth  *wxauth.Auth // set after wxauth.New returns
	mu    sync.Mutex
	names map[string]string // from LoginID to the device's name
}

func (d *myDevices) onLogin(r *http.Request, id wxauth.Identity) (userID string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names[id.LoginID] = r.Header.Get("Device-Name")
	return "", nil
}

func (d *myDevices) onEvent(_ context.Context, e wxauth.Event) {
	if e.Name == wxauth.EventEnd || e.Name == wxauth.EventLogout {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.names, e.LoginID)
	}
}

func (d *myDevices) list(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	logins, err := d.auth.Logins(r.Context(), id)
	if err != nil {
		d.auth.WriteError(w, r, err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	names := make(map[string]string) // the keys are LoginIDs, which do not reveal the token
	for _, l := range logins {
		names[l.LoginID] = d.names[l.LoginID]
	}
	json.NewEncoder(w).Encode(names)
}

func (d *myDevices) end(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	var err error
	if which := r.FormValue("login"); which == "others" {
		_, err = d.auth.RevokeOthers(r.Context(), id, "ended_elsewhere")
	} else {
		id.LoginID = which
		_, err = d.auth.EndLogin(r.Context(), id, "ended_elsewhere")
	}
	if err != nil {
		d.auth.WriteError(w, r, err)
	}
}

func TestPortDevices(t *testing.T) {
	d := &myDevices{names: make(map[string]string)}
	auth, wechat := newAuth(t, wxauth.Config{OnLogin: d.onLogin, OnEvent: d.onEvent, MaxLogins: 4})
	d.auth = auth
	tokens, ids := make(map[string]string), make(map[string]string)
	logIn := func(openID, name string) {
		r := requestWith(tokens[name])
		r.URL.RawQuery = "code=" + wechat.Phone(appID, openID).Login()
		r.Header.Set("Device-Name", name)
		w := newRecorder()
		auth.LoginHandler().ServeHTTP(w, r)
		tokens[name] = tokenOf(t, w)
		id, _ := auth.Authenticate(background, tokens[name])
		ids[name] = id.LoginID
	}
	check := func(from string, want ...string) {
		t.Helper()
		var names map[string]string
		json.Unmarshal(serve(auth.Require(http.HandlerFunc(d.list)), "GET", "/devices", tokens[from], "").Body.Bytes(), &names)
		var got []string
		for id, name := range names {
			if ids[name] != id {
				t.Errorf("%s has another LoginID", name)
			}
			got = append(got, name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the list on the %s (-want +got):\n%s", from, diff)
		}
	}
	end := func(from, which string) {
		t.Helper()
		if w := serve(auth.Require(http.HandlerFunc(d.end)), "POST", "/devices/end?login="+which, tokens[from], ""); w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	for _, name := range []string{"phone", "tablet", "car", "watch"} {
		logIn(openID, name)
	}
	logIn("another user", "stranger's phone")
	check("phone", "car", "phone", "tablet", "watch")
	end("phone", ids["tablet"])
	check("phone", "car", "phone", "watch")
	end("phone", ids["stranger's phone"]) // another user's login, so nothing ends
	check("stranger's phone", "stranger's phone")
	logIn(openID, "phone") // replaces the phone's old login
	check("phone", "car", "phone", "watch")
	renewed, err := renew(t, auth, auth.Require, tokens["phone"], "")
	if err != nil {
		t.Fatal(err)
	}
	tokens["phone"] = renewed.Token
	check("phone", "car", "phone", "watch")
	logIn(openID, "laptop")
	logIn(openID, "television") // the fifth live login of the user; MaxLogins is 4, so the car's login ends
	auth.Logout(requestWith(tokens["laptop"]))
	end("television", "others")
	check("television", "television")
	if got := reasonOf(auth, tokens["phone"]); got != "401 ended_elsewhere" {
		t.Errorf("the phone: %s", got)
	}
	if diff := cmp.Diff(map[string]string{ids["television"]: "television", ids["stranger's phone"]: "stranger's phone"}, d.names); diff != "" {
		t.Errorf("the names that are kept (-want +got):\n%s", diff)
	}
}
