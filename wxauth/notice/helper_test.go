package notice_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/notice"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const (
	openID   = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
	otherID  = "oGZUI0eAnotherUserOfThisAppp"
	token    = "a token of 24 characters"
	key      = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" // as in some of WeChat's sample keys, one of the two unused bits of the last character is 1
	otherKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

var app = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

func push() wxtest.Push {
	return wxtest.Push{AppID: app.ID, Token: token, EncodingAESKey: key}
}

func newAuth(t testing.TB, change ...func(*wxauth.Config)) *wxauth.Auth {
	t.Helper()
	config := wxauth.Config{
		Apps:   []wxauth.App{app},
		API:    wxapi.Options{Transport: wxtest.NewServer(app).Transport()},
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&config)
	}
	auth, err := wxauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return auth
}

func newReceiver(t testing.TB, auth *wxauth.Auth, change ...func(*notice.Config)) (*notice.Receiver, *[]notice.Notice) {
	t.Helper()
	var got []notice.Notice
	config := notice.Config{
		AppID:           app.ID,
		Token:           token,
		EncodingAESKeys: []string{key},
		OnNotice: func(_ context.Context, n notice.Notice) error {
			got = append(got, n)
			return nil
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&config)
	}
	receiver, err := notice.New(auth, config)
	if err != nil {
		t.Fatal(err)
	}
	return receiver, &got
}

func serve(h http.Handler, r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

func plaintext(length uint32, message, appID string) []byte {
	b := []byte("0123456789abcdef")
	b = binary.BigEndian.AppendUint32(b, length)
	return append(append(b, message...), appID...)
}

// pad adds PKCS#7 padding up to a multiple of 32 bytes.
func pad(b []byte) []byte {
	n := 32 - len(b)%32
	return append(b, bytes.Repeat([]byte{byte(n)}, n)...)
}

func encrypt(t testing.TB, key string, padded []byte) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Clone(padded)
	cipher.NewCBCEncrypter(block, raw[:16]).CryptBlocks(data, data)
	return base64.StdEncoding.EncodeToString(data)
}

func signed(encrypt string) *http.Request {
	const timestamp, nonce = "1714112445", "415670741"
	q := url.Values{
		"signature": {sign(token, timestamp, nonce)}, "timestamp": {timestamp}, "nonce": {nonce},
		"encrypt_type": {"aes"}, "msg_signature": {sign(token, timestamp, nonce, encrypt)},
	}
	body := fmt.Sprintf(`{"ToUserName":"gh_97417a04a28d","Encrypt":%q}`, encrypt)
	return httptest.NewRequest("POST", "/push?"+q.Encode(), strings.NewReader(body))
}

func withBody(r *http.Request, body string) *http.Request {
	r.Body = io.NopCloser(strings.NewReader(body))
	return r
}

type vector struct {
	ID     string
	Inputs struct {
		Token, AppID, Timestamp, Nonce, Echostr, Encrypt, Random, Msg string

		Key string `json:"encoding_aes_key"`
	}
	Expected struct {
		Signature, Msg, Encrypt, Plaintext string

		MsgSignature string `json:"msg_signature"`
		MsgLen       int    `json:"msg_len"`
	}
}

func vectors(t *testing.T) map[string]vector {
	t.Helper()
	text, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]vector)
	for _, v := range file.Vectors {
		if strings.HasPrefix(v.ID, "push-") {
			found[v.ID] = v
		}
	}
	return found
}
