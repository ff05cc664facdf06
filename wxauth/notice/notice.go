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
	// AccountClosed reports that the user closed the account. The law requires you to
	// delete or anonymize the user's data.
	AccountClosed = "user_authorization_cancellation"
	// ConsentWithdrawn reports that the user withdrew the consent for a kind of data.
	// You must delete this data. Notice.RevokeInfo is WeChat's number for the kind of
	// data. The user's logins remain valid.
	ConsentWithdrawn = "user_authorization_revoke"
	// ProfileModified reports that WeChat removed a forbidden nickname or picture from
	// the user's profile. You should remove your copies of the nickname and the
	// picture.
	ProfileModified = "user_info_modified"
)

// Notice is an authentic message from WeChat. A field is empty if the message does not
// contain it.
type Notice struct {
	// Event is AccountClosed, ConsentWithdrawn, ProfileModified or another event of
	// WeChat. It is empty if the message is not an event. For example, a user's text to
	// customer service is not an event.
	Event string
	// AppID is the AppID in the message. It can differ from Config.AppID.
	AppID string
	// OpenID is the openid of the user.
	OpenID string
	// UnionID is the unionid of the user. It is the same for all apps of one WeChat
	// Open Platform account.
	UnionID string
	// If Event is ConsentWithdrawn, RevokeInfo is WeChat's number for the kind of data.
	// For example, "8" is the phone number. WeChat's page lists the numbers, and WeChat
	// can add numbers.
	RevokeInfo string
	// PluginID is the ID of a plugin. It is set if the message is about a user of a
	// plugin.
	PluginID string
	// Created is the time when WeChat made the message, in whole seconds. Do not use it
	// to detect replayed messages.
	Created time.Time
	// Raw is the whole message, in JSON or XML. It also contains the members that have
	// no field in Notice.
	Raw []byte
}

const maxBody = 64 << 10

// Read returns the message of a push request. It checks and decrypts the message as
// ServeHTTP does, but ends no logins and does not call OnNotice.
//
// Read returns an error if the request is not a POST, if the body did not arrive
// completely, or if the message is malformed or not authentic. The text of the error
// contains no secret. After an error, answer 403.
//
// After Read, the body of the request can be read again. Read does not restore a body
// that did not arrive completely or is over 64 KiB.
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
	// The signature does not show where the timestamp, the nonce and Encrypt begin and
	// end. This does no harm. The timestamp and the nonce have no other use, and a
	// shorter or longer Encrypt does not decrypt to a message.
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

// newNotice parses a decrypted message.
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
	// A message with a user's text has another MsgType. Without this check, a user
	// could add an Event to a text if WeChat did not escape the text correctly.
	if m.text(nameMsgType) == "event" {
		n.Event = m.text(nameEvent)
	}
	if seconds, err := strconv.ParseInt(m.text(nameCreateTime), 10, 64); err == nil {
		n.Created = time.Unix(seconds, 0)
	}
	return n, nil
}

// aboutAccount reports whether m contains an event about a user's account. It also
// accepts the name Event in another case, and checkExact then refuses the message.
func (m members) aboutAccount() bool {
	switch m[fold(nameEvent)].text {
	case AccountClosed, ConsentWithdrawn, ProfileModified:
		return true
	}
	return false
}

const maxText = 256

// checkExact returns an error if a name of names() is spelled in another case, or if
// its value is not a short plain text. It is only for messages about an account. Other
// messages of WeChat contain names in another case: wxa_media_check contains appid.
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
