package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// PhoneNumber exchanges a code of the getPhoneNumber or getRealtimePhoneNumber button
// for the user's phone number, by POST /wxa/business/getuserphonenumber. WeChat does
// not accept a code of wx.login for this call. A code of a button works once, within
// five minutes. If openID is not "", WeChat checks that the code belongs to that user.
// If WeChat reports that the code is invalid, or belongs to another user or another
// app, the error is ErrInvalidCode.
//
// If the reply is lost, WeChat may have used up the code. PhoneNumber then does not
// repeat the call, because a used code does not work again.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
func (c *Client) PhoneNumber(ctx context.Context, code, openID string) (PhoneNumber, error) {
	body := map[string]string{"code": code}
	if openID != "" {
		body["openid"] = openID
	}
	var answer struct {
		PhoneInfo PhoneNumber `json:"phone_info"`
	}
	err := c.callWithAccessToken(ctx, request{method: http.MethodPost, path: pathPhoneNumber,
		query: url.Values{}, body: body, once: true}, &answer)
	p := answer.PhoneInfo
	if err == nil && (!plain(p.PhoneNumber) || !plain(p.PurePhoneNumber) || p.Watermark.AppID != c.appID) {
		err = badReply("no phone number, or another app's")
	}
	if err != nil {
		return PhoneNumber{}, fmt.Errorf("wxapi: getPhoneNumber: %w", err)
	}
	return p, nil
}
