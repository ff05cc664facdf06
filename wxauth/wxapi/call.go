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

// Call makes any call to WeChat's API. Use it for calls that have no method in this
// package, such as sending a subscribe message or creating a QR code. Options.Timeout
// and Options.MaxInFlight apply. The query, the body and the reply are kept secret, as
// in the other methods. For example:
//
//	var reply struct {
//		Result struct{ Suggest string }
//	}
//	err := client.Call(ctx, http.MethodPost, "/wxa/msg_sec_check", map[string]any{
//		"content": comment, "version": 2, "scene": 2, "openid": openID,
//	}, &reply)
//
// The method is GET or POST. The path can contain a query. Call adds the app's access
// token to the query. If WeChat refuses the token, Call repeats the call once with
// another token. If body is not nil, Call sends it as JSON. The characters <, > and &
// are not escaped.
//
// Call decodes WeChat's reply into the value that reply points to, by encoding/json. If
// reply is nil, Call ignores the content. If WeChat reports an errcode other than 0,
// the error is an *Error. If WeChat's reply is not a JSON object, or is larger than 64
// KiB, the error is ErrBadReply. The error is also ErrBadReply if an object in the JSON
// contains a name twice, regardless of case.
//
// For APIs that answer with an image, pass a reply of type *[]byte. Call then stores
// any data of up to 4 MiB. If the data is a JSON object with an errcode other than 0,
// the error is still an *Error.
//
// If the connection fails, Call tries again. If a request may have reached WeChat, Call
// repeats it only if WeChat refused the token. In all other cases, WeChat may have
// executed the request. For a GET, net/http itself can send the request twice if an
// idle connection turns out to be dead.
func (c *Client) Call(ctx context.Context, method, path string, body, reply any) error {
	if method != http.MethodGet && method != http.MethodPost {
		return errors.New("wxapi: Call: the method must be GET or POST")
	}
	if v := reflect.ValueOf(reply); reply != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return errors.New("wxapi: Call: the reply must be a pointer or nil")
	}
	// Remove the query first, because errors quote the path.
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
