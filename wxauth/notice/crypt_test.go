package notice_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth/notice"
)

func TestVectors(t *testing.T) {
	all := vectors(t)
	receiver := func(t *testing.T, v vector) *notice.Receiver {
		r, _ := newReceiver(t, newAuth(t), func(c *notice.Config) {
			c.AppID, c.Token = v.Inputs.AppID, v.Inputs.Token
			if v.Inputs.Key != "" {
				c.EncodingAESKeys = []string{v.Inputs.Key}
			}
			if c.AppID == "" {
				c.AppID = app.ID
			}
		})
		return r
	}
	query := func(v vector) url.Values {
		return url.Values{"timestamp": {v.Inputs.Timestamp}, "nonce": {v.Inputs.Nonce}}
	}
	opens := func(t *testing.T, v vector) {
		q := query(v)
		q.Set("msg_signature", v.Expected.MsgSignature)
		body := fmt.Sprintf(`{"ToUserName":"gh_97417a04a28d","Encrypt":%q}`, v.Inputs.Encrypt)
		n, err := receiver(t, v).Read(httptest.NewRequest("POST", "/?"+q.Encode(), strings.NewReader(body)))
		if err != nil || len(n.Raw) != v.Expected.MsgLen {
			t.Errorf("%d bytes, error %v; want %d bytes", len(n.Raw), err, v.Expected.MsgLen)
		}
		if v.Expected.Msg != "" && string(n.Raw) != v.Expected.Msg {
			t.Errorf("message %s, want %s", n.Raw, v.Expected.Msg)
		}
	}
	refusesPlain := func(t *testing.T, v vector) {
		q := query(v)
		q.Set("signature", v.Expected.Signature)
		if got := sign(v.Inputs.Token, v.Inputs.Timestamp, v.Inputs.Nonce); got != v.Expected.Signature {
			t.Errorf("signature %s, want %s", got, v.Expected.Signature)
		}
		body := `{"MsgType":"event","Event":"debug_demo"}`
		status, _ := serve(receiver(t, v), httptest.NewRequest("POST", "/?"+q.Encode(), strings.NewReader(body)))
		if status != 403 {
			t.Errorf("status %d, want 403", status)
		}
	}
	for id, test := range map[string]func(*testing.T, vector){
		"push-url-verify-official": func(t *testing.T, v vector) {
			q := query(v)
			q.Set("signature", v.Expected.Signature)
			q.Set("echostr", v.Inputs.Echostr)
			if status, body := serve(receiver(t, v), httptest.NewRequest("GET", "/?"+q.Encode(), nil)); status != 200 || body != v.Inputs.Echostr {
				t.Errorf("%d %s", status, body)
			}
		},
		"push-plain-json-official":         refusesPlain,
		"push-signature-shift":             refusesPlain,
		"push-safe-json-official":          opens,
		"push-safe-xml-component-official": opens,
		"push-xml-sample-1":                opens,
		"push-reply-json-official": func(t *testing.T, v vector) {
			// This vector is a server's reply to a message. The reply is encrypted in the
			// same way as a message.
			plain := plaintext(uint32(len(v.Inputs.Msg)), v.Inputs.Msg, v.Inputs.AppID)
			copy(plain, v.Inputs.Random)
			if got := encrypt(t, v.Inputs.Key, pad(plain)); got != v.Expected.Encrypt {
				t.Errorf("encrypt gives %s, want %s", got, v.Expected.Encrypt)
			}
			v.Inputs.Encrypt, v.Expected.MsgLen = v.Expected.Encrypt, len(v.Inputs.Msg)
			opens(t, v)
		},
		"push-wecom-url-verify-sample": func(t *testing.T, v vector) {
			// In its URL check, WeCom (WeChat for companies) encrypts the echostr like a
			// message. Read must refuse this echostr, because the decrypted text is a
			// number instead of a message.
			q := query(v)
			q.Set("msg_signature", v.Expected.MsgSignature)
			body := fmt.Sprintf(`{"Encrypt":%q}`, v.Inputs.Echostr)
			_, err := receiver(t, v).Read(httptest.NewRequest("POST", "/?"+q.Encode(), strings.NewReader(body)))
			if err == nil || !strings.Contains(err.Error(), "the decrypted message is malformed") {
				t.Errorf("error %v", err)
			}
		},
	} {
		t.Run(id, func(t *testing.T) {
			v, ok := all[id]
			if !ok {
				t.Fatal("there is no such vector")
			}
			delete(all, id)
			test(t, v)
		})
	}
	for id := range all {
		t.Errorf("the vector %s is not tested", id)
	}
}

const hello = `{"MsgType":"event","Event":"hello"}`

func TestOpen(t *testing.T) {
	receiver, got := newReceiver(t, newAuth(t))
	good := plaintext(uint32(len(hello)), hello, app.ID)
	whole := plaintext(uint32(len(hello)), hello, app.ID)
	for len(whole)%16 != 0 {
		whole = slices.Insert(whole, 20+len(hello), ' ')
		whole[19]++
	}
	short := func(n int) string { return encrypt(t, key, pad([]byte(strings.Repeat("x", n)))) }
	for _, test := range []struct {
		name    string
		encrypt string
		want    int
	}{
		{"right", encrypt(t, key, pad(good)), 200},
		{"wrong key", encrypt(t, otherKey, pad(good)), 403},
		{"wrong appid", encrypt(t, key, pad(plaintext(uint32(len(hello)), hello, "wx0000000000000000"))), 403},
		{"no appid", encrypt(t, key, pad(plaintext(uint32(len(hello)), hello, ""))), 403},
		{"appid and more", encrypt(t, key, pad(append(bytes.Clone(good), '0'))), 403},
		{"appid in capitals", encrypt(t, key, pad(plaintext(uint32(len(hello)), hello, strings.ToUpper(app.ID)))), 403},
		{"length 2^32-1", encrypt(t, key, pad(plaintext(math.MaxUint32, hello, app.ID))), 403},
		{"length 2^31", encrypt(t, key, pad(plaintext(1<<31, hello, app.ID))), 403},
		{"length one more", encrypt(t, key, pad(plaintext(uint32(len(hello))+1, hello, app.ID))), 403},
		{"length one less", encrypt(t, key, pad(plaintext(uint32(len(hello))-1, hello, app.ID))), 403},
		{"length with the appid", encrypt(t, key, pad(plaintext(uint32(len(hello)+len(app.ID)), hello, app.ID))), 403},
		{"length of the rest and more", encrypt(t, key, pad(plaintext(uint32(len(hello)+len(app.ID)+1), hello, app.ID))), 403},
		{"length 0", encrypt(t, key, pad(plaintext(0, hello, app.ID))), 403},
		{"empty message", encrypt(t, key, pad(plaintext(0, "", app.ID))), 403},
		{"no length", short(16), 403},
		{"a part of the length", short(19), 403},
		{"a length and nothing else", short(20), 403},
		{"nothing but padding", short(0), 403},
		{"padding of 48 bytes", encrypt(t, key, append(whole, bytes.Repeat([]byte{48}, 48)...)), 403},
		{"half a block", base64.StdEncoding.EncodeToString(make([]byte, 24)), 403},
		{"no bytes", "", 403},
		{"no base64", "!" + encrypt(t, key, pad(good))[1:], 403},
		{"base64 for URLs", strings.NewReplacer("+", "-", "/", "_").Replace(encrypt(t, key, pad(longMessage()))), 403},
		{"base64 without its end", strings.TrimRight(encrypt(t, key, pad(plaintext(4, `{ }`+"\n", app.ID))), "="), 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			*got = nil
			status, _ := serve(receiver, signed(test.encrypt))
			if status != test.want || len(*got) != map[int]int{200: 1, 403: 0}[test.want] {
				t.Errorf("status %d, %d notices; want %d", status, len(*got), test.want)
			}
		})
	}
}

// longMessage is so long that its encrypted text contains the base64 characters + and /.
func longMessage() []byte {
	message := `{"x":"` + strings.Repeat("x", 1000) + `"}`
	return plaintext(uint32(len(message)), message, app.ID)
}

// A Receiver must accept PKCS#7 padding of 1 to 32 bytes and no other padding.
func TestPadding(t *testing.T) {
	receiver, _ := newReceiver(t, newAuth(t))
	for n := range 32 {
		message := hello + strings.Repeat(" ", n)
		plain := plaintext(uint32(len(message)), message, app.ID)
		blocks := len(plain)/16*16 + 16
		for last := range 256 {
			for _, whole := range []bool{true, false} { // false: the first padding byte is wrong
				if !whole && last > 33 {
					continue
				}
				padded := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(last)}, blocks+16-len(plain))...)
				size := len(plain) + last
				right := whole && last >= 1 && last <= 32 && (size == blocks || size == blocks+16)
				if size == blocks {
					padded = padded[:blocks]
				}
				if !whole {
					padded[len(plain)] ^= 1
					if last == 1 && size == len(padded) {
						continue // the last byte is the only padding byte; the loop over last tries all its values
					}
				}
				status, _ := serve(receiver, signed(encrypt(t, key, padded)))
				if got := status == 200; got != right {
					t.Fatalf("%d bytes, padding with %d (whole: %t): status %d", len(plain), last, whole, status)
				}
			}
		}
	}
}

func TestEveryByteFlipped(t *testing.T) {
	receiver, got := newReceiver(t, newAuth(t))
	original := encrypt(t, key, pad(plaintext(uint32(len(hello)), hello, app.ID)))
	old := signed(original).URL.Query().Get("msg_signature")
	status := func(encrypt string, resign bool) int {
		r := signed(encrypt)
		if !resign {
			q := r.URL.Query()
			q.Set("msg_signature", old)
			r.URL.RawQuery = q.Encode()
		}
		code, _ := serve(receiver, r)
		return code
	}
	if status(original, false) != 200 {
		t.Fatal("the original is refused")
	}
	*got = nil
	for i := range original {
		for _, bit := range []byte{1, 2, 4, 8, 16, 32, 64} {
			b := []byte(original)
			b[i] ^= bit
			if s := status(string(b), false); s != 403 {
				t.Errorf("character %d, bit %d: status %d", i, bit, s)
			}
		}
	}
	if len(*got) != 0 {
		t.Errorf("%d notices with a wrong signature", len(*got))
	}

	// Each changed text below has a correct signature. If a bit in the first 16 bytes of
	// raw is flipped, AES-CBC garbles the first 16 decrypted bytes, which are random anyway,
	// and flips one bit in the next 16 bytes. The Receiver can accept this change. It must
	// refuse a change of any later byte.
	raw, _ := base64.StdEncoding.DecodeString(original)
	for i := range raw {
		*got = nil
		b := bytes.Clone(raw)
		b[i] ^= 1
		if s := status(base64.StdEncoding.EncodeToString(b), true); s == 200 && i >= 16 {
			t.Errorf("byte %d: accepted as %s", i, (*got)[0].Raw)
		}
	}
}

func TestOlderKey(t *testing.T) {
	receiver, got := newReceiver(t, newAuth(t), func(c *notice.Config) {
		c.EncodingAESKeys = []string{strings.Repeat("B", 42) + "A", key, otherKey}
	})
	for _, k := range []string{strings.Repeat("B", 42) + "A", key, otherKey} {
		p := push()
		p.EncodingAESKey = k
		if status, _ := serve(receiver, p.Message("/", []byte(hello))); status != 200 {
			t.Errorf("key %.4s: status %d", k, status)
		}
	}
	p := push()
	p.EncodingAESKey = strings.Repeat("C", 42) + "A"
	if status, _ := serve(receiver, p.Message("/", []byte(hello))); status != 403 {
		t.Errorf("unknown key: status %d", status)
	}
	if len(*got) != 3 {
		t.Errorf("%d notices, want 3", len(*got))
	}
}
