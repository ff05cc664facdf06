package wxapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// Call makes any call to WeChat's API. Use it for calls for which this package has
// no method, such as a subscribe message or a QR code. Call has the same limits,
// deadlines and secrecy as the other methods:
//
//	var reply struct {
//		Result struct{ Suggest string }
//	}
//	err := client.Call(ctx, http.MethodPost, "/wxa/msg_sec_check", map[string]any{
//		"content": comment, "version": 2, "scene": 2, "openid": openID,
//	}, &reply)
//
// The method is GET or POST. The path may have a query. The query is kept as secret
// as the body. Call adds the app's access token. If WeChat refuses the token, Call
// repeats the call once with another token. If body is not nil, Call sends it as
// JSON. In this JSON <, > and & are not escaped.
//
// Call decodes WeChat's reply into the value that reply points to, as encoding/json
// does. If reply is nil, Call drops WeChat's reply. For an errcode other than 0,
// Call returns an *Error. It returns ErrBadReply for JSON of more than 64 KiB. It
// also returns ErrBadReply if an object in the JSON has the same name twice,
// regardless of case. Use a reply of type *[]byte for APIs that answer with an
// image. It stores any reply of up to 4 MiB. An errcode is an *Error in this case
// too.
//
// Call does not repeat a call that may have reached WeChat, because WeChat may have
// executed the call.
func (c *Client) Call(ctx context.Context, method, path string, body, reply any) error {
	if method != http.MethodGet && method != http.MethodPost {
		return errors.New("wxapi: Call: the method must be GET or POST")
	}
	if v := reflect.ValueOf(reply); reply != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return errors.New("wxapi: Call: the reply must be a pointer or nil")
	}
	// No error quotes the path before the query is removed from it.
	path, rawQuery, _ := strings.Cut(path, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return errors.New("wxapi: Call: the query is malformed")
	}
	if !strings.HasPrefix(path, "/") || strings.Trim(path, "/._-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return errors.New("wxapi: Call: the path must look like /wxa/msg_sec_check")
	}
	_, raw := reply.(*[]byte)
	err = c.callWithAccessToken(ctx, request{
		method: method, path: path, query: query, body: body, once: true, foreign: true, raw: raw,
	}, reply)
	if err != nil {
		return fmt.Errorf("wxapi: %s: %w", path, err)
	}
	return nil
}
