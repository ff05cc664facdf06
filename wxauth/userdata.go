package wxauth

import (
	"context"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Decrypt decrypts the encryptedData that a mini program received together with an
// iv. It decodes the decrypted JSON into the value that v points to, by the rules of
// encoding/json. Package wxapi has types for this value: PhoneNumber, UserInfo,
// WeRunData and GroupInfo. If v points to one of these types, Decrypt refuses data of
// another kind.
//
// Decrypt uses the session keys of the user in the context: the newest one, and those
// that were replaced less than Config.KeyGrace ago. The data contains a watermark with an
// appid, which must be the user's AppID. An openId in the data must be the user's openid.
// If the identity of the user has a UnionID, a unionId in the data must be equal to it.
// Decrypt makes further checks, for example of the data's age; see Encrypted.MaxAge.
//
// If the base64 or the length of the data is wrong, or the data is of another kind, the
// error has CodeInvalidRequest. If a JSON value does not fit the Go type that it is
// decoded into, the error has CodeInternal. If any other check of the data fails, the
// error is ErrSessionKeyStale. This error does not reveal which check failed. After an
// error, the value that v points to is unchanged. If Decrypt succeeds, it replaces this
// whole value.
//
// Successful decryption proves little, because CBC has no authentication and the user
// can change the data. A user can choose the first 16 bytes of the decrypted data
// through the iv, change more bytes with many tries, and cut off the beginning. A
// user can also send the same data again. If Encrypted.MaxAge is 0, Decrypt accepts the
// data for as long as it accepts the session_key. Do not use decrypted data to decide what a
// user is allowed to do. For a phone number, use [Auth.PhoneNumber], which asks WeChat.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (a *Auth) Decrypt(ctx context.Context, data Encrypted, v any) error {
	return a.use(ctx, EventDecrypt, func(id Identity) error {
		return a.decrypt(ctx, id, data, v)
	})
}

func (a *Auth) decrypt(ctx context.Context, id Identity, data Encrypted, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("decrypting into %T, which is no pointer", v)
	}
	sealed, err := data.decode()
	if err != nil {
		return err
	}
	keys, err := a.keysOf(ctx, id)
	if err != nil {
		return err
	}
	reason := reasonNoKey
	for i, key := range keys {
		made, err := sealed.open(key.text, id, target, i == len(keys)-1)
		if stale, ok := err.(*staleError); ok {
			if stale.reason != reasonNoKey {
				reason = stale.reason
			}
			continue
		}
		if err != nil {
			return err
		}
		if key.replaced != 0 && made.After(time.Unix(key.replaced, 0)) {
			if err := a.users.promote(ctx, id, key); err != nil {
				a.logger.WarnContext(ctx, "wxauth: the order of session keys was not updated", "app", id.AppID, "error", err)
			}
		}
		return nil
	}
	return &staleError{reason}
}

// VerifyRawData checks the signature of rawData. rawData must be exactly the bytes
// that the mini program received. The signature is the SHA-1 hash, in lower-case
// hexadecimal, of rawData with the session_key appended. VerifyRawData tries the same
// session keys as Decrypt. If the signature fits none of them, the error is
// ErrSessionKeyStale. A valid signature proves that WeChat wrote the data for this
// user. It does not prove when WeChat wrote the data.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (a *Auth) VerifyRawData(ctx context.Context, rawData, signature string) error {
	return a.use(ctx, EventVerify, func(id Identity) error {
		keys, err := a.keysOf(ctx, id)
		match := 0
		for _, key := range keys {
			sum := sha1.Sum([]byte(rawData + key.text))
			match |= subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(signature))
		}
		if err == nil && match == 0 {
			err = ErrSessionKeyStale
		}
		return err
	})
}

// Sign returns a signature of a message. Some of WeChat's APIs for payments, games and
// VoIP require this signature. It is an HMAC-SHA256 under the user's newest session_key
// on the server, in lower-case hexadecimal. Sign signs the exact bytes of the message, so
// send the same bytes to WeChat.
//
// The server must create the message. Never sign a message from a client.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (a *Auth) Sign(ctx context.Context, message []byte) (signature string, err error) {
	err = a.use(ctx, EventSign, func(id Identity) error {
		key, err := a.newestSessionKey(ctx, id)
		if err == nil {
			signature = key.Sign(message)
		}
		return err
	})
	return signature, err
}

// PhoneNumber exchanges the code of the getPhoneNumber button for the phone number of
// the user, by POST /wxa/business/getuserphonenumber. PhoneNumber needs no
// session_key. WeChat checks that the code belongs to this user. If WeChat rejects
// the code, the error has CodeInvalidCode. If two concurrent calls on one Auth have the
// same user and the same code, they share one exchange.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
func (a *Auth) PhoneNumber(ctx context.Context, code string) (number wxapi.PhoneNumber, err error) {
	err = a.use(ctx, EventPhoneNumber, func(id Identity) error {
		if err := checkCode(code); err != nil {
			return err
		}
		client, err := a.API(ctx, id.AppID)
		if err != nil {
			return err
		}
		// Concurrent calls with the same key share one result. Another user who sends
		// this code must not get the number, so the key depends on the openid.
		key := newFlightKey(id.AppID, id.OpenID, code)
		number, err = a.numbers.do(ctx, key, "", func(ctx context.Context, fl *flight[wxapi.PhoneNumber]) {
			fl.finish(tradePhoneCode(ctx, client, code, id.OpenID, fl.send))
		})
		return err
	})
	return number, err
}

func tradePhoneCode(ctx context.Context, client *wxapi.Client, code, openID string, send func() error) (number wxapi.PhoneNumber, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("calling WeChat: panic with a %T", p)
		}
	}()
	return client.PhoneNumber(wxapi.WithTrace(ctx, &wxapi.Trace{BeforeSend: send}), code, openID)
}

// CheckSessionKey asks WeChat whether the user's newest session_key on the server is
// still valid, by GET /wxa/checksession. If this session_key is not valid, the error
// is ErrSessionKeyStale.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/checkSessionKey.html
func (a *Auth) CheckSessionKey(ctx context.Context) error {
	return a.useKey(ctx, EventCheckSessionKey, func(client *wxapi.Client, id Identity, key wxapi.SessionKey) error {
		return client.CheckSessionKey(ctx, id.OpenID, key)
	})
}

// ResetSessionKey makes WeChat replace the user's session_key, by GET
// /wxa/resetusersessionkey. Call it if an attacker could have learned the session_key.
// After a successful ResetSessionKey, the server refuses data that was encrypted or
// signed under an older session_key. But a login that runs at the same time can store an
// older session_key again. If the newest session_key on the server is no longer valid,
// the error is ErrSessionKeyStale. ResetSessionKey fails if ctx is the context of
// OnLogin.
//
// If WeChat's reply is lost or the store fails, WeChat can already have replaced the
// session_key. The server can then lack the new session_key until the user logs in again.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/ResetUserSessionKey.html
func (a *Auth) ResetSessionKey(ctx context.Context) error {
	return a.useKey(ctx, EventResetSessionKey, func(client *wxapi.Client, id Identity, key wxapi.SessionKey) error {
		if underWay(ctx) != nil {
			return errInHook
		}
		key, err := client.ResetSessionKey(ctx, id.OpenID, key)
		if err == nil {
			err = a.users.replaceSessionKeys(ctx, id, key)
		}
		return err
	})
}

// UserEncryptKeys returns the user's latest encryption keys from WeChat, by GET
// /wxa/business/getuserencryptkey. A mini program gets such a key from
// wx.getUserCryptoManager, and encrypts data for its server with the key. WeChat sends at
// most three keys, the newest first. If the newest session_key on the server is no longer
// valid, the error is ErrSessionKeyStale.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/user-encryptkey.html
func (a *Auth) UserEncryptKeys(ctx context.Context) (keys []wxapi.UserEncryptKey, err error) {
	err = a.useKey(ctx, EventUserEncryptKeys, func(client *wxapi.Client, id Identity, key wxapi.SessionKey) error {
		keys, err = client.UserEncryptKeys(ctx, id.OpenID, key)
		return err
	})
	return keys, err
}

// use calls f with the identity in the context and emits the event. If there is no
// identity, or its app is not served, use does not call f, and the error is
// ErrNotLoggedIn. use converts every error into an *Error.
func (a *Auth) use(ctx context.Context, event string, f func(Identity) error) error {
	start := a.begin()
	id, ok := FromContext(ctx)
	err := ErrNotLoggedIn
	if ok {
		err = a.mustServe(ctx, id.AppID)
	}
	if err == nil {
		err = f(id)
		a.apps.rejected(id.AppID, err)
	}
	if errors.Is(err, wxapi.ErrSessionKeyInvalid) {
		err = fmt.Errorf("%w: %w", ErrSessionKeyStale, err)
	}
	a.emit(ctx, Event{Name: event, AppID: id.AppID, LoginID: id.LoginID}, start, err)
	if err != nil {
		return a.asError(event, id.AppID, fmt.Errorf("%s: %w", strings.ReplaceAll(event, "_", " "), err))
	}
	return nil
}

// useKey is like Auth.use, but also passes the app's wxapi.Client and the user's newest
// session_key to f.
func (a *Auth) useKey(ctx context.Context, event string, f func(*wxapi.Client, Identity, wxapi.SessionKey) error) error {
	return a.use(ctx, event, func(id Identity) error {
		client, err := a.API(ctx, id.AppID)
		if err != nil {
			return err
		}
		key, err := a.newestSessionKey(ctx, id)
		if err != nil {
			return err
		}
		return f(client, id, key)
	})
}
