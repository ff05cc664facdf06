package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// application contains the dependencies of the handlers.
type application struct {
	auth     *wxauth.Auth
	sessions *scs.SessionManager
}

// routes returns a mux with all endpoints of the application. Auth.Require calls the
// handler only if the user is logged in. Auth.LoadAndSave does the same. It also loads the
// session of the login, and saves the data that the handler changed.
func (a application) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /login", a.auth.LoginHandler())
	mux.Handle("GET /wxopen/getOpenIdAndSessionKey", a.auth.LoginHandler()) // where the mini programs of many tutorials log in
	mux.Handle("POST /logout", a.auth.LogoutHandler())
	mux.Handle("POST /logout/everywhere", a.auth.Require(http.HandlerFunc(a.logoutEverywhere)))
	mux.Handle("GET /session", a.auth.SessionHandler())
	mux.Handle("GET /me", a.auth.LoadAndSave(http.HandlerFunc(a.me)))
	mux.Handle("POST /steps", a.auth.LoadAndSave(http.HandlerFunc(a.steps)))
	mux.Handle("POST /phone", a.auth.Require(http.HandlerFunc(a.phone)))
	mux.HandleFunc("GET /readyz", a.ready)
	return mux
}

// findUser implements Config.OnLogin. A real application looks up the openid in
// its table of users, and adds a row for a new user. This application has no
// database. It derives the user id from the appid and the openid.
func findUser(_ *http.Request, id wxauth.Identity) (userID string, err error) {
	sum := sha256.Sum256([]byte(id.AppID + "\x00" + id.OpenID))
	return "u-" + hex.EncodeToString(sum[:6]), nil
}

// me answers with data of the logged-in user. It takes the user id from the login, and
// never from a parameter of the request. The answer contains the application's user id
// instead of the openid.
func (a application) me(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	visits := a.sessions.GetInt(r.Context(), "visits") + 1
	a.sessions.Put(r.Context(), "visits", visits)
	writeJSON(w, struct {
		User   string `json:"user"`
		Visits int    `json:"visits"` // since this login
		Steps  int    `json:"steps,omitempty"`
	}{id.UserID, visits, a.sessions.GetInt(r.Context(), "steps")})
}

// steps decrypts the result of wx.getWeRunData. The mini program cannot decrypt
// this result, because only this server and WeChat know the session_key.
func (a application) steps(w http.ResponseWriter, r *http.Request) {
	var data wxauth.Encrypted
	if !readJSON(w, r, &data) {
		return
	}
	data.MaxAge = 10 * time.Minute
	var run wxapi.WeRunData
	if err := a.auth.Decrypt(r.Context(), data, &run); err != nil {
		a.auth.WriteError(w, r, err)
		return
	}
	steps := 0
	if days := run.StepInfoList; len(days) > 0 {
		steps = days[len(days)-1].Step // today
	}
	a.sessions.Put(r.Context(), "steps", steps)
	writeJSON(w, struct {
		Steps int `json:"steps"`
	}{steps})
}

// phone exchanges the code of the getPhoneNumber button for the phone number. It masks
// numbers of more than 7 digits, because the mini program does not need all digits.
func (a application) phone(w http.ResponseWriter, r *http.Request) {
	var button struct {
		Code string `json:"code"`
	}
	if !readJSON(w, r, &button) {
		return
	}
	number, err := a.auth.PhoneNumber(r.Context(), button.Code)
	if err != nil {
		a.auth.WriteError(w, r, err)
		return
	}
	masked := number.PurePhoneNumber
	if n := len(masked); n > 7 {
		masked = masked[:3] + "****" + masked[n-4:]
	}
	writeJSON(w, struct {
		Phone string `json:"phone"`
	}{masked})
}

// logoutEverywhere ends all logins of the user. Until the expiry time of such a login, a 401 for
// its token contains the reason. So the mini program can ask the user before it logs in again.
func (a application) logoutEverywhere(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	n, err := a.auth.Revoke(r.Context(), id, "logged_out_everywhere")
	if err != nil {
		a.auth.WriteError(w, r, err)
		return
	}
	writeJSON(w, struct {
		Ended int `json:"ended"`
	}{n})
}

// ready answers the readiness probe of a load balancer. It logs the cause of a
// failure, and does not send the cause to the client.
func (a application) ready(w http.ResponseWriter, r *http.Request) {
	if err := a.auth.Ready(r.Context()); err != nil {
		log.Print("not ready: ", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
	}
}

func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(v)
	if err != nil {
		http.Error(w, "the body is not a JSON object of the expected form", http.StatusBadRequest)
	}
	return err == nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v)
}
