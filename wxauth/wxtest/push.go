package wxtest

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Push makes the requests of WeChat's message push, which are messages from WeChat to a
// mini program's server. A test sends the requests to its server, or passes them to a
// handler:
//
//	push := wxtest.Push{AppID: appID, Token: token, EncodingAESKey: key}
//	response := httptest.NewRecorder()
//	handler.ServeHTTP(response, push.Notice("/push", wxtest.Notice{
//		Event:  "user_authorization_cancellation",
//		OpenID: openID,
//	}))
//
// A Push sends nothing by itself. If WeChat gets no success answer within 5 seconds, it
// repeats the request, at most three times. To test such a repetition, make the request
// again.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push
type Push struct {
	// AppID, Token and EncodingAESKey are the values from mp.weixin.qq.com. The key has
	// 43 characters.
	AppID, Token, EncodingAESKey string
	// Mode determines how much of a message is encrypted. The default is SafeMode.
	Mode PushMode
	// XML selects XML for the messages. The default is JSON.
	XML bool
}

// PushMode is one of the three ways in which WeChat sends messages.
type PushMode int

// The modes of the message push.
const (
	// SafeMode sends the message encrypted. The msg_signature covers it.
	SafeMode PushMode = iota
	// CompatibleMode sends the message both in plain text and encrypted. The
	// msg_signature covers only the encrypted copy.
	CompatibleMode
	// PlainMode sends the message in plain text. No signature covers it.
	PlainMode
)

// Notice is a message about a user's account or consent.
//
// https://developers.weixin.qq.com/miniprogram/dev/server/event_push/platform/authorized_user_information_changes
type Notice struct {
	// Event is user_info_modified, user_authorization_revoke or
	// user_authorization_cancellation.
	Event string
	// OpenID is the user.
	OpenID string
	// AppID is the mini program. The default is the AppID of the Push.
	AppID string
	// UnionID is the unionid of the user. It is left out if it is empty.
	UnionID string
	// RevokeInfo tells which consent was withdrawn, such as "8" for the phone number.
	RevokeInfo string
	// PluginID is set only in a notice about a plugin.
	PluginID string
	// OpenPID is the user of that plugin.
	OpenPID string
	// Created is the time when WeChat made the notice. The default is time.Now.
	Created time.Time
}

const (
	pushTo   = "gh_97417a04a28d"              // the mini program's original ID
	pushFrom = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY" // WeChat's own account, never the user
)

// Check returns the request that WeChat sends to check a URL, when somebody enters the
// URL at mp.weixin.qq.com. The server must answer with echo.
func (p Push) Check(target, echo string) *http.Request {
	timestamp, nonce := pushTime()
	q := p.signed(timestamp, nonce)
	q.Set("echostr", echo)
	return newPushRequest(http.MethodGet, target, q, nil)
}

// Notice returns the request for a notice.
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

// Message returns the request for any message. p.Mode determines how the message is
// encrypted and signed. In CompatibleMode the message must be a JSON object, or an XML
// element if p.XML is set.
//
// Message panics if the EncodingAESKey does not consist of 43 base64 characters.
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

// pushTime returns a new timestamp and nonce.
func pushTime() (timestamp, nonce string) {
	return strconv.FormatInt(time.Now().Unix(), 10), randomText("123456789", 9)
}

// signed returns the query for a GET, or for a POST in plain mode.
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

// noticeMessage is a Notice as WeChat sends it.
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

// cdata is a text. It becomes a string in JSON and a CDATA section in XML.
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
