package wxapi

import (
	"encoding/json"
	"fmt"
)

// What WeChat encrypts for a mini program, to be decrypted by the server. All
// of it carries a Watermark.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html

// Watermark says for which app data was made, and when.
type Watermark struct {
	AppID     string `json:"appid"`
	Timestamp int64  `json:"timestamp"` // Unix seconds
}

// PhoneNumber is a user's phone number.
type PhoneNumber struct {
	PhoneNumber     string    `json:"phoneNumber"`     // with the country code if it is a foreign one
	PurePhoneNumber string    `json:"purePhoneNumber"` // without
	CountryCode     string    `json:"countryCode"`     // such as 86
	Watermark       Watermark `json:"watermark,omitzero"`
}

// UnmarshalJSON implements json.Unmarshaler. It takes a country code that is a
// number too.
func (p *PhoneNumber) UnmarshalJSON(b []byte) error {
	type plain PhoneNumber
	v := struct {
		*plain
		CountryCode any `json:"countryCode"`
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch code := v.CountryCode.(type) {
	case string:
		p.CountryCode = code
	case float64:
		p.CountryCode = fmt.Sprint(code)
	}
	return nil
}

// UserInfo is what wx.getUserInfo gives. Since 2021 the nickname and the avatar
// are the same for everybody.
type UserInfo struct {
	OpenID    string    `json:"openId"`
	UnionID   string    `json:"unionId"`
	NickName  string    `json:"nickName"`
	AvatarURL string    `json:"avatarUrl"`
	Gender    int       `json:"gender"`
	Language  string    `json:"language"`
	City      string    `json:"city"`
	Province  string    `json:"province"`
	Country   string    `json:"country"`
	Watermark Watermark `json:"watermark,omitzero"`
}

// WeRunData is what wx.getWeRunData gives: the steps of the last 31 days.
type WeRunData struct {
	StepInfoList []StepInfo `json:"stepInfoList"`
	Watermark    Watermark  `json:"watermark,omitzero"`
}

// StepInfo is a day's steps.
type StepInfo struct {
	Timestamp int64 `json:"timestamp"` // Unix seconds of the day
	Step      int   `json:"step"`
}

// GroupInfo is what wx.getGroupEnterInfo and wx.getShareInfo give.
type GroupInfo struct {
	OpenGID   string    `json:"openGId"` // wx.getGroupEnterInfo spells it opengid
	Watermark Watermark `json:"watermark,omitzero"`
}
