package wxauth_test

import (
	"bytes"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// signsWith reports whether a server with the given SealKeys can decrypt the stored
// session_key of openid-of-alice.
func signsWith(sessions *scs.SessionManager, app wxauth.App, keys ...[]byte) bool {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}, Sessions: sessions, SealKeys: keys})
	if err != nil {
		log.Fatal(err)
	}
	ctx := wxauth.NewContext(httptest.NewRequest("GET", "/", nil).Context(), wxauth.Identity{AppID: app.ID, OpenID: "openid-of-alice"})
	_, err = auth.Sign(ctx, []byte("{}"))
	return err == nil
}

// The first of the SealKeys encrypts session keys in the store. Each of the SealKeys can
// decrypt what was encrypted with it. To replace a seal key, append the new seal key to
// SealKeys in every server process. After that, move the new seal key to the start of
// SealKeys in every process. Wait for one Lifetime of the session manager, then remove the
// old seal key.
func ExampleConfig_sealKeys() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	old, new := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32) // in production, use random keys
	wechat := wxtest.NewServer(miniProgram)
	sessions := wxauth.NewSessions()
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{miniProgram}, API: wxapi.Options{Transport: wechat.Transport()},
		Sessions: sessions, SealKeys: [][]byte{old},
	})
	if err != nil {
		log.Fatal(err)
	}
	code := wechat.Phone(miniProgram.ID, "openid-of-alice").Login()
	auth.LoginHandler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/login?code="+code, nil))

	fmt.Println("first step, old seals and new opens:", signsWith(sessions, miniProgram, old, new))
	fmt.Println("second step, new seals and old opens:", signsWith(sessions, miniProgram, new, old))
	fmt.Println("last step, too early for this user:", signsWith(sessions, miniProgram, new))
	// Output:
	// first step, old seals and new opens: true
	// second step, new seals and old opens: true
	// last step, too early for this user: false
}
