package wxtest_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"os"
	"sort"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxtest"
)

const (
	pushToken = "AAAAA"
	pushKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" // the 2 unused bits of the last character are not zero, so a strict base64 decoder refuses the key
)

func sha1OfSorted(parts ...string) string {
	sort.Strings(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

func openPush(t *testing.T, key, encrypted string) (message, app string, pad int) {
	t.Helper()
	raw, data := unbase64(t, key+"="), unbase64(t, encrypted)
	block, err := aes.NewCipher(raw)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCDecrypter(block, raw[:16]).CryptBlocks(data, data)
	pad = int(data[len(data)-1])
	if pad == 0 || pad > 32 || !bytes.HasSuffix(data, bytes.Repeat([]byte{byte(pad)}, pad)) {
		t.Fatalf("bad padding: % x", data[len(data)-32:])
	}
	data = data[:len(data)-pad]
	n := binary.BigEndian.Uint32(data[16:])
	return string(data[20 : 20+n]), string(data[20+n:]), pad
}

// TestPushVectors checks the helpers sha1OfSorted and openPush against known answers.
func TestPushVectors(t *testing.T) {
	text, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			ID     string
			Inputs struct {
				Token, AppID, Timestamp, Nonce, Encrypt string
				Key                                     string `json:"encoding_aes_key"`
			}
			Expected struct {
				Signature    string
				MsgSignature string `json:"msg_signature"`
				MsgLen       int    `json:"msg_len"`
				Pad          int
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	signed, opened := 0, 0
	for _, v := range file.Vectors {
		in, want := v.Inputs, v.Expected
		if strings.HasPrefix(v.ID, "push-") && want.Signature != "" {
			signed++
			if got := sha1OfSorted(in.Token, in.Timestamp, in.Nonce); got != want.Signature {
				t.Errorf("%s: signature %s, want %s", v.ID, got, want.Signature)
			}
		}
		if want.Pad == 0 || in.Encrypt == "" {
			continue
		}
		opened++
		if got := sha1OfSorted(in.Token, in.Timestamp, in.Nonce, in.Encrypt); got != want.MsgSignature {
			t.Errorf("%s: msg_signature %s, want %s", v.ID, got, want.MsgSignature)
		}
		message, app, pad := openPush(t, in.Key, in.Encrypt)
		if len(message) != want.MsgLen || app != in.AppID || pad != want.Pad {
			t.Errorf("%s: %d bytes for %s with %d of padding", v.ID, len(message), app, pad)
		}
	}
	if signed != 5 || opened != 3 {
		t.Errorf("%d signatures and %d messages among the vectors, want 5 and 3", signed, opened)
	}
}

type pushed struct {
	Query   []string // the names of the query parameters; readPush ignores unknown names
	Plain   string   // the body; … replaces the encrypted message
	Message string   // the decrypted message, if the body contains an encrypted message
}

// readPush checks the signatures of a push request and decrypts an encrypted message.
func readPush(t *testing.T, r *http.Request) pushed {
	t.Helper()
	q := r.URL.Query()
	var p pushed
	for _, name := range []string{"signature", "timestamp", "nonce", "echostr", "openid", "encrypt_type", "msg_signature"} {
		if q.Has(name) {
			p.Query = append(p.Query, name)
		}
	}
	if got, want := q.Get("signature"), sha1OfSorted(pushToken, q.Get("timestamp"), q.Get("nonce")); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct {
		ToUserName, Encrypt string
	}
	if strings.HasPrefix(string(body), "<") {
		err = xml.Unmarshal(body, &envelope)
	} else if len(body) > 0 {
		err = json.Unmarshal(body, &envelope)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	p.Plain = strings.ReplaceAll(string(body), envelope.Encrypt, "…")
	if envelope.Encrypt == "" {
		p.Plain = string(body)
		return p
	}
	if got, want := q.Get("msg_signature"), sha1OfSorted(pushToken, q.Get("timestamp"), q.Get("nonce"), envelope.Encrypt); got != want {
		t.Errorf("msg_signature %s, want %s", got, want)
	}
	message, app, _ := openPush(t, pushKey, envelope.Encrypt)
	if app != appID {
		t.Errorf("encrypted for %s", app)
	}
	p.Message = message
	return p
}

func TestPush(t *testing.T) {
	const (
		asJSON = `{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":946684800,"MsgType":"event",` +
			`"Event":"user_authorization_revoke","OpenID":"` + openID + `","AppID":"` + appID + `","RevokeInfo":"8"}`
		asXML = `<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><FromUserName><![CDATA[o9AgO5Kd5ggOC-bXrbNODIiE3bGY]]></FromUserName>` +
			`<CreateTime>946684800</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[user_authorization_revoke]]></Event>` +
			`<OpenID><![CDATA[` + openID + `]]></OpenID><AppID><![CDATA[` + appID + `]]></AppID><RevokeInfo><![CDATA[8]]></RevokeInfo></xml>`
		element = `<Encrypt><![CDATA[…]]></Encrypt></xml>`
	)
	signed := []string{"signature", "timestamp", "nonce"}
	plain := append(signed[:3:3], "openid")
	encrypted := append(plain[:4:4], "encrypt_type", "msg_signature")
	for _, test := range []struct {
		name string
		mode wxtest.PushMode
		xml  bool
		want pushed
	}{
		{"safe JSON", wxtest.SafeMode, false, pushed{encrypted, `{"Encrypt":"…","ToUserName":"gh_97417a04a28d"}`, asJSON}},
		{"safe XML", wxtest.SafeMode, true, pushed{encrypted, `<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>` + element, asXML}},
		{"compatible JSON", wxtest.CompatibleMode, false, pushed{encrypted, strings.TrimSuffix(asJSON, "}") + `,"Encrypt":"…"}`, asJSON}},
		{"compatible XML", wxtest.CompatibleMode, true, pushed{encrypted, strings.TrimSuffix(asXML, "</xml>") + element, asXML}},
		{"plain JSON", wxtest.PlainMode, false, pushed{plain, asJSON, ""}},
		{"plain XML", wxtest.PlainMode, true, pushed{plain, asXML, ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the clock in the bubble starts at 1 January 2000
				p := wxtest.Push{AppID: appID, Token: pushToken, EncodingAESKey: pushKey, Mode: test.mode, XML: test.xml}
				r := p.Notice("https://example.com/push", wxtest.Notice{Event: "user_authorization_revoke", OpenID: openID, RevokeInfo: "8"})
				if r.Method != "POST" || r.URL.Path != "/push" || r.URL.Query().Get("timestamp") != "946684800" {
					t.Errorf("%s %s", r.Method, r.URL)
				}
				if diff := cmp.Diff(test.want, readPush(t, r)); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			})
		})
	}
	check := wxtest.Push{Token: pushToken}.Check("/push", "4375120948345356249")
	if diff := cmp.Diff(pushed{Query: append(signed[:3:3], "echostr")}, readPush(t, check)); diff != "" || check.Method != "GET" ||
		check.URL.Query().Get("echostr") != "4375120948345356249" {
		t.Errorf("check: %s %s, query (-want +got):\n%s", check.Method, check.URL, diff)
	}
}

func TestPushNotice(t *testing.T) {
	p := wxtest.Push{AppID: appID, Token: pushToken, EncodingAESKey: pushKey}
	n := wxtest.Notice{Event: "E&<>", OpenID: "O", AppID: "A", UnionID: "U", RevokeInfo: "R", PluginID: "P", OpenPID: "Q", Created: time.Unix(7, 0)}
	want := `{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":7,"MsgType":"event","Event":"E&<>",` +
		`"OpenID":"O","AppID":"A","UnionID":"U","RevokeInfo":"R","PluginID":"P","OpenPID":"Q"}`
	if diff := cmp.Diff(want, readPush(t, p.Notice("/", n)).Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestPushPadding(t *testing.T) {
	p := wxtest.Push{AppID: appID, Token: pushToken, EncodingAESKey: pushKey}
	for n := range 70 {
		message := strings.Repeat("x", n)
		r := p.Message("/", []byte(message))
		if got := readPush(t, r).Message; got != message {
			t.Errorf("%d bytes came back as %q", n, got)
		}
		var envelope struct{ Encrypt string }
		body, _ := r.GetBody()
		json.NewDecoder(body).Decode(&envelope)
		if data := unbase64(t, envelope.Encrypt); len(data)%32 != 0 {
			t.Errorf("%d bytes became %d, which is no multiple of 32", n, len(data))
		}
	}
}

func TestPushPanics(t *testing.T) {
	for name, push := range map[string]wxtest.Push{
		"short key":               {EncodingAESKey: "AAAA"},
		"key that is no base64":   {EncodingAESKey: strings.Repeat("!", 43)},
		"message that is no JSON": {EncodingAESKey: pushKey, Mode: wxtest.CompatibleMode},
		"message that is no XML":  {EncodingAESKey: pushKey, Mode: wxtest.CompatibleMode, XML: true},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			push.Message("/", []byte("text"))
		})
	}
}
