package wxauth

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Login is a login that succeeded, as Config.ReplyLogin receives it. The Identity
// is not for the client.
type Login struct {
	Identity
	Token string // what the client sends with each request
}

// text describes a login without its token and without its user.
func (l Login) text() string { return "login until " + l.Until.Format(time.RFC3339) }

// Format implements fmt.Formatter. A Login prints without its token. A struct
// that holds a Login in an unexported field prints the token: package fmt does
// not call methods there.
func (l Login) Format(f fmt.State, _ rune) { fmt.Fprint(f, l.text()) }

// LogValue implements slog.LogValuer.
func (l Login) LogValue() slog.Value { return slog.StringValue(l.text()) }

// MarshalText implements encoding.TextMarshaler. Config.ReplyLogin sends the
// members that the client needs one by one.
func (l Login) MarshalText() ([]byte, error) { return []byte(l.text()), nil }

// LoginHandler logs a user in. It takes POST with "code" and, where there are
// several mini programs, "appid", as JSON or as a form. It also takes GET with
// both in the query, as the mini programs of many tutorials send them. The
// pattern that it is mounted under decides which of these is reachable.
//
// If the request carries the token of an older login, that login ends. Requests
// that bring one code at the same time get the same login.
func (a *Auth) LoginHandler() http.Handler { return http.HandlerFunc(a.serveLogin) }

func (a *Auth) serveLogin(w http.ResponseWriter, r *http.Request) {
	start := a.begin()
	req, err := a.readLogin(w, r)
	if err != nil {
		a.emit(r.Context(), Event{Name: EventLogin, AppID: a.apps.only}, start, err)
		a.writeError(w, r, a.asError(EventLogin, a.apps.only, err))
		return
	}
	login, err := a.loginByCode(r, req, start)
	r = req.withBody(r)
	if err != nil {
		a.writeError(w, r, a.asError(EventLogin, req.client.AppID(), err))
		return
	}
	a.WriteLogin(w, r, login)
}

// WriteLogin answers a request with a login, by Config.ReplyLogin, as LoginHandler
// does.
func (a *Auth) WriteLogin(w http.ResponseWriter, r *http.Request, login Login) {
	w.Header().Set("Cache-Control", "no-store")
	a.replyLogin(w, r, login)
}

// replyToken answers a login with the members of RFC 6749 section 5.1, and
// expires_at.
func replyToken(w http.ResponseWriter, _ *http.Request, login Login) {
	in, at := expiry(login.Until)
	writeJSON(w, "application/json", http.StatusOK, struct {
		Token     string `json:"token"`
		TokenType string `json:"token_type"`
		ExpiresIn int64  `json:"expires_in"`
		ExpiresAt string `json:"expires_at"`
	}{login.Token, "Bearer", in, at})
}
