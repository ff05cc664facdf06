package wxapi

import (
	"encoding/json"
	"strconv"
	"time"
)

// The structs below describe data that a mini program gets from WeChat in encrypted form.
// The mini program's own server decrypts the data with the session_key. According to
// WeChat, all of this data contains a watermark.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html

// Watermark states for which app, and when, WeChat created the data that contains it.
type Watermark struct {
	// AppID is the AppID of the app for which WeChat created the data.
	AppID string `json:"appid"`
	// Timestamp is the time when WeChat created the data.
	Timestamp UnixTime `json:"timestamp"`
}

// PhoneNumber is a user's phone number, from Client.PhoneNumber or from the
// encryptedData of the getPhoneNumber button.
type PhoneNumber struct {
	// PhoneNumber is the number. A foreign number (国外手机号) begins with the country code.
	PhoneNumber string `json:"phoneNumber"`
	// PurePhoneNumber is the number without the country code.
	PurePhoneNumber string `json:"purePhoneNumber"`
	// CountryCode is the country code without a plus sign.
	CountryCode CountryCode `json:"countryCode"`
	Watermark   Watermark   `json:"watermark,omitzero"`
}

// UserInfo is the data of wx.getUserInfo. WeChat's page explains its members. Since
// April 2021, the nickname and the avatar are usually placeholders, and the
// gender and the region are empty.
//
// https://developers.weixin.qq.com/miniprogram/dev/api/open-api/user-info/wx.getUserInfo.html
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

// WeRunData is the data of wx.getWeRunData.
//
// https://developers.weixin.qq.com/miniprogram/dev/api/open-api/werun/wx.getWeRunData.html
type WeRunData struct {
	// StepInfoList contains the steps of the last 31 days.
	StepInfoList []StepInfo `json:"stepInfoList"`
	Watermark    Watermark  `json:"watermark,omitzero"`
}

// StepInfo is the number of steps of one day.
type StepInfo struct {
	// Timestamp is a time on that day, in Unix seconds.
	Timestamp int64 `json:"timestamp"`
	Step      int   `json:"step"`
}

// GroupInfo is the data of wx.getGroupEnterInfo, wx.getChatToolInfo and
// wx.getShareInfo. It identifies the chat from which the mini program was opened or to
// which the mini program was shared. Ids that do not apply to the kind of chat are
// empty.
//
// https://developers.weixin.qq.com/miniprogram/dev/api/share/wx.getGroupEnterInfo.html
type GroupInfo struct {
	// OpenGID is the id that the group has in this mini program. In the data of
	// wx.getGroupEnterInfo and wx.getChatToolInfo, the member is spelt opengid. Package
	// encoding/json ignores case, so opengid also decodes into OpenGID.
	OpenGID string `json:"openGId"`
	// OpenSingleRoomID is the id that a chat of two users has in this mini program.
	OpenSingleRoomID string `json:"open_single_roomid"`
	// GroupOpenID is the id that the user has in this chat.
	GroupOpenID string `json:"group_openid"`
	// ChatType is the kind of chat. WeChat's page lists the values.
	ChatType  int       `json:"chat_type"`
	Watermark Watermark `json:"watermark,omitzero"`
}

// UnixTime is a time in Unix seconds. It unmarshals from a JSON integer and from a
// string that contains an integer, because WeChat sends some numbers as strings.
type UnixTime int64

// Time returns t as a time.Time in the local time zone.
func (t UnixTime) Time() time.Time { return time.Unix(int64(t), 0) }

// UnmarshalJSON implements json.Unmarshaler.
func (t *UnixTime) UnmarshalJSON(b []byte) error {
	var n number
	err := n.UnmarshalJSON(b)
	*t = UnixTime(n)
	return err
}

// CountryCode is a country calling code such as 86. It unmarshals from a JSON string
// and from a JSON integer, because WeChat's documents contain samples of both.
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
