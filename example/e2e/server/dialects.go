package main

import (
	"encoding/json"
	"net/http"

	"example.com/wxlogin/wxauth"
)

// dialects returns Configs for front-ends that do not use the defaults of wxauth. The
// key is the first element of the path, as in /header/login. The key "getlogout" has the
// unchanged config, because its front-end differs only in the method of the logout: GET.
func dialects(config wxauth.Config) map[string]wxauth.Config {
	header, raw, principal, envelope, coded, coded200 := config, config, config, config, config, config
	header.Token = wxauth.HeaderToken("X-Token")
	raw.Token = wxauth.HeaderToken("Authorization") // the header contains only the token, without Bearer
	principal.Code = principalCode
	envelope.ReplyLogin, envelope.ReplyError = replyEnvelope, replyErrorEnvelope
	coded.ReplyLogin, coded.ReplyError = replyCoded, replyErrorCoded
	coded200.ReplyLogin, coded200.ReplyError = replyCoded, replyErrorCoded200
	return map[string]wxauth.Config{
		"header": header, "raw": raw, "principal": principal, "envelope": envelope,
		"coded": coded, "coded200": coded200, "getlogout": config,
	}
}

func mountDialects(mux *http.ServeMux, config wxauth.Config, s *shop) error {
	for name, config := range dialects(config) {
		auth, err := wxauth.New(config)
		if err != nil {
			return err
		}
		write := reply
		switch name {
		case "envelope":
			write = writeEnvelope
		case "coded", "coded200":
			write = writeCoded
		}
		mux.Handle("POST /"+name+"/login", auth.LoginHandler())
		mux.Handle("GET /"+name+"/me", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := wxauth.FromContext(r.Context())
			write(w, map[string]any{"user": id.UserID})
		})))
		mux.Handle("POST /"+name+"/orders", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			write(w, map[string]any{"order": s.orders.Add(1)})
		})))
		logout := func(w http.ResponseWriter, r *http.Request) {
			if err := auth.Logout(r); err != nil {
				auth.WriteError(w, r, err)
				return
			}
			write(w, map[string]any{})
		}
		if name == "getlogout" {
			mux.HandleFunc("GET /"+name+"/logout", logout)
		} else {
			mux.HandleFunc("POST /"+name+"/logout", logout)
		}
	}
	return nil
}

// principalCode implements Config.Code for a body such as {"principal":"…"}.
func principalCode(r *http.Request) (code, appID string) {
	var body struct{ Principal string }
	json.NewDecoder(r.Body).Decode(&body) // the error is ignored, because wxauth reports a malformed body
	return body.Principal, ""
}

// envelope is the response body of the endpoints under /envelope/. The HTTP status of
// these endpoints is always 200.
type envelope struct {
	Code    int    `json:"code"` // 0 for a success, otherwise the Status of the wxauth.Error
	Msg     string `json:"msg"`
	Reason  string `json:"reason,omitempty"`
	Data    any    `json:"data"`
	Expires int    `json:"expires,omitempty"`
}

func writeEnvelope(w http.ResponseWriter, data any) { reply(w, envelope{Data: data}) }

func replyEnvelope(w http.ResponseWriter, _ *http.Request, login wxauth.Login) {
	reply(w, envelope{Data: login.Token, Expires: int(login.Until.Sub(login.Since).Seconds())})
}

func replyErrorEnvelope(w http.ResponseWriter, _ *http.Request, e *wxauth.Error) {
	reply(w, envelope{Code: e.Status, Msg: e.Detail, Reason: e.Reason})
}

// coded is the response body of the endpoints under /coded/ and /coded200/. The HTTP
// status of an error is the Status of the wxauth.Error under /coded/, and 200 under
// /coded200/.
type coded struct {
	Code   string `json:"code"` // "ok" for a success, otherwise the Code of the wxauth.Error
	Msg    string `json:"msg,omitempty"`
	Reason string `json:"reason,omitempty"`
	Data   any    `json:"data,omitempty"`

	RetryAfter float64 `json:"retry_after,omitempty"` // in seconds, only under /coded200/
}

func writeCoded(w http.ResponseWriter, data any) { reply(w, coded{Code: "ok", Data: data}) }

func replyCoded(w http.ResponseWriter, _ *http.Request, login wxauth.Login) {
	writeCoded(w, map[string]any{"token": login.Token, "expires_in": int(login.Until.Sub(login.Since).Seconds())})
}

func replyErrorCoded(w http.ResponseWriter, _ *http.Request, e *wxauth.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	reply(w, coded{Code: e.Code, Msg: e.Detail, Reason: e.Reason})
}

func replyErrorCoded200(w http.ResponseWriter, _ *http.Request, e *wxauth.Error) {
	reply(w, coded{Code: e.Code, Msg: e.Detail, Reason: e.Reason, RetryAfter: e.RetryAfter.Seconds()})
}
