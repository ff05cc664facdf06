package wxauth

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Login is the identity and the token of a successful login. Of these, the default of
// Config.ReplyLogin sends only Token and Until to the client.
type Login struct {
	Identity
	// Token is the secret that the client sends with each request. It has 43
	// characters: letters, digits, "-" and "_".
	Token string
}

func (l Login) text() string { return "login until " + l.Until.Format(time.RFC3339) }

// Format implements fmt.Formatter. It prints a Login without its token. If a struct
// holds a Login in an unexported field, printing the struct still shows the token,
// because package fmt does not call methods of unexported fields. Package fmt also does
// not call Format for %p and for %w, so never print a Login with these verbs.
func (l Login) Format(f fmt.State, _ rune) { fmt.Fprint(f, l.text()) }

// LogValue implements slog.LogValuer. Like Format, it hides the token.
func (l Login) LogValue() slog.Value { return slog.StringValue(l.text()) }

// MarshalText implements encoding.TextMarshaler. The text does not contain the token.
// encoding/json uses this text, so a Config.ReplyLogin that sends JSON must copy the
// token into a value of another type.
func (l Login) MarshalText() ([]byte, error) { return []byte(l.text()), nil }

// LoginHandler returns a handler that logs a user in. It accepts POST with a body of at
// most 8 KiB. The body must be a JSON object or a URL-encoded form. It contains the code as
// "code", and can contain the AppID of the mini program as "appid". If Config.Code returns
// the code, the body can have any other Content-Type or be empty. The handler also accepts
// GET with the same values in the query, because many tutorials for mini programs use GET.
// To allow only one method, name the method in the pattern under which you mount the
// handler.
//
// The handler exchanges the code by wxapi.Client.Code2Session, which normally calls
// WeChat by GET /sns/jscode2session. If WeChat rejects the code, the answer is 400
// (invalid_code). See Config.ReplyLogin and Config.ReplyError for the form of the
// answers.
//
// If the request carries the token of an older login, a successful login normally ends
// the older login. If concurrent requests to one Auth have the same appid and code, they
// get the same login.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
func (a *Auth) LoginHandler() http.Handler { return http.HandlerFunc(a.serveLogin) }

func (a *Auth) serveLogin(w http.ResponseWriter, r *http.Request) {
	start := a.begin()
	req, err := a.readLogin(w, r)
	if err != nil {
		a.emit(r.Context(), Event{Name: EventLogin}, start, err)
		a.writeError(w, r, a.asError(EventLogin, "", err))
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

// WriteLogin writes the answer to a successful login, as LoginHandler does. It sets the
// header Cache-Control to no-store and calls Config.ReplyLogin.
func (a *Auth) WriteLogin(w http.ResponseWriter, r *http.Request, login Login) {
	w.Header().Set("Cache-Control", "no-store")
	a.replyLogin(w, r, login)
}

// replyToken is the default of Config.ReplyLogin. RFC 6749 section 5.1 defines the
// members token_type and expires_in.
func replyToken(w http.ResponseWriter, _ *http.Request, login Login) {
	in, at := expiry(login.Until)
	writeJSON(w, "application/json", http.StatusOK, struct {
		Token     string `json:"token"`
		TokenType string `json:"token_type"`
		ExpiresIn int64  `json:"expires_in"`
		ExpiresAt string `json:"expires_at"`
	}{login.Token, "Bearer", in, at})
}
