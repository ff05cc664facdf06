package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// tokens keeps the app's access token from the API getStableAccessToken. WeChat calls it
// the stable token. Any number of processes can fetch the stable token, because all of
// them get the same token.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
type tokens struct {
	mu       sync.Mutex
	current  *token // nil until a fetch has succeeded, and after reject has dropped the token
	fetching *fetch // the running fetch, or nil
	rejected time.Time
}

type token struct {
	text  string
	renew time.Time // the time after which stableToken fetches a new token
	until time.Time
}

type fetch struct {
	done  chan struct{}
	token *token
	err   error
}

const (
	// renewBefore is the remaining lifetime at which a token is renewed. WeChat issues the
	// next token 5 minutes before the old token expires. A fetch before that moment
	// would return the old token.
	renewBefore = 4 * time.Minute
	// rejectionPause is the minimum time between two calls of tokens.reject that drop a
	// token. If WeChat rejects another token within this time, one more fetch is unlikely
	// to help, and WeChat limits the number of fetches. After a failed renewal, the next
	// renewal can start when rejectionPause has passed or the token has expired.
	rejectionPause = 10 * time.Second
)

// stableToken returns WeChat's stable token. At most one fetch of a client runs at a
// time, even if many callers wait. During a fetch, callers get the old token. They wait
// for the new token only if there is no old token or it has expired. If rejected is not
// nil, WeChat has refused that token, and stableToken returns a token from a later fetch.
// If tokens.reject keeps the rejected token, the error is errNoOtherToken.
func (c *Client) stableToken(ctx context.Context, rejected *token) (*token, error) {
	if app := c.app(); app.Secret == "" {
		return nil, fmt.Errorf("%w: App has no Secret, and Options has no AccessToken", ErrMisconfigured)
	}
	if rejected != nil && !c.tokens.reject(rejected) {
		return nil, errNoOtherToken
	}
	t := c.tokens
	t.mu.Lock()
	now := time.Now()
	current := t.current
	if current != nil && now.Before(current.renew) {
		t.mu.Unlock()
		return current, nil
	}
	f := t.fetching
	if f == nil {
		f = &fetch{done: make(chan struct{})}
		t.fetching = f
		go c.fetchToken(WithTrace(context.WithoutCancel(ctx), nil), f)
	}
	t.mu.Unlock()
	if current != nil && now.Before(current.until) {
		return current, nil
	}
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, unavailable(ctx, nil)
	}
}

func (c *Client) fetchToken(ctx context.Context, f *fetch) {
	f.err = fmt.Errorf("%w: the transport panicked", ErrUnavailable)
	t := c.tokens
	defer func() {
		recover() // f.err already reports the panic
		t.mu.Lock()
		defer t.mu.Unlock()
		t.fetching = nil
		if f.err == nil {
			t.current = f.token
		} else if old := t.current; old != nil {
			renew := time.Now().Add(rejectionPause)
			if renew.After(old.until) {
				renew = old.until
			}
			t.current = &token{old.text, renew, old.until}
		}
		close(f.done)
	}()
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   number `json:"expires_in"`
	}
	err := c.call(ctx, &request{method: http.MethodPost, path: pathStableToken, body: map[string]any{
		"grant_type":    "client_credential",
		"appid":         c.appID,
		"secret":        c.app().Secret,
		"force_refresh": false,
	}}, &answer)
	if err == nil && (answer.AccessToken == "" || answer.ExpiresIn <= 0) {
		err = badReply("no access_token")
	}
	if err == nil {
		until := time.Now().Add(time.Duration(answer.ExpiresIn) * time.Second)
		f.token = &token{answer.AccessToken, until.Add(-renewBefore), until}
	}
	f.err = err
}

// reject drops a token that WeChat refused. It returns true if stableToken may return
// another token. If refused is no longer the current token, reject drops nothing and
// returns true. If refused is the current token, but a token was dropped less than
// rejectionPause ago, reject keeps the current token and returns false.
func (t *tokens) reject(refused *token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil || t.current.text != refused.text || t.current.until != refused.until {
		return true
	}
	if time.Since(t.rejected) < rejectionPause {
		return false
	}
	t.rejected = time.Now()
	t.current = nil
	return true
}
