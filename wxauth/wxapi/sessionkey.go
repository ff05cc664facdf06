package wxapi

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Sign returns the user's login-state signature of a message: the HMAC-SHA256
// under the text of the key, in lower-case hexadecimal. It is what WeChat's
// payment, game and call APIs want as signature.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (k SessionKey) Sign(message []byte) string {
	mac := hmac.New(sha256.New, []byte(UnsafeRevealSessionKey(k)))
	mac.Write(message)
	return hex.EncodeToString(mac.Sum(nil))
}

// signed is the query of the calls that prove that the server has the user's
// key: they sign an empty body. Despite the tables of their pages, all of it
// is in the query.
func signed(openID string, key SessionKey) url.Values {
	return url.Values{
		"openid":     {openID},
		"signature":  {key.Sign(nil)},
		"sig_method": {"hmac_sha256"},
	}
}

// CheckSessionKey asks WeChat whether key is the user's live session_key. If it
// isn't, the error is ErrSessionKeyInvalid.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/checkSessionKey.html
func (c *Client) CheckSessionKey(ctx context.Context, openID string, key SessionKey) error {
	err := c.callWithToken(ctx, request{method: http.MethodGet, path: "/wxa/checksession",
		query: signed(openID, key)}, &struct{}{})
	if err != nil {
		return fmt.Errorf("wxapi: checkSessionKey: %w", err)
	}
	return nil
}

// ResetSessionKey has WeChat replace the user's session_key and returns the new
// one, which lives as long as the old one would have.
//
// It is not sent again when its reply is lost. The old key may be dead then,
// and only a login brings the new one.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/ResetUserSessionKey.html
func (c *Client) ResetSessionKey(ctx context.Context, openID string, key SessionKey) (SessionKey, error) {
	var answer struct {
		OpenID     string `json:"openid"`
		SessionKey string `json:"session_key"`
	}
	err := c.callWithToken(ctx, request{method: http.MethodGet, path: "/wxa/resetusersessionkey",
		query: signed(openID, key), once: true}, &answer)
	if err == nil && (answer.OpenID != openID || !plain(answer.SessionKey)) {
		err = fmt.Errorf("%w: another openid, or no session_key", ErrBadReply)
	}
	if err != nil {
		return SessionKey{}, fmt.Errorf("wxapi: resetUserSessionKey: %w", err)
	}
	return UnsafeSessionKey(answer.SessionKey), nil
}

// UserEncryptKey is one of the keys with which a mini program encrypts what it
// sends to its own server, as wx.getUserCryptoManager gives it there. It does
// not print.
type UserEncryptKey struct {
	Key     []byte // 16 bytes
	IV      string // 16 characters
	Version int    // goes up with every key
	Created time.Time
	Expires time.Time // in the past for a key that was replaced
}

// Format implements fmt.Formatter for every verb and flag.
func (k UserEncryptKey) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "version %d %s", k.Version, withheld)
}

// LogValue implements slog.LogValuer.
func (k UserEncryptKey) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(k)) }

// MarshalText implements encoding.TextMarshaler.
func (k UserEncryptKey) MarshalText() ([]byte, error) { return fmt.Append(nil, k), nil }

// UserEncryptKeys returns the user's last keys of the mini program's encrypted
// channel, at most three, as WeChat orders them: the newest first.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/user-encryptkey.html
func (c *Client) UserEncryptKeys(ctx context.Context, openID string, key SessionKey) ([]UserEncryptKey, error) {
	var answer struct {
		List []struct {
			Key        string `json:"encrypt_key"`
			IV         string `json:"iv"`
			Version    number `json:"version"`
			ExpireIn   number `json:"expire_in"`
			CreateTime number `json:"create_time"`
		} `json:"key_info_list"`
	}
	err := c.callWithToken(ctx, request{method: http.MethodGet, path: "/wxa/business/getuserencryptkey",
		query: signed(openID, key)}, &answer)
	if err != nil {
		return nil, fmt.Errorf("wxapi: getUserEncryptKey: %w", err)
	}
	keys := make([]UserEncryptKey, len(answer.List))
	for i, k := range answer.List {
		b, err := base64.StdEncoding.DecodeString(k.Key)
		if err != nil || len(b) != 16 || !plain(k.IV) {
			return nil, fmt.Errorf("wxapi: getUserEncryptKey: %w: not a key of 16 bytes", ErrBadReply)
		}
		keys[i] = UserEncryptKey{
			Key: b, IV: k.IV, Version: int(k.Version),
			Created: time.Unix(int64(k.CreateTime), 0),
			Expires: time.Now().Add(time.Duration(k.ExpireIn) * time.Second).Truncate(time.Second),
		}
	}
	return keys, nil
}
