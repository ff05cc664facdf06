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

// The events about a user's account.
//
// https://developers.weixin.qq.com/miniprogram/dev/server/event_push/platform/authorized_user_information_changes
const (
	// AccountClosed: the user closed the account. The law asks to delete or
	// anonymise the user's data.
	AccountClosed = "user_authorization_cancellation"
	// ConsentWithdrawn: the user withdrew a consent. Notice.RevokeInfo says
	// for which data, which must be deleted. The user's logins go on.
	ConsentWithdrawn = "user_authorization_revoke"
	// ProfileModified: WeChat removed a forbidden nickname or picture from the
	// user's profile. Copies of it should be removed, too.
	ProfileModified = "user_info_modified"
)

// Notice is a message from WeChat. It is authentic. Members that the message
// does not have are empty.
type Notice struct {
	// Event is one of the constants above or another event of WeChat's. It is
	// empty for a message that is not an event, such as a user's text to
	// customer service.
	Event string
	// AppID is the mini program.
	AppID string
	// OpenID is the user.
	OpenID string
	// UnionID is the user, for all apps of one Open Platform account.
	UnionID string
	// RevokeInfo says which consent was withdrawn: "8" is the phone number.
	// WeChat's page has the list, which grows.
	RevokeInfo string
	// PluginID is set if the message is about a user of a plugin.
	PluginID string
	// Created is when WeChat made the message, with a resolution of a second.
	// It is no protection against old messages.
	Created time.Time
	// Raw is the whole message, JSON or XML, for the members that are not
	// here.
	Raw []byte
}

const maxBody = 64 << 10

// Read returns the message of a push request. It checks and decrypts as
// ServeHTTP does, and ends no logins. An error means that the message is not
// authentic or that the body did not arrive; its text has no secret. Answer 403.
//
// Read leaves the request's body to be read again.
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
	// The signature leaves open where one of its parts ends and the next
	// begins. This does no harm: timestamp and nonce are not used, and another
	// cut of Encrypt decrypts to no message.
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

// newNotice returns the Notice of a decrypted message.
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
	// A user's text could hold an Event, if WeChat did not escape it well. Its
	// MsgType would be another.
	if m.text(nameMsgType) == "event" {
		n.Event = m.text(nameEvent)
	}
	if seconds, err := strconv.ParseInt(m.text(nameCreateTime), 10, 64); err == nil {
		n.Created = time.Unix(seconds, 0)
	}
	return n, nil
}

// aboutAccount reports whether m has one of the events about a user's account,
// under any spelling of the name Event.
func (m members) aboutAccount() bool {
	switch m[fold(nameEvent)].text {
	case AccountClosed, ConsentWithdrawn, ProfileModified:
		return true
	}
	return false
}

const maxText = 256

// checkExact refuses a message whose names differ from WeChat's in case, or
// whose values are no plain text. WeChat's other messages have such names:
// wxa_media_check has an appid.
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
