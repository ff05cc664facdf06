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

// Call makes a call of WeChat's API for which this package has no method, such as
// a subscribe message or a QR code. It has the bounds, deadlines and secrecy of
// the other methods:
//
//	var reply struct {
//		Result struct{ Suggest string }
//	}
//	err := client.Call(ctx, http.MethodPost, "/wxa/msg_sec_check", map[string]any{
//		"content": comment, "version": 2, "scene": 2, "openid": openID,
//	}, &reply)
//
// The method is GET or POST. The path may have a query, which is as secret as
// the body. Call adds the app's access token, and calls once more with another
// token if WeChat refuses it. A body that is not nil is sent as JSON, in which
// <, > and & are not escaped.
//
// Call decodes the reply into what reply points to, as encoding/json does, or
// drops it if reply is nil. An errcode other than 0 is an *Error. JSON in which a
// name is given twice, at any depth and in any case, or of more than 64 KiB is
// refused with ErrBadReply. A reply of type *[]byte takes whatever came, up to
// 4 MiB, for APIs that answer with an image; an errcode is an *Error there too.
//
// A call that may have reached WeChat is not repeated, because WeChat may have
// carried it out.
func (c *Client) Call(ctx context.Context, method, path string, body, reply any) error {
	if method != http.MethodGet && method != http.MethodPost {
		return errors.New("wxapi: Call: the method must be GET or POST")
	}
	if v := reflect.ValueOf(reply); reply != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return errors.New("wxapi: Call: the reply must be a pointer or nil")
	}
	// No error quotes the path before its query is known and cut off.
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
