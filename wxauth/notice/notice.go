package notice

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// These are the events about a user's account.
//
// https://developers.weixin.qq.com/miniprogram/dev/server/event_push/platform/authorized_user_information_changes
const (
	// AccountClosed reports that the user closed the WeChat account. WeChat requires you
	// to treat the user's data as the law on personal information demands. In practice,
	// delete or anonymize the data.
	AccountClosed = "user_authorization_cancellation"
	// ConsentWithdrawn reports that the user withdrew the consent for a kind of data.
	// You must delete the user's data of this kind. Notice.RevokeInfo is WeChat's number
	// for the kind of data. The user's logins remain valid.
	ConsentWithdrawn = "user_authorization_revoke"
	// ProfileModified reports that WeChat removed the nickname or the picture from the
	// user's profile. WeChat does this if it considers them a risk. You should remove your
	// copies of the nickname and the picture.
	ProfileModified = "user_info_modified"
)

// Notice is an authentic message from WeChat. A field is empty if the message contains
// no usable value for it.
type Notice struct {
	// Event is AccountClosed, ConsentWithdrawn, ProfileModified or another event of
	// WeChat. It is empty if the message is not an event. For example, a user's text to
	// customer service is not an event.
	Event string
	// AppID is the value of the message's member AppID. It can differ from Config.AppID.
	AppID string
	// OpenID is the value of the message's member OpenID. If Event is
	// AccountClosed, ConsentWithdrawn or ProfileModified, it is the openid of the user.
	OpenID string
	// UnionID is the unionid of the user. It is the same for all apps of one WeChat
	// Open Platform account.
	UnionID string
	// RevokeInfo is WeChat's number for a kind of data, such as "8" for the phone
	// number. If Event is ConsentWithdrawn, the user withdrew the consent for this kind.
	// The page that is linked above AccountClosed lists the numbers. WeChat can add
	// numbers.
	RevokeInfo string
	// PluginID is the ID of a plugin. It is set if the message is about a user of a
	// plugin.
	PluginID string
	// Created is the time when WeChat made the message, in whole seconds. Different
	// messages can have the same Created, so it cannot identify a repeated message.
	Created time.Time
	// Raw is the whole decrypted message, in JSON or XML. It also contains the members
	// that have no field in Notice.
	Raw []byte
}

const maxBody = 64 << 10

// Read returns the message of a push request. It checks and decrypts the message as
// ServeHTTP does, but ends no logins and does not call OnNotice.
//
// Read returns an error if the request is not a POST, or if the body is incomplete or over
// 64 KiB. It also returns an error if the message is malformed or not authentic. The text
// of the error contains no secret. After an error, answer 403.
//
// After Read, the body of the request can be read again if it was complete and had at most
// 64 KiB.
func (rec *Receiver) Read(r *http.Request) (Notice, error) {
	if r.Method != http.MethodPost {
		return Notice{}, errors.New("a message must be a POST")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return Notice{}, fmt.Errorf("reading the body: %w", err)
	}
	if len(body) > maxBody {
		return Notice{}, errors.New("the body is over 64 KiB")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))

	envelope, err := parse(body)
	if err != nil {
		return Notice{}, fmt.Errorf("the body is malformed: %w", err)
	}
	encrypt := envelope.text(nameEncrypt)
	if encrypt == "" {
		return Notice{}, errors.New("the message is not encrypted; set the mode of the message push to 安全模式 (safe mode)")
	}
	// The signature covers the joined text of the timestamp, the nonce and the encrypted
	// message. So an attacker can move some characters between the three without changing the
	// signature. This does no harm. The package uses the timestamp and the nonce only for the
	// signature, and it refuses an encrypted message that was changed in this way.
	q := r.URL.Query()
	if !equal(q.Get("msg_signature"), rec.sign(q.Get("timestamp"), q.Get("nonce"), encrypt)) {
		return Notice{}, errors.New("msg_signature is wrong; compare the Token with the one at mp.weixin.qq.com")
	}
	message, err := rec.open(encrypt)
	if err != nil {
		return Notice{}, err
	}
	n, err := newNotice(message)
	if err != nil {
		return Notice{}, fmt.Errorf("the decrypted message is malformed: %w", err)
	}
	return n, nil
}

func newNotice(message []byte) (Notice, error) {
	m, err := parse(message)
	if err != nil {
		return Notice{}, err
	}
	if m.aboutAccount() {
		if err := m.checkExact(); err != nil {
			return Notice{}, err
		}
	}
	n := Notice{
		AppID:      m.text(nameAppID),
		OpenID:     m.text(nameOpenID),
		UnionID:    m.text(nameUnionID),
		RevokeInfo: m.text(nameRevokeInfo),
		PluginID:   m.text(namePluginID),
		Raw:        message,
	}
	// The MsgType of a message with a user's text is not "event". If WeChat did not
	// escape the text correctly, the user could add an Event to the message. The check
	// of MsgType makes this package ignore such an Event.
	if m.text(nameMsgType) == "event" {
		n.Event = m.text(nameEvent)
	}
	if seconds, err := strconv.ParseInt(m.text(nameCreateTime), 10, 64); err == nil {
		n.Created = time.Unix(seconds, 0)
	}
	return n, nil
}

// aboutAccount reports whether m contains an event about a user's account. It also
// looks at a member whose name differs from "Event" only in case, because checkExact must
// refuse such a message.
func (m members) aboutAccount() bool {
	switch m[fold(nameEvent)].text {
	case AccountClosed, ConsentWithdrawn, ProfileModified:
		return true
	}
	return false
}

const maxText = 256

// checkExact returns an error if m contains a name that differs from one of names() only
// in upper and lower case. checkExact is only for messages about a user's account. Some
// other messages contain names in another case. For example, the event
// wxa_media_check contains appid instead of AppID.
func (m members) checkExact() error {
	for _, name := range names() {
		v, ok := m[fold(name)]
		switch {
		case !ok:
		case v.name != name:
			return fmt.Errorf("the name %s is spelled otherwise", name)
		case v.compound || len(v.text) > maxText || strings.ContainsFunc(v.text, unicode.IsControl):
			return fmt.Errorf("the value of %s is no plain text", name)
		}
	}
	return nil
}
