package wxapi_test

import (
	"context"
	"fmt"
	"sync"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type tokenServer struct {
	mu     sync.Mutex
	tokens map[string]string // by AppID
	fetch  func(ctx context.Context, appID string) (string, error)
}

// AccessToken returns the app's current token. It fetches a new token if there is no
// current token, or if WeChat has rejected the current token.
func (s *tokenServer) AccessToken(ctx context.Context, appID, rejected string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token := s.tokens[appID]; token != "" && token != rejected {
		return token, nil
	}
	token, err := s.fetch(ctx, appID)
	if err == nil {
		s.tokens[appID] = token
	}
	return token, err
}

// In this example, the application gets its access tokens from a token server. Without a
// token server, leave Options.AccessToken nil.
func ExampleOptions_accessToken() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	source := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})
	server := &tokenServer{tokens: make(map[string]string), fetch: func(ctx context.Context, _ string) (string, error) {
		fmt.Println("fetching a token")
		return source.AccessToken(ctx)
	}}
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport(), AccessToken: server.AccessToken})

	openID := "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
	phone := wechat.Phone(app.ID, openID)
	phone.Login()
	for range 2 {
		fmt.Println(client.CheckSessionKey(context.Background(), openID, phone.SessionKey()))
	}
	// Output:
	// fetching a token
	// <nil>
	// <nil>
}
