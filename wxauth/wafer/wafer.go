package wafer

import (
	"encoding/json"
	"net/http"

	"example.com/wxlogin/wxauth"
)

// Configure sets the fields Token, Code, ReplyLogin and ReplyError of c to functions
// for the requests and replies of the SDKs. It does not change the other fields. Call
// Configure before [wxauth.New].
func Configure(c *wxauth.Config) {
	c.Token = wxauth.HeaderToken("X-WX-Skey")
	c.Code = func(r *http.Request) (code, appID string) { return r.Header.Get(codeHeader), "" }
	c.ReplyLogin = replyLogin
	c.ReplyError = replyError
}

const codeHeader = "X-WX-Code"

// reply contains the members for all three SDKs. Each SDK ignores the members for the
// other SDKs.
type reply struct {
	// The SDK wafer2 accepts a login if Code is 0. If Code is -1 in any reply, wafer2
	// logs in again, as it does after status 401.
	Code int   `json:"code"`
	Data *data `json:"data,omitempty"`

	// The other two SDKs ignore the HTTP status. For these SDKs, a reply with Magic
	// contains a new login or an error. After an error, the SDKs delete their login. If
	// the error is ERR_INVALID_SESSION, they log in again.
	Magic   int      `json:"F2C224D4-2BCE-4C64-AF9F-A6D872000D1A,omitempty"`
	Session *session `json:"session,omitempty"`

	Error   string `json:"error,omitempty"`
	Message string `json:"message,omitempty"`
}

type data struct {
	Skey     string   `json:"skey"`
	UserInfo struct{} `json:"userinfo"` // required
}

type session struct {
	ID   string `json:"id"` // required; the SDKs send it back as X-WX-Id
	Skey string `json:"skey"`
}

func replyLogin(w http.ResponseWriter, _ *http.Request, login wxauth.Login) {
	write(w, http.StatusOK, reply{
		Data:    &data{Skey: login.Token},
		Magic:   1,
		Session: &session{ID: "1", Skey: login.Token}, // the SDKs need an id, but the server checks only the token
	})
}

func replyError(w http.ResponseWriter, r *http.Request, err *wxauth.Error) {
	status := err.Status
	e := reply{Code: status, Error: err.Code, Message: http.StatusText(err.Status)}
	switch {
	case status == http.StatusUnauthorized && err.Reason == "":
		e.Code, e.Magic, e.Error = -1, 1, "ERR_INVALID_SESSION"
	case status == http.StatusUnauthorized:
		// The server ended the login. After a 401, the SDKs would log in again
		// immediately. If each user can have only one login, two phones of a user would
		// end each other's logins forever.
		status = http.StatusForbidden
		e = reply{Code: status, Magic: 1, Error: err.Reason, Message: err.Detail}
	case r.Header.Get(codeHeader) != "":
		e.Magic = 1 // a failed login; without Magic, the SDKs do not show Error to the user
	}
	// Other errors have no Magic, so the SDKs keep their login while the store is down.
	write(w, status, e)
}

func write(w http.ResponseWriter, status int, body reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error means that the client has disconnected
}
