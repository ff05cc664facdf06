package wxtest

import (
	"context"
	"fmt"
)

// Platform is a third-party platform: an account that runs mini programs of other
// owners, after they have authorized the platform. It simulates the platform's token
// store. wxapi can use its two methods as token functions.
//
// https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/login/api_thirdpartycode2session.html
type Platform struct {
	server  *Server
	appID   string
	clients map[string]*accessToken // authorizer_access_tokens, by the appid of the mini program
	token   *accessToken            // the component_access_token
}

// Platform adds a third-party platform to the server. The given mini programs have
// authorized the platform. Platform panics if NewServer was not given one of these mini
// programs.
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

// AccessToken returns the platform's component_access_token. It returns the same token
// each time, even after the token has expired. If rejected is that token, it returns a
// new token. A component_access_token works for two hours on the server's clock.
func (p *Platform) AccessToken(_ context.Context, rejected string) (string, error) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	p.token = s.renew(p.token, rejected, s.componentTokens, &accessToken{platform: p})
	return p.token.text, nil
}

// AuthorizerToken returns the authorizer_access_token of a mini program. The platform
// calls WeChat with this token instead of the mini program's access token. Like
// AccessToken, it returns the same token until rejected is that token. It fails if that
// mini program has not authorized the platform.
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

// renew returns current if rejected is not its text. If current is nil or was rejected,
// renew gives fresh a new text and an expiry, stores fresh in tokens and returns fresh.
// The caller holds s.mu.
func (s *Server) renew(current *accessToken, rejected string, tokens map[string]*accessToken, fresh *accessToken) *accessToken {
	if current != nil && current.text != rejected {
		return current
	}
	fresh.text, fresh.expires = newTokenText(), s.now().Add(tokenLife)
	tokens[fresh.text] = fresh
	return fresh
}
