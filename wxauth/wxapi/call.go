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

// Call makes a call to WeChat's API. Use it for calls that have no method in this
// package, such as sending a subscribe message or creating a QR code. Call can make
// several API calls, for example to fetch an access token. Options.Timeout and
// Options.MaxInFlight apply to each of them. The package documentation states how Call
// protects secrets. This example checks a user's comment:
//
//	var reply struct {
//		Result struct{ Suggest string }
//	}
//	err := client.Call(ctx, http.MethodPost, "/wxa/msg_sec_check", map[string]any{
//		"content": comment, "version": 2, "scene": 2, "openid": openID,
//	}, &reply)
//
// The method is GET or POST. The path begins with a slash and can contain a query. Call
// adds the app's access token to the query. If WeChat refuses the token, Call tries
// once to get another token. If it gets a token, it repeats the request. If body is not nil,
// Call sends it as JSON. Call does not escape the characters <, > and & in the JSON.
//
// Call decodes WeChat's reply into the value that reply points to, by encoding/json. If
// reply is nil, Call checks WeChat's reply but does not store it. If Call fails because
// WeChat reports an errcode other than 0 or an HTTP status other than 200, errors.As finds
// an *Error. With HTTP status 200, the error is ErrBadReply if WeChat's reply is not a JSON
// object, is larger than 64 KiB, or contains an object in which two names are equal or differ
// only in case.
//
// For APIs that answer with an image, pass a reply of type *[]byte. Call stores
// WeChat's reply in the slice. The limit is 4 MiB instead of 64 KiB. If WeChat's reply
// is a JSON object, Call checks the errcode and the names in the object as above.
//
// If Call cannot connect to WeChat, it tries again. The package documentation states the
// maximum number of attempts. If a request may have reached WeChat, Call repeats it only
// if WeChat refused the token. If WeChat does not reply, the error is ErrUnavailable,
// and WeChat may have executed the request. For a GET, net/http itself can send the
// request twice if an idle connection turns out to be dead.
func (c *Client) Call(ctx context.Context, method, path string, body, reply any) error {
	if method != http.MethodGet && method != http.MethodPost {
		return errors.New("wxapi: Call: the method must be GET or POST")
	}
	if v := reflect.ValueOf(reply); reply != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return errors.New("wxapi: Call: the reply must be a pointer or nil")
	}
	// Remove the query first, because later errors quote the path, and a query can
	// contain secrets.
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
