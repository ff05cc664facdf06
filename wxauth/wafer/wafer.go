package wafer

import (
	"encoding/json"
	"net/http"

	"example.com/wxlogin/wxauth"
)

// Configure sets c's Token, Code, ReplyLogin and ReplyError to read and answer
// the requests of the SDKs. It leaves the other fields as they are.
func Configure(c *wxauth.Config) {
	c.Token = wxauth.HeaderToken("X-WX-Skey")
	c.Code = func(r *http.Request) (code, appID string) { return r.Header.Get(codeHeader), "" }
	c.ReplyLogin = replyLogin
	c.ReplyError = replyError
}

const codeHeader = "X-WX-Code"

// reply has members for each SDK. The other SDKs ignore them.
type reply struct {
	// wafer2 accepts a login if code is 0. On any reply, code -1 makes it log
	// in again, as status 401 does.
	Code int   `json:"code"`
	Data *data `json:"data,omitempty"`

	// The other two SDKs ignore the status. A reply with Magic is about the
	// login: it holds a new one, or an error. The error makes them drop their
	// login, and log in again if it is ERR_INVALID_SESSION.
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
	ID   string `json:"id"` // required, and sent back as X-WX-Id
	Skey string `json:"skey"`
}

func replyLogin(w http.ResponseWriter, _ *http.Request, login wxauth.Login) {
	write(w, http.StatusOK, reply{
		Data:    &data{Skey: login.Token},
		Magic:   1,
		Session: &session{ID: "1", Skey: login.Token}, // the SDKs need an id; the token alone decides
	})
}

func replyError(w http.ResponseWriter, r *http.Request, err *wxauth.Error) {
	status := err.Status
	e := reply{Code: status, Error: err.Code, Message: http.StatusText(err.Status)}
	switch {
	case status == http.StatusUnauthorized && err.Reason == "":
		e.Code, e.Magic, e.Error = -1, 1, "ERR_INVALID_SESSION"
	case status == http.StatusUnauthorized:
		// The server ended the login. On a 401 the SDKs would log in again at
		// once, and two phones of a single-device user would push each other
		// out for ever.
		status = http.StatusForbidden
		e = reply{Code: status, Magic: 1, Error: err.Reason, Message: err.Detail}
	case r.Header.Get(codeHeader) != "":
		e.Magic = 1 // a failed login; without Magic the SDKs do not show Error to the user
	}
	// Other errors have no Magic, so a login survives an outage of the store.
	write(w, status, e)
}

func write(w http.ResponseWriter, status int, body reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error means that the client has gone
}
