package wxtest

import (
	"context"
	"fmt"
)

// Platform simulates a third-party platform, which logs users in for mini programs that
// have authorized the platform. Its methods return the platform's tokens. Set the field
// AccessToken of [wxapi.Platform] to the method [Platform.AccessToken]. Set the field
// AccessToken of [wxapi.Options] to the method [Platform.AuthorizerToken].
//
// https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/login/api_thirdpartycode2session.html
type Platform struct {
	server  *Server
	appID   string
	clients map[string]*accessToken // by appid, the current token of AuthorizerToken; nil before the first call for the appid
	token   *accessToken            // the current token of AccessToken; nil before the first call
}

// Platform adds a third-party platform to the server. The argument authorizers lists the
// appids of the mini programs that have authorized the platform. Platform panics if one
// of these appids belongs to no mini program of the Server.
func (s *Server) Platform(componentAppID string, authorizers ...string) *Platform {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Platform{server: s, appID: componentAppID, clients: make(map[string]*accessToken)}
	for _, id := range authorizers {
		p.clients[s.mustApp(id).id] = nil
	}
	s.platforms[componentAppID] = p
	return p
}

// AccessToken returns the platform's component_access_token. The first call makes a
// token. A later call makes a new token only if the argument rejected equals the current
// token. Otherwise it returns the current token, even if the token has expired. The Server
// accepts each token for two hours on the server's clock.
func (p *Platform) AccessToken(_ context.Context, rejected string) (string, error) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	p.token = s.renew(p.token, rejected, s.componentTokens, &accessToken{platform: p})
	return p.token.text, nil
}

// AuthorizerToken returns the authorizer_access_token of a mini program. If an API call
// needs an access token of the mini program, the platform sends this token.
// AuthorizerToken makes a new token in the first call for appID, or if the argument
// rejected equals the current token. It fails if the mini program has not authorized the
// platform.
func (p *Platform) AuthorizerToken(_ context.Context, appID, rejected string) (string, error) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	current, ok := p.clients[appID]
	if !ok {
		return "", fmt.Errorf("wxtest: %q has not authorized the platform", appID)
	}
	current = s.renew(current, rejected, s.tokens, &accessToken{app: s.apps[appID]})
	p.clients[appID] = current
	return current.text, nil
}

// renew returns fresh if current is nil or if the text of current equals rejected.
// Otherwise it returns current. The caller holds s.mu.
func (s *Server) renew(current *accessToken, rejected string, tokens map[string]*accessToken, fresh *accessToken) *accessToken {
	if current != nil && current.text != rejected {
		return current
	}
	fresh.text, fresh.expires = newTokenText(), s.now().Add(tokenLife)
	tokens[fresh.text] = fresh
	return fresh
}
