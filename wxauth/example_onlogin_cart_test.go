package wxauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type greengrocer struct {
	auth     *wxauth.Auth // set after New
	sessions *scs.SessionManager
}

func (g *greengrocer) onLogin(r *http.Request, id wxauth.Identity) (userID string, err error) {
	token := wxauth.BearerToken(r) // the token in the request; "" if there is none
	old, err := g.auth.Authenticate(r.Context(), token)
	if err != nil || old.OpenID != id.OpenID || old.AppID != id.AppID {
		return id.OpenID, nil // do not copy: there is no old login, it could not be read, or it belongs to another user
	}
	// The request's context already contains the new session. With this context, Load
	// would not read the old session, so use another context.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	before, err := g.sessions.Load(ctx, token)
	if err != nil {
		return "", err
	}
	g.sessions.Put(r.Context(), "cart", g.sessions.GetString(before, "cart"))
	return id.OpenID, nil
}

func (g *greengrocer) add(w http.ResponseWriter, r *http.Request) {
	cart := strings.TrimSpace(g.sessions.GetString(r.Context(), "cart") + " " + r.FormValue("add"))
	g.sessions.Put(r.Context(), "cart", cart)
	fmt.Fprint(w, cart)
}

// The session of a new login is empty at first. OnLogin can copy data into it from the
// session of the user's old login.
func ExampleConfig_onLogin_cart() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	shop := &greengrocer{sessions: wxauth.NewSessions()}
	auth, err := wxauth.New(wxauth.Config{
		Apps:     []wxauth.App{miniProgram},
		API:      wxapi.Options{Transport: wechat.Transport()},
		Sessions: shop.sessions,
		OnLogin:  shop.onLogin,
	})
	if err != nil {
		log.Fatal(err)
	}
	shop.auth = auth
	cart := auth.LoadAndSave(http.HandlerFunc(shop.add))
	request := func(h http.Handler, target, token string) []byte {
		r, w := httptest.NewRequest("GET", target, nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+token)
		h.ServeHTTP(w, r)
		return w.Body.Bytes()
	}
	var login struct{ Token string }
	for _, openID := range []string{"openid-of-alice", "openid-of-alice", "openid-of-bob"} {
		code := wechat.Phone(miniProgram.ID, openID).Login()
		json.Unmarshal(request(auth.LoginHandler(), "/login?code="+code, login.Token), &login)
		fmt.Printf("%s: %s\n", openID, request(cart, "/cart?add=apples", login.Token))
	}
	// Output:
	// openid-of-alice: apples
	// openid-of-alice: apples apples
	// openid-of-bob: apples
}
