package notice_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"unicode"

	"example.com/wxlogin/wxauth/notice"
)

// FuzzRead checks that Read refuses a body that is not signed. If Read returns
// AccountClosed for a signed message, the standard library must not decode a different
// openid from it.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		hello, `{}`, ``, `[`, `{"Encrypt":"x"}`, `<xml></xml>`, `<xml><Encrypt>x</Encrypt></xml>`,
		`{"MsgType":"event","Event":"user_authorization_cancellation","OpenID":"o","AppID":"wx"}`,
		`<xml><MsgType><![CDATA[event]]></MsgType><Event>user_authorization_cancellation</Event><OpenID>o</OpenID></xml>`,
	} {
		f.Add([]byte(seed))
	}
	receiver, _ := newReceiver(f, newAuth(f))
	f.Fuzz(func(t *testing.T, message []byte) {
		r := push().Message("/", nil)
		if n, err := receiver.Read(withBody(r, string(message))); err == nil {
			t.Errorf("a body that nobody signed was read as %+v", n)
		}
		n, err := receiver.Read(push().Message("/", message))
		if err != nil || n.Event != notice.AccountClosed {
			return
		}
		if !bytes.Equal(n.Raw, message) || strings.ContainsFunc(n.OpenID, unicode.IsControl) || len(n.OpenID) > 256 {
			t.Errorf("%q was read as %+v", message, n)
		}
		var loose struct{ MsgType, Event, OpenID string }
		unmarshal := json.Unmarshal
		if bytes.HasPrefix(bytes.TrimSpace(message), []byte("<")) {
			unmarshal = xml.Unmarshal
		}
		// Read accepts JSON names with spaces around them, such as " OpenID".
		// encoding/json ignores such names, so loose.OpenID can be empty.
		if err := unmarshal(message, &loose); err == nil && loose.OpenID != "" && strings.TrimSpace(loose.OpenID) != n.OpenID {
			t.Errorf("%q is about %q, and about %q to the standard library", message, n.OpenID, loose.OpenID)
		}
	})
}
