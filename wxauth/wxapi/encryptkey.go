package wxapi

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// UserEncryptKey is a key with which a mini program encrypts data for its own server.
// The mini program gets the key from wx.getUserCryptoManager. Printing or marshaling a
// UserEncryptKey shows only its Version. The comment of [App] lists ways in which the
// Key and the IV can still leak.
type UserEncryptKey struct {
	// Key has 16 bytes.
	Key []byte
	// IV is the initialization vector. In WeChat's samples it is a text of 16
	// characters.
	IV string
	// Version increases with every new key.
	Version int
	// Created is the time when WeChat created the key, by WeChat's clock.
	Created time.Time
	// Expires is the time when the key expires, by this server's clock. For an expired
	// key, WeChat reports a remaining time of 0, so Expires is about the time of the call.
	Expires time.Time
}

// Format implements fmt.Formatter. It ignores the verb and the flags.
func (k UserEncryptKey) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "version %d %s", k.Version, withheld)
}

// LogValue implements slog.LogValuer.
func (k UserEncryptKey) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(k)) }

// MarshalText implements encoding.TextMarshaler, which encoders such as encoding/json
// and encoding/xml use.
func (k UserEncryptKey) MarshalText() ([]byte, error) { return fmt.Append(nil, k), nil }

// MarshalBinary implements encoding.BinaryMarshaler, which encoding/gob uses.
func (k UserEncryptKey) MarshalBinary() ([]byte, error) { return fmt.Append(nil, k), nil }

// UserEncryptKeys returns the user's latest keys for data that the mini program encrypts
// for its own server, by GET /wxa/business/getuserencryptkey. WeChat returns at most three
// keys, the newest first. If key is not the user's live session_key, the error is
// ErrSessionKeyInvalid.
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
	err := c.callWithAccessToken(ctx, request{method: http.MethodGet, path: "/wxa/business/getuserencryptkey",
		query: signed(openID, key)}, &answer)
	if err != nil {
		return nil, fmt.Errorf("wxapi: getUserEncryptKey: %w", err)
	}
	keys := make([]UserEncryptKey, len(answer.List))
	for i, k := range answer.List {
		b, err := base64.StdEncoding.DecodeString(k.Key)
		if err != nil || len(b) != 16 || !plain(k.IV) {
			return nil, fmt.Errorf("wxapi: getUserEncryptKey: %w", badReply("not a key of 16 bytes"))
		}
		keys[i] = UserEncryptKey{
			Key: b, IV: k.IV, Version: int(k.Version),
			Created: time.Unix(int64(k.CreateTime), 0),
			Expires: time.Now().Add(time.Duration(k.ExpireIn) * time.Second).Truncate(time.Second),
		}
	}
	return keys, nil
}
