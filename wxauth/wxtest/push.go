package wxtest

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Push builds the requests that WeChat's message push sends to a mini program's server. A
// test can send such a request to a server or pass it to a handler:
//
//	push := wxtest.Push{AppID: appID, Token: token, EncodingAESKey: key}
//	response := httptest.NewRecorder()
//	handler.ServeHTTP(response, push.Notice("/push", wxtest.Notice{
//		Event:  "user_authorization_cancellation",
//		OpenID: openID,
//	}))
//
// If the mini program's server does not answer within 5 seconds, WeChat sends the message
// again, up to three times. To test a repetition, call the same method again with the same
// arguments. For a Notice, set Created, so that both messages are equal.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push
type Push struct {
	// AppID is the appid of the mini program. Token and EncodingAESKey are the settings of
	// the message push at mp.weixin.qq.com. EncodingAESKey has 43 characters.
	AppID, Token, EncodingAESKey string
	// Mode determines whether the messages are encrypted. The default is SafeMode.
	Mode PushMode
	// XML selects the data format XML. The default is JSON.
	XML bool
}

// PushMode determines whether WeChat encrypts the messages of the message push.
type PushMode int

// The modes of the message push.
const (
	// SafeMode encrypts the message. The query parameter msg_signature is a signature over
	// the encrypted message.
	SafeMode PushMode = iota
	// CompatibleMode puts both the plain message and the encrypted message into the
	// request. The signature msg_signature does not cover the plain message.
	CompatibleMode
	// PlainMode sends the message in plain text. No signature covers the message.
	PlainMode
)

// Notice is a message about a change of a user's account, profile or consent.
//
// https://developers.weixin.qq.com/miniprogram/dev/server/event_push/platform/authorized_user_information_changes
type Notice struct {
	// Event is user_info_modified, user_authorization_revoke or
	// user_authorization_cancellation.
	Event string
	// OpenID is the openid of the user.
	OpenID string
	// AppID is the appid of the mini program. The default is the AppID of the Push.
	AppID string
	// UnionID is the unionid of the user. An empty UnionID is left out of the message.
	UnionID string
	// RevokeInfo is WeChat's number for a kind of data, such as "8" for the phone number.
	// user_authorization_revoke reports that the user withdrew the consent for this kind.
	RevokeInfo string
	// PluginID is the ID of a plugin. Set it only if the notice is about a plugin.
	PluginID string
	// OpenPID identifies the user in the plugin that PluginID names.
	OpenPID string
	// Created is the time at which WeChat made the notice. The default is the current
	// time.
	Created time.Time
}

const (
	pushTo   = "gh_97417a04a28d"              // the ToUserName, an ID that WeChat gives the mini program besides the appid
	pushFrom = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY" // the FromUserName of every Notice, an account of WeChat and not the user
)

// Check returns the request with which WeChat checks the URL target. WeChat sends the
// request when somebody enters the URL at mp.weixin.qq.com. The mini program's server must
// return the value of echo as the body.
func (p Push) Check(target, echo string) *http.Request {
	timestamp, nonce := pushTime()
	q := p.signed(timestamp, nonce)
	q.Set("echostr", echo)
	return newPushRequest(http.MethodGet, target, q, nil)
}

// Notice returns the request in which WeChat sends n to the URL target.
func (p Push) Notice(target string, n Notice) *http.Request {
	if n.AppID == "" {
		n.AppID = p.AppID
	}
	if n.Created.IsZero() {
		n.Created = time.Now()
	}
	m := noticeMessage{
		ToUserName: cdata{pushTo}, FromUserName: cdata{pushFrom}, CreateTime: n.Created.Unix(),
		MsgType: cdata{"event"}, Event: cdata{n.Event}, OpenID: cdata{n.OpenID}, AppID: cdata{n.AppID},
		UnionID: optional(n.UnionID), RevokeInfo: optional(n.RevokeInfo),
		PluginID: optional(n.PluginID), OpenPID: optional(n.OpenPID),
	}
	if !p.XML {
		return p.Message(target, mustMarshal(m))
	}
	text, err := xml.Marshal(m)
	if err != nil {
		panic("wxtest: " + err.Error())
	}
	return p.Message(target, text)
}

// Message returns the request in which WeChat sends message to the URL target. p.Mode
// determines whether the message is encrypted.
//
// In CompatibleMode without p.XML, message must be a JSON object with at least one member,
// without white space after the object. Message panics if message does not end in "}".
//
// In CompatibleMode with p.XML, message must be an XML element that ends in "</xml>".
// Message panics if message does not end in "</xml>".
//
// In SafeMode and CompatibleMode, Message panics if EncodingAESKey is not 43 characters of
// base64.
func (p Push) Message(target string, message []byte) *http.Request {
	timestamp, nonce := pushTime()
	q := p.signed(timestamp, nonce)
	q.Set("openid", pushFrom)
	if p.Mode == PlainMode {
		return newPushRequest(http.MethodPost, target, q, message)
	}
	encrypted := p.encrypt(message)
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", pushSignature(p.Token, timestamp, nonce, encrypted))
	body := p.envelope(encrypted)
	if p.Mode == CompatibleMode {
		body = p.addEncrypt(message, encrypted)
	}
	return newPushRequest(http.MethodPost, target, q, body)
}

func pushTime() (timestamp, nonce string) {
	return strconv.FormatInt(time.Now().Unix(), 10), randomText("123456789", 9)
}

func (p Push) signed(timestamp, nonce string) url.Values {
	return url.Values{
		"signature": {pushSignature(p.Token, timestamp, nonce)},
		"timestamp": {timestamp},
		"nonce":     {nonce},
	}
}

func newPushRequest(method, target string, q url.Values, body []byte) *http.Request {
	r, err := http.NewRequest(method, target+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		panic("wxtest: " + err.Error())
	}
	return r
}

type noticeMessage struct {
	XMLName      xml.Name `xml:"xml" json:"-"`
	ToUserName   cdata
	FromUserName cdata
	CreateTime   int64
	MsgType      cdata
	Event        cdata
	OpenID       cdata
	AppID        cdata
	UnionID      *cdata `json:",omitempty" xml:",omitempty"`
	RevokeInfo   *cdata `json:",omitempty" xml:",omitempty"`
	PluginID     *cdata `json:",omitempty" xml:",omitempty"`
	OpenPID      *cdata `json:",omitempty" xml:",omitempty"`
}

type cdata struct {
	Text string `xml:",cdata"`
}

func (c cdata) MarshalJSON() ([]byte, error) { return mustMarshal(c.Text), nil }

func optional(text string) *cdata {
	if text == "" {
		return nil
	}
	return &cdata{text}
}
