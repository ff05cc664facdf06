package wafer

import (
	"encoding/json"
	"net/http"

	"example.com/wxlogin/wxauth"
)

// Configure sets the fields Token, Code, ReplyLogin and ReplyError of c to functions that
// read and answer the requests of the SDKs. It does not change the other fields. Call
// Configure before [wxauth.New].
func Configure(c *wxauth.Config) {
	c.Token = wxauth.HeaderToken("X-WX-Skey")
	c.Code = func(r *http.Request) (code, appID string) { return r.Header.Get(codeHeader), "" }
	c.ReplyLogin = replyLogin
	c.ReplyError = replyError
}

const codeHeader = "X-WX-Code"

// reply is the JSON object that answers a login or reports an error. It contains the
// members for all three SDKs. Each SDK ignores the members that it does not know.
type reply struct {
	// wafer2-client-sdk accepts a login if Code is 0 and Data has a Skey and a UserInfo.
	// If the reply to any other request has Code -1 or the HTTP status 401,
	// wafer2-client-sdk logs in again, at most once for each request.
	Code int   `json:"code"`
	Data *data `json:"data,omitempty"`

	// wafer-client-sdk and qcloud-weapp-client-sdk, the two older SDKs, ignore the HTTP
	// status. In the reply to a login, they expect Magic with a Session or with an Error.
	// In the reply to any other request, Magic means an error, and the older SDKs delete
	// their token. If Error is ERR_INVALID_SESSION, they log in again immediately, at most
	// once for each request. After any other Error, they log in at the next request that
	// needs a login.
	Magic   int      `json:"F2C224D4-2BCE-4C64-AF9F-A6D872000D1A,omitempty"`
	Session *session `json:"session,omitempty"`

	Error   string `json:"error,omitempty"`
	Message string `json:"message,omitempty"`
}

type data struct {
	Skey     string   `json:"skey"`
	UserInfo struct{} `json:"userinfo"` // required by wafer2-client-sdk
}

type session struct {
	ID   string `json:"id"` // the two older SDKs require it and send it back as X-WX-Id
	Skey string `json:"skey"`
}

func replyLogin(w http.ResponseWriter, _ *http.Request, login wxauth.Login) {
	write(w, http.StatusOK, reply{
		Data:    &data{Skey: login.Token},
		Magic:   1,
		Session: &session{ID: "1", Skey: login.Token}, // the older SDKs need an id, but the server checks only the token
	})
}

func replyError(w http.ResponseWriter, r *http.Request, err *wxauth.Error) {
	status := err.Status
	e := reply{Code: status, Error: err.Code, Message: http.StatusText(err.Status)}
	switch {
	case status == http.StatusUnauthorized && err.Reason == "":
		e.Code, e.Magic, e.Error = -1, 1, "ERR_INVALID_SESSION"
	case status == http.StatusUnauthorized:
		// The server ended the login and gave a reason. The answer of the first case would
		// make the SDKs log in again immediately. If each user can have only one login,
		// two phones of one user would then end each other's logins again and again.
		status = http.StatusForbidden
		e = reply{Code: status, Magic: 1, Error: err.Reason, Message: err.Detail}
	case r.Header.Get(codeHeader) != "":
		e.Magic = 1 // a failed login; without Magic, the older SDKs do not pass Error on to the mini program
	}
	// No case applies if, for example, the store is down during a request with a token.
	// The reply then has no Magic, no Code -1 and no status 401, so the SDKs keep their
	// login.
	write(w, status, e)
}

func write(w http.ResponseWriter, status int, body reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // no error check, because an error usually means that the client has disconnected
}
