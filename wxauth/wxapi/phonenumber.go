package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// PhoneNumber trades the code of the getPhoneNumber button for the user's phone
// number. This code is another kind than that of wx.login. It can be traded
// once, within five minutes. If openID is not "", WeChat checks that the code
// belongs to that user. The error is ErrInvalidCode for a code that is another
// user's or another app's, too.
//
// The call is not sent again when its reply is lost, because WeChat charges for
// each success.
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
