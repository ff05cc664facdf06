package wxapi

import (
	"encoding/json"
	"strconv"
	"time"
)

// The types below are for data that WeChat encrypts for a mini program and that the
// server decrypts. All of this data contains a Watermark.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html

// Watermark says for which app and at what time WeChat created the data.
type Watermark struct {
	AppID     string   `json:"appid"`
	Timestamp UnixTime `json:"timestamp"`
}

// PhoneNumber is a user's phone number.
type PhoneNumber struct {
	PhoneNumber     string      `json:"phoneNumber"`     // with the country code if the number is a foreign number
	PurePhoneNumber string      `json:"purePhoneNumber"` // without the country code
	CountryCode     CountryCode `json:"countryCode"`
	Watermark       Watermark   `json:"watermark,omitzero"`
}

// UserInfo is the data of wx.getUserInfo. Since 2021 the nickname and the avatar
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

// WeRunData is the data of wx.getWeRunData. It contains the steps of the last 31
// days.
type WeRunData struct {
	StepInfoList []StepInfo `json:"stepInfoList"`
	Watermark    Watermark  `json:"watermark,omitzero"`
}

// StepInfo is the steps of one day.
type StepInfo struct {
	Timestamp int64 `json:"timestamp"` // Unix seconds of the day
	Step      int   `json:"step"`
}

// GroupInfo is the data of wx.getGroupEnterInfo, wx.getChatToolInfo and
// wx.getShareInfo. It identifies the chat from which the mini program was opened or
// to which it was shared. Ids that do not apply to this kind of chat are empty.
//
// https://developers.weixin.qq.com/miniprogram/dev/api/share/wx.getGroupEnterInfo.html
type GroupInfo struct {
	OpenGID          string    `json:"openGId"`            // the group, for this app; wx.getGroupEnterInfo spells it opengid
	OpenSingleRoomID string    `json:"open_single_roomid"` // the chat of two users, for this app
	GroupOpenID      string    `json:"group_openid"`       // the user in this chat
	ChatType         int       `json:"chat_type"`          // WeChat's page lists the values
	Watermark        Watermark `json:"watermark,omitzero"`
}

// UnixTime is a time in Unix seconds. It unmarshals from a JSON number and from
// a string of digits, because WeChat has sent both.
type UnixTime int64

// Time returns t as a time.Time.
func (t UnixTime) Time() time.Time { return time.Unix(int64(t), 0) }

// UnmarshalJSON implements json.Unmarshaler.
func (t *UnixTime) UnmarshalJSON(b []byte) error {
	var n number
	err := n.UnmarshalJSON(b)
	*t = UnixTime(n)
	return err
}

// CountryCode is a country calling code such as 86. It unmarshals from a JSON
// string and from a number, because WeChat has sent both.
type CountryCode string

// UnmarshalJSON implements json.Unmarshaler.
func (c *CountryCode) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] >= '0' && b[0] <= '9' {
		i, err := parseInteger(b)
		*c = CountryCode(strconv.FormatInt(i, 10))
		return err
	}
	return json.Unmarshal(b, (*string)(c))
}
