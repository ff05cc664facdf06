package wxauth_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// enveloped is an application whose handlers always answer with HTTP status 200 and a body
// {code, msg, data}. Its mini program sends only GET requests.
type enveloped struct{ auth *wxauth.Auth }

func answerEnvelope(w http.ResponseWriter, code int, msg string, data any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"code": code, "msg": msg, "data": data})
}

func (enveloped) configure(c *wxauth.Config) {
	c.ReplyLogin = func(w http.ResponseWriter, _ *http.Request, l wxauth.Login) {
		answerEnvelope(w, 0, "ok", map[string]any{"token": l.Token, "hours": int(time.Until(l.Until).Hours() + 0.5)})
	}
	c.ReplyError = func(w http.ResponseWriter, _ *http.Request, e *wxauth.Error) {
		answerEnvelope(w, e.Status, e.Detail, map[string]any{"code": e.Code, "reason": e.Reason})
	}
}

func (e enveloped) logout(w http.ResponseWriter, r *http.Request) {
	if err := e.auth.Logout(r); err != nil {
		e.auth.WriteError(w, r, err)
		return
	}
	answerEnvelope(w, 0, "ok", nil)
}

func (e enveloped) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /login", e.auth.LoginHandler())
	mux.HandleFunc("GET /logout", e.logout)
	mux.Handle("GET /me", e.auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answerEnvelope(w, 0, "ok", "you")
	})))
	return mux
}

func TestPortEnvelope(t *testing.T) {
	var e enveloped
	c := wxauth.Config{OnLogin: func(_ *http.Request, id wxauth.Identity) (string, error) {
		if id.OpenID == "banned" {
			return "", &wxauth.Error{Code: "banned", Status: 403, Detail: "this account is closed", Reason: "spam"}
		}
		return "", nil
	}}
	e.configure(&c)
	store := newTestStore()
	c.Sessions = sessionsIn(store)
	auth, wechat := newAuth(t, c)
	e.auth = auth
	server := e.routes()
	get := func(path, token string) map[string]any {
		t.Helper()
		w := serve(server, "GET", path, token, "")
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		return got
	}
	ok := func(data any) map[string]any { return map[string]any{"code": 0.0, "msg": "ok", "data": data} }
	failed := func(status float64, msg, code, reason string) map[string]any {
		return map[string]any{"code": status, "msg": msg, "data": map[string]any{"code": code, "reason": reason}}
	}
	check := func(what string, want, got map[string]any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	login := func(openID string) map[string]any { return get("/login?code="+wechat.Phone(appID, openID).Login(), "") }
	data := login(openID)["data"].(map[string]any)
	token := data["token"].(string)
	check("login", map[string]any{"token": token, "hours": 168.0}, data)
	check("a request", ok("you"), get("/me", token))
	store.set(down)
	check("logout, the store is down", failed(503, "the login service is temporarily unavailable; existing logins remain valid", "store_unavailable", ""), get("/logout", token))
	store.set(nil)
	check("logout", ok(nil), get("/logout", token))
	check("logout again", ok(nil), get("/logout", token))
	check("a request then", failed(401, "log in with a new code of wx.login", "not_logged_in", ""), get("/me", token))
	check("a refused user", failed(403, "this account is closed", "banned", "spam"), login("banned"))
	check("no code", failed(400, `"code" is missing; send the code that wx.login gives`, "invalid_request", ""), get("/login", ""))
	token = login(openID)["data"].(map[string]any)["token"].(string)
	auth.Revoke(background, alice, "new_device")
	check("a login that was ended", failed(401, "this login was ended; tell the user, who may log in again", "not_logged_in", "new_device"), get("/me", token))
}
