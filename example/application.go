package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// findUser is Config.OnLogin. An application looks the openid up among its
// users here, and makes one where there is none. This one has no database, so
// its user ids follow from the openid.
func findUser(_ context.Context, id wxauth.Identity) (userID string, err error) {
	sum := sha256.Sum256([]byte(id.AppID + "\x00" + id.OpenID))
	return "u-" + hex.EncodeToString(sum[:6]), nil
}

// application has the handlers of what the mini program is for.
type application struct {
	auth     *wxauth.Auth
	sessions *scs.SessionManager
}

// me answers with the caller's own data. Who that is comes from the login, not
// from the request, and the answer has the application's own user id in it, not
// the openid.
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

// steps takes what wx.getWeRunData gave the mini program, which can't read it:
// the key to it never left this server.
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
		steps = days[len(days)-1].Step // today's
	}
	a.sessions.Put(r.Context(), "steps", steps)
	writeJSON(w, struct {
		Steps int `json:"steps"`
	}{steps})
}

// phone takes the code of the getPhoneNumber button. The mini program gets the
// number to show, not to use.
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
	shown := number.PurePhoneNumber
	if n := len(shown); n > 7 {
		shown = shown[:3] + "****" + shown[n-4:]
	}
	writeJSON(w, struct {
		Phone string `json:"phone"`
	}{shown})
}

// logoutEverywhere ends all of the caller's logins, on every device.
func (a application) logoutEverywhere(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	n, err := a.auth.Revoke(r.Context(), id.AppID, id.OpenID)
	if err != nil {
		a.auth.WriteError(w, r, err)
		return
	}
	writeJSON(w, struct {
		Ended int `json:"ended"`
	}{n})
}

func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(v)
	if err != nil {
		http.Error(w, "want a JSON object", http.StatusBadRequest)
	}
	return err == nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v)
}
