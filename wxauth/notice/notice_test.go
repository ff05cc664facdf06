package notice_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/notice"
	"example.com/wxlogin/wxauth/wxtest"
)

func TestRead(t *testing.T) {
	created := time.Unix(1714112445, 0)
	for _, sent := range []wxtest.Notice{
		{Event: notice.AccountClosed, OpenID: openID, Created: created},
		{Event: notice.ConsentWithdrawn, OpenID: openID, UnionID: "union", RevokeInfo: "8", Created: created},
		{Event: notice.ProfileModified, OpenID: openID, AppID: "wx0", Created: created},
		{Event: notice.AccountClosed, OpenID: openID, PluginID: "wx1", OpenPID: "plugin's user", Created: created},
		{Event: "another_event", Created: created},
	} {
		for _, asXML := range []bool{false, true} {
			for _, mode := range []wxtest.PushMode{wxtest.SafeMode, wxtest.CompatibleMode} {
				receiver, got := newReceiver(t, newAuth(t))
				p := push()
				p.XML, p.Mode = asXML, mode
				want := notice.Notice{Event: sent.Event, AppID: app.ID, OpenID: sent.OpenID, UnionID: sent.UnionID,
					RevokeInfo: sent.RevokeInfo, PluginID: sent.PluginID, Created: created}
				if sent.AppID != "" {
					want.AppID = sent.AppID
				}
				n, err := receiver.Read(p.Notice("/", sent))
				raw := n.Raw
				n.Raw = nil
				if diff := cmp.Diff(want, n); diff != "" || err != nil {
					t.Errorf("XML %t, mode %d: error %v, notice (-want +got):\n%s", asXML, mode, err, diff)
				}
				if len(*got) != 0 {
					t.Error("Read called OnNotice")
				}
				if status, body := serve(receiver, p.Notice("/", sent)); status != 200 || body != "success" {
					t.Errorf("%d %s", status, body)
				}
				want.Raw = raw
				if diff := cmp.Diff([]notice.Notice{want}, *got); diff != "" {
					t.Errorf("OnNotice (-want +got):\n%s", diff)
				}
			}
		}
	}
}

func TestReadLeavesBody(t *testing.T) {
	receiver, _ := newReceiver(t, newAuth(t))
	r := push().Message("/", []byte(hello))
	sent, _ := r.GetBody()
	want, _ := io.ReadAll(sent)
	if _, err := receiver.Read(r); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r.Body); !bytes.Equal(got, want) || err != nil {
		t.Errorf("the body is %q after Read, error %v", got, err)
	}
}

func TestRefusedRequests(t *testing.T) {
	closed := wxtest.Notice{Event: notice.AccountClosed, OpenID: openID}
	asXML, plain, compatible := push(), push(), push()
	asXML.XML = true
	plain.Mode, compatible.Mode = wxtest.PlainMode, wxtest.CompatibleMode
	bodyOf := func(r *http.Request) string {
		b, _ := io.ReadAll(r.Body)
		return string(b)
	}
	query := func(name, value string) *http.Request {
		r := push().Notice("/", closed)
		q := r.URL.Query()
		q.Set(name, value)
		r.URL.RawQuery = q.Encode()
		return r
	}
	encrypted := encrypt(t, key, pad(plaintext(uint32(len(hello)), hello, app.ID)))
	envelope := func(format string) *http.Request {
		return withBody(signed(encrypted), strings.ReplaceAll(format, "…", encrypted))
	}
	for _, test := range []struct {
		name string
		r    *http.Request
		want int
	}{
		{"safe mode", push().Notice("/", closed), 200},
		{"safe mode, XML", asXML.Notice("/", closed), 200},
		{"compatible mode", compatible.Notice("/", closed), 200},
		{"plain mode", plain.Notice("/", closed), 403},
		{"plain body under the query of safe mode", withBody(push().Notice("/", closed), bodyOf(plain.Notice("/", closed))), 403},
		{"Encrypt of another request", withBody(push().Notice("/", closed), bodyOf(push().Notice("/", closed))), 403},
		{"no msg_signature", query("msg_signature", ""), 403},
		{"msg_signature in capitals", query("msg_signature", strings.ToUpper(push().Notice("/", closed).URL.Query().Get("msg_signature"))), 403},
		{"signature for msg_signature", query("msg_signature", push().Notice("/", closed).URL.Query().Get("signature")), 403},
		{"another timestamp", query("timestamp", "1"), 403},
		{"another nonce", query("nonce", "1"), 403},
		{"no signature", query("signature", ""), 200},
		{"another openid", query("openid", otherID), 200},
		{"encrypt_type raw", query("encrypt_type", "raw"), 200},
		{"signature of years ago", signed(encrypted), 200},
		{"empty body", withBody(signed(encrypted), ""), 403},
		{"form", withBody(signed(encrypted), "Encrypt=x"), 403},
		{"list", envelope(`["…"]`), 403},
		{"Encrypt in a list", envelope(`{"Encrypt":["…"]}`), 403},
		{"encrypt in lower case", envelope(`{"encrypt":"…"}`), 403},
		{"Encrypt twice", envelope(`{"Encrypt":"…","Encrypt":"…"}`), 403},
		{"Encrypt in two cases", envelope(`{"Encrypt":"…","encrypt":"x"}`), 403},
		{"Encrypt nested", envelope(`{"x":{"Encrypt":"…"}}`), 403},
		{"JSON cut short", envelope(`{"Encrypt":"…"`), 403},
		{"JSON and more", envelope(`{"Encrypt":"…"}{}`), 403},
		{"spaces around JSON", envelope(" \r\n" + `{"Encrypt":"…"}` + "\n"), 200},
		{"XML", envelope(`<xml><Encrypt>…</Encrypt></xml>`), 200},
		{"XML declaration", envelope(`<?xml version="1.0" encoding="UTF-8"?><xml><Encrypt>…</Encrypt></xml>`), 200},
		{"XML in another encoding", envelope(`<?xml version="1.0" encoding="GBK"?><xml><Encrypt>…</Encrypt></xml>`), 403},
		{"another XML element", envelope(`<html><Encrypt>…</Encrypt></html>`), 403},
		{"two XML elements", envelope(`<xml><Encrypt>…</Encrypt></xml><xml></xml>`), 403},
		{"text behind XML", envelope(`<xml><Encrypt>…</Encrypt></xml>x`), 403},
		{"text in XML", envelope(`<xml>x<Encrypt>…</Encrypt></xml>`), 403},
		{"XML cut short", envelope(`<xml><Encrypt>…</Encrypt>`), 403},
		{"Encrypt twice in XML", envelope(`<xml><Encrypt>…</Encrypt><Encrypt>…</Encrypt></xml>`), 403},
		{"Encrypt in two cases in XML", envelope(`<xml><Encrypt>…</Encrypt><ENCRYPT>x</ENCRYPT></xml>`), 403},
		{"Encrypt with an element in XML", envelope(`<xml><Encrypt>…<x></x></Encrypt></xml>`), 403},
		{"namespace", envelope(`<xml xmlns="x"><Encrypt>…</Encrypt></xml>`), 403},
		{"DOCTYPE", envelope(`<!DOCTYPE xml><xml><Encrypt>…</Encrypt></xml>`), 403},
		{"entity", envelope(`<!DOCTYPE xml [<!ENTITY e "…">]><xml><Encrypt>&e;</Encrypt></xml>`), 403},
		{"comment", envelope(`<xml><!-- x --><Encrypt>…</Encrypt></xml>`), 403},
		{"processing instruction", envelope(`<xml><?x y?><Encrypt>…</Encrypt></xml>`), 403},
		{"not UTF-8", envelope("{\"Encrypt\":\"…\",\"x\":\"\xff\"}"), 403},
		{"64 KiB", envelope(`{"Encrypt":"…","x":"` + strings.Repeat("x", 64<<10-len(encrypted)-len(`{"Encrypt":"","x":""}`)) + `"}`), 200},
		{"over 64 KiB", envelope(`{"Encrypt":"…","x":"` + strings.Repeat("x", 64<<10-len(encrypted)-len(`{"Encrypt":"","x":""}`)+1) + `"}`), 403},
		{"32 levels", envelope(`{"Encrypt":"…","x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`), 200},
		{"33 levels", envelope(`{"Encrypt":"…","x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`), 403},
		{"32 levels of XML", envelope(`<xml><Encrypt>…</Encrypt>` + strings.Repeat("<x>", 31) + strings.Repeat("</x>", 31) + `</xml>`), 200},
		{"33 levels of XML", envelope(`<xml><Encrypt>…</Encrypt>` + strings.Repeat("<x>", 32) + strings.Repeat("</x>", 32) + `</xml>`), 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			receiver, got := newReceiver(t, newAuth(t))
			status, body := serve(receiver, test.r)
			want := map[int]string{200: "success", 403: "refused"}[test.want]
			if status != test.want || body != want || len(*got) != map[int]int{200: 1, 403: 0}[test.want] {
				t.Errorf("%d %s and %d notices, want %d %s", status, body, len(*got), test.want, want)
			}
		})
	}
}

// TestShiftedDigits moves digits between timestamp and nonce. The Receiver accepts a changed
// request if its msg_signature remains correct.
func TestShiftedDigits(t *testing.T) {
	receiver, got := newReceiver(t, newAuth(t))
	r := push().Notice("/", wxtest.Notice{Event: notice.AccountClosed, OpenID: openID})
	q := r.URL.Query()
	joined := q.Get("timestamp") + q.Get("nonce")
	if q.Get("timestamp") > q.Get("nonce") {
		joined = q.Get("nonce") + q.Get("timestamp")
	}
	passed := 0
	for cut := range joined {
		q.Set("timestamp", joined[:cut])
		q.Set("nonce", joined[cut:])
		shifted := r.Clone(t.Context())
		shifted.Body, _ = r.GetBody()
		shifted.URL.RawQuery = q.Encode()
		if status, _ := serve(receiver, shifted); status == 200 {
			passed++
		}
	}
	if passed == 0 {
		t.Error("every shifted query was refused")
	}
	for _, n := range *got {
		if n.OpenID != openID {
			t.Errorf("a shifted query gave the openid %s", n.OpenID)
		}
	}
}

func TestMessages(t *testing.T) {
	closed := notice.Notice{Event: notice.AccountClosed, OpenID: openID}
	other := func(event string) notice.Notice { return notice.Notice{Event: event} }
	const event = `"MsgType":"event","Event":"user_authorization_cancellation"`
	user := `,"OpenID":"` + openID + `"`
	for _, test := range []struct {
		name    string
		message string
		want    *notice.Notice // nil means an error
	}{
		{"notice", `{` + event + user + `}`, &closed},
		{"spaces in names and values", `{" MsgType":"event ","Event ":" user_authorization_cancellation"," OpenID":" ` + openID + `"}`, &closed},
		{"name twice", `{` + event + user + user + `}`, nil},
		{"name twice, one with a space", `{` + event + user + `," OpenID":"x"}`, nil},
		{"name in two cases", `{` + event + user + `,"OPENID":"x"}`, nil},
		{"name in another case", `{` + event + `,"openid":"` + openID + `"}`, nil},
		{"name with a long s", `{"M\u017fgType":"event","Event":"user_authorization_cancellation"` + user + `}`, nil},
		{"escaped name", `{"\u004dsgType":"event","Event":"user_authorization_cancellation"` + user + `}`, &closed},
		{"event in another case", `{"MsgType":"event","event":"user_authorization_cancellation"` + user + `}`, nil},
		{"MsgType in another case", `{"msgtype":"event","Event":"user_authorization_cancellation"` + user + `}`, nil},
		{"name twice, nested", `{` + event + user + `,"x":{"y":1,"y":2}}`, nil},
		{"name twice in a list", `{` + event + user + `,"x":[{"y":1,"y":2}]}`, nil},
		{"same name in two objects", `{` + event + user + `,"x":[{"y":1},{"y":2,"OpenID":"x"}]}`, &closed},
		{"openid no string", `{` + event + `,"OpenID":["x"]}`, nil},
		{"openid with a line end", `{` + event + `,"OpenID":"a\nb"}`, nil},
		{"openid of 257 characters", `{` + event + `,"OpenID":"` + strings.Repeat("x", 257) + `"}`, nil},
		{"openid null", `{` + event + `,"OpenID":null}`, ptr(other(notice.AccountClosed))},
		{"no openid", `{` + event + `}`, ptr(other(notice.AccountClosed))},
		{"RevokeInfo a number", `{"MsgType":"event","Event":"user_authorization_revoke","RevokeInfo":8}`,
			&notice.Notice{Event: notice.ConsentWithdrawn, RevokeInfo: "8"}},
		{"text of a user", `{"MsgType":"text","Content":"x"}`, ptr(other(""))},
		{"text of a user with an Event", `{"MsgType":"text","Content":"x","Event":"user_authorization_cancellation"` + user + `}`,
			&notice.Notice{OpenID: openID}},
		{"no MsgType", `{"Event":"user_authorization_cancellation"` + user + `}`, &notice.Notice{OpenID: openID}},
		{"other event with an appid", `{"MsgType":"event","Event":"wxa_media_check","appid":"x","detail":[{"a":1}]}`, ptr(other("wxa_media_check"))},
		{"other event with an OpenID list", `{"MsgType":"event","Event":"x","OpenID":["x"]}`, ptr(other("x"))},
		{"CreateTime a string", `{"MsgType":"event","Event":"x","CreateTime":"1714112445"}`,
			&notice.Notice{Event: "x", Created: time.Unix(1714112445, 0)}},
		{"CreateTime no number", `{"MsgType":"event","Event":"x","CreateTime":1.5}`, ptr(other("x"))},
		{"empty object", `{}`, ptr(other(""))},
		{"list", `[]`, nil},
		{"text", `success`, nil},
		{"nothing", ``, nil},
		{"trailing comma", `{` + event + user + `,}`, nil},
		{"not UTF-8", "{" + event + ",\"OpenID\":\"\xff\"}", nil},
		{"XML", `<xml><MsgType>event</MsgType><Event><![CDATA[user_authorization_cancellation]]></Event><OpenID>` + openID + `</OpenID></xml>`, &closed},
		{"XML with a DOCTYPE", `<!DOCTYPE xml><xml><MsgType>event</MsgType><Event>x</Event></xml>`, nil},
		{"XML with a name in another case", `<xml><MsgType>event</MsgType><Event>user_authorization_cancellation</Event><Openid>x</Openid></xml>`, nil},
		{"XML with an Event twice", `<xml><MsgType>event</MsgType><Event>x</Event><Event>user_authorization_cancellation</Event></xml>`, nil},
		{"XML list", `<xml><MsgType>event</MsgType><Event>x</Event><detail>1</detail><detail>2</detail></xml>`, ptr(other("x"))},
		{"XML with a nested openid", `<xml><MsgType>event</MsgType><Event>user_authorization_cancellation</Event><OpenID><x>y</x></OpenID></xml>`, nil},
		{"XML from a user's text", `<xml><MsgType>text</MsgType><Content>x</Content><Event>user_authorization_cancellation</Event><OpenID>` + openID + `</OpenID></xml>`,
			&notice.Notice{OpenID: openID}},
	} {
		t.Run(test.name, func(t *testing.T) {
			receiver, _ := newReceiver(t, newAuth(t))
			n, err := receiver.Read(push().Message("/", []byte(test.message)))
			if test.want == nil {
				if err == nil {
					t.Errorf("read as %+v", n)
				}
				return
			}
			test.want.Raw = []byte(test.message)
			if diff := cmp.Diff(*test.want, n); diff != "" || err != nil {
				t.Errorf("error %v, notice (-want +got):\n%s", err, diff)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestReadErrors(t *testing.T) {
	receiver, _ := newReceiver(t, newAuth(t))
	plain := push()
	plain.Mode = wxtest.PlainMode
	wrongToken := push()
	wrongToken.Token = "another token of enough characters"
	wrongKey := push()
	wrongKey.EncodingAESKey = otherKey
	broken := push().Message("/", []byte(hello))
	broken.Body = io.NopCloser(brokenBody{})
	for _, test := range []struct {
		r    *http.Request
		want string
	}{
		{push().Check("/", "x"), "must be a POST"},
		{broken, "connection reset"},
		{plain.Message("/", []byte(hello)), "safe mode"},
		{wrongToken.Message("/", []byte(hello)), "compare the Token"},
		{wrongKey.Message("/", []byte(hello)), "compare EncodingAESKeys"},
		{push().Message("/", []byte("no JSON")), "neither a JSON object nor XML"},
	} {
		n, err := receiver.Read(test.r)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
		if diff := cmp.Diff(notice.Notice{}, n); diff != "" {
			t.Errorf("a notice beside an error:\n%s", diff)
		}
		for _, secret := range []string{token, key, "no JSON"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s is in %v", secret, err)
			}
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	receiver, _ := newReceiver(t, newAuth(t))
	text := slog.AnyValue(receiver).String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		text += fmt.Sprintf(verb, any(receiver))
	}
	raw := fmt.Sprintf("%x", key)
	for _, secret := range []string{token, key, raw, fmt.Sprintf("%x", token)} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
}
