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
	// AccountClosed reports that the user closed the account. The law requires you to
	// delete or anonymize the user's data.
	AccountClosed = "user_authorization_cancellation"
	// ConsentWithdrawn reports that the user withdrew a consent. Notice.RevokeInfo
	// names the data, which you must delete. The user's logins remain valid.
	ConsentWithdrawn = "user_authorization_revoke"
	// ProfileModified reports that WeChat removed a forbidden nickname or picture from
	// the user's profile. You should also remove copies of it.
	ProfileModified = "user_info_modified"
)

// Notice is an authentic message from WeChat. Fields that the message does not have are
// empty.
type Notice struct {
	// Event is AccountClosed, ConsentWithdrawn, ProfileModified or another event of
	// WeChat. It is empty if the message is not an event, such as a user's text to
	// customer service.
	Event string
	// AppID is the appid of the mini program.
	AppID string
	// OpenID is the openid of the user.
	OpenID string
	// UnionID is the unionid of the user, which is the same for all apps of one Open
	// Platform account.
	UnionID string
	// RevokeInfo tells which consent was withdrawn. For example, "8" is the phone
	// number. WeChat's page has the list, and WeChat may add values.
	RevokeInfo string
	// PluginID is set if the message is about a user of a plugin.
	PluginID string
	// Created is the time when WeChat made the message, in whole seconds. It does not
	// protect against replayed messages.
	Created time.Time
	// Raw is the whole message, in JSON or XML. Use it for members that Notice does not
	// have.
	Raw []byte
}

const maxBody = 64 << 10

// Read returns the message of a push request. It checks and decrypts the message like
// ServeHTTP, but ends no logins. An error means that the message is not authentic, or
// that the body did not arrive. The text of the error contains no secret. After an
// error, answer 403.
//
// After Read, the body of the request can be read again.
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
	// The signature does not determine where one part ends and the next part begins.
	// This does no harm: timestamp and nonce are not used, and a shorter or longer
	// Encrypt does not decrypt to a message.
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
	// If WeChat did not escape a user's text correctly, the text could contain an
	// Event. The MsgType of such a message would not be "event".
	if m.text(nameMsgType) == "event" {
		n.Event = m.text(nameEvent)
	}
	if seconds, err := strconv.ParseInt(m.text(nameCreateTime), 10, 64); err == nil {
		n.Created = time.Unix(seconds, 0)
	}
	return n, nil
}

// aboutAccount reports whether m contains an event about a user's account. It accepts
// the name Event in upper or lower case.
func (m members) aboutAccount() bool {
	switch m[fold(nameEvent)].text {
	case AccountClosed, ConsentWithdrawn, ProfileModified:
		return true
	}
	return false
}

const maxText = 256

// checkExact refuses a message if a name differs from WeChat's name only in case, or if
// a value is not plain text. It is only for messages about an account, because other
// messages of WeChat have such names: wxa_media_check has an appid.
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
