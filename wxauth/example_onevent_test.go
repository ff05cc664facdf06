package wxauth_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"sync"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// failureCount counts failures. A real application would use its metrics library, or
// package wxprom.
type failureCount struct {
	mu     sync.Mutex // several requests can call failureCount.record at the same time
	byCode map[string]int
}

func (f *failureCount) record(_ context.Context, e wxauth.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case e.Outcome == wxauth.OutcomeOK:
	case e.Name == wxauth.EventLogin && e.Outcome == wxauth.CodeInvalidCode:
		f.byCode[fmt.Sprintf("%s %s, errcode %d", e.Name, e.Outcome, e.ErrCode)]++
	default:
		f.byCode[e.Name+" "+e.Outcome]++
	}
}

// OnEvent receives all events, for metrics and audit logs.
func ExampleConfig_onEvent() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	count := &failureCount{byCode: make(map[string]int)}
	auth, err := wxauth.New(wxauth.Config{
		Apps:    []wxauth.App{miniProgram},
		API:     wxapi.Options{Transport: wechat.Transport()},
		OnEvent: count.record,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, code := range []string{wechat.Phone(miniProgram.ID, "openid-of-alice").Login(), "made-up"} {
		auth.LoginHandler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/login?code="+code, nil))
	}
	auth.SessionHandler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/session", nil))
	fmt.Println(count.byCode)
	// Output: map[login invalid_code, errcode 40029:1 request not_logged_in:1]
}
