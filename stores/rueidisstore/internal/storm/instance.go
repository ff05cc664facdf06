package storm

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var app = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

type instance struct {
	store    scs.CtxStore
	auth     *wxauth.Auth
	sessions *scs.SessionManager
	server   *httptest.Server
	client   *http.Client
	handled  sync.Map // request id → *handling
}

func startInstance(t testing.TB, store scs.CtxStore, wechat *wxtest.Server, log *slog.Logger) *instance {
	t.Helper()
	i := &instance{store: store, sessions: wxauth.NewSessions()}
	i.sessions.Store = store
	var err error
	i.auth, err = wxauth.New(wxauth.Config{
		Apps:     []wxauth.App{app},
		Sessions: i.sessions,
		API:      wxapi.Options{Transport: wechat.Transport(), Timeout: 3 * time.Second},
		SealKeys: [][]byte{bytes.Repeat([]byte{7}, 32)},
		Logger:   log,
		OnLogin: func(r *http.Request, id wxauth.Identity) (string, error) {
			i.sessions.Put(r.Context(), greeting, id.OpenID)
			return "user of " + id.OpenID, nil
		},
		ReplyLogin: func(w http.ResponseWriter, _ *http.Request, login wxauth.Login) {
			json.NewEncoder(w).Encode(loggedIn{login.Token, who{login.OpenID, login.UserID, login.LoginID}})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	routes := i.routes()
	i.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := i.handled.Load(r.Header.Get(requestID)); ok {
			h := h.(*handling)
			close(h.begun)
			defer close(h.done)
		}
		routes.ServeHTTP(w, r)
	}))
	i.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	return i
}

// handling shows the progress of a request: begun is closed when the handler starts, and
// done is closed when the handler has returned.
type handling struct{ begun, done chan struct{} }

func (i *instance) close() {
	i.client.CloseIdleConnections()
	i.server.Close()
	if c, ok := i.store.(io.Closer); ok {
		c.Close()
	}
}

const greeting = "greeting"

type who struct{ OpenID, UserID, LoginID string }

type loggedIn struct {
	Token string
	who
}

func (i *instance) routes() http.Handler {
	mux := http.NewServeMux()
	auth := i.auth
	reply := func(w http.ResponseWriter, r *http.Request, v any, err error) {
		if err != nil {
			auth.WriteError(w, r, err)
			return
		}
		json.NewEncoder(w).Encode(v)
	}
	handle := func(pattern string, middleware func(http.Handler) http.Handler, f func(r *http.Request) (any, error)) {
		mux.Handle(pattern, middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, err := f(r)
			reply(w, r, v, err)
		})))
	}
	open := func(h http.Handler) http.Handler { return h }
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("POST /logout", auth.LogoutHandler())
	mux.Handle("GET /session", auth.SessionHandler())
	handle("GET /me", auth.Require, func(r *http.Request) (any, error) {
		id, _ := wxauth.FromContext(r.Context())
		return who{id.OpenID, id.UserID, id.LoginID}, nil
	})
	handle("GET /data", auth.LoadAndSave, func(r *http.Request) (any, error) {
		data := make(map[string]string)
		for _, key := range i.sessions.Keys(r.Context()) {
			if !strings.HasPrefix(key, "wxauth.") {
				data[key] = i.sessions.GetString(r.Context(), key)
			}
		}
		return data, nil
	})
	handle("POST /data", auth.LoadAndSave, func(r *http.Request) (any, error) {
		i.change(r)
		return nil, auth.Save(r.Context())
	})
	// For PUT, LoadAndSave saves the session after the handler has returned.
	handle("PUT /data", auth.LoadAndSave, func(r *http.Request) (any, error) {
		i.change(r)
		return nil, nil
	})
	handle("POST /decrypt", auth.Require, func(r *http.Request) (any, error) {
		var data wxauth.Encrypted
		if err := json.NewDecoder(r.Body).Decode(&data); err != nil {
			return nil, err
		}
		var v secret
		return &v, auth.Decrypt(r.Context(), data, &v)
	})
	handle("POST /renew", auth.Require, func(r *http.Request) (any, error) {
		id, _ := wxauth.FromContext(r.Context())
		login, err := auth.Renew(r.Context(), id)
		return loggedIn{login.Token, who{login.OpenID, login.UserID, login.LoginID}}, err
	})
	named := func(r *http.Request) (wxauth.Identity, string) {
		q := r.URL.Query()
		return wxauth.Identity{AppID: app.ID, OpenID: q.Get("openid"), LoginID: q.Get("login")}, q.Get("reason")
	}
	handle("POST /revoke", open, func(r *http.Request) (any, error) {
		id, reason := named(r)
		return auth.Revoke(r.Context(), id, reason)
	})
	handle("POST /revokeothers", open, func(r *http.Request) (any, error) {
		id, reason := named(r)
		return auth.RevokeOthers(r.Context(), id, reason)
	})
	handle("POST /end", open, func(r *http.Request) (any, error) {
		id, reason := named(r)
		return auth.EndLogin(r.Context(), id, reason)
	})
	handle("GET /logins", open, func(r *http.Request) (any, error) {
		id, _ := named(r)
		return auth.Logins(r.Context(), id)
	})
	return mux
}

func (i *instance) change(r *http.Request) {
	for key, values := range r.URL.Query() {
		if values[0] == "" {
			i.sessions.Remove(r.Context(), key)
		} else {
			i.sessions.Put(r.Context(), key, values[0])
		}
	}
}

type secret struct {
	OpenID string `json:"openId"`
	Nonce  string `json:"nonce"`
}

const (
	requestID = "X-Request-Id"
	patience  = 40 * time.Second // the limit for one request; no handler should take so long
)

type reply struct {
	from         *instance
	what         string
	status       int // 0 if there is no complete answer
	body         []byte
	Code, Reason string // from the JSON of an error answer
	began, ended time.Time
}

// call sends a request. If the handler has started, call waits until it has returned,
// because a handler can change the session even after the client has disconnected.
func (i *instance) call(ctx context.Context, method, path string, query url.Values, token string, body any) reply {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var b bytes.Buffer
	if body != nil {
		json.NewEncoder(&b).Encode(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, i.server.URL+path+"?"+query.Encode(), &b)
	if err != nil {
		panic(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Content-Type", "application/json")
	id, h := rand.Text(), &handling{make(chan struct{}), make(chan struct{})}
	r.Header.Set(requestID, id)
	i.handled.Store(id, h)
	defer i.handled.Delete(id)
	re := reply{from: i, what: method + " " + path + "?" + query.Encode(), began: time.Now()}
	if response, err := i.client.Do(r); err == nil {
		re.body, err = io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil {
			re.status = response.StatusCode
		}
	}
	select {
	case <-h.begun:
		<-h.done
	case <-time.After(time.Second): // no handler has started, for example because the client disconnected first
	}
	re.ended = time.Now()
	if re.status >= 400 {
		json.Unmarshal(re.body, &re)
	}
	return re
}

func (r reply) String() string {
	return fmt.Sprintf("%s to %s at %s: %s %d %.300s", r.began.Format("05.000"), r.ended.Format("05.000"), r.from.server.URL, r.what, r.status, bytes.TrimSpace(r.body))
}

func (r reply) read(v any) bool { return json.Unmarshal(r.body, v) == nil }
