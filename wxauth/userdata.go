package wxauth

import (
	"context"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// The methods below use the session_key of the user in the context. Their errors
// are for WriteError: ErrNotLoggedIn without a user there, ErrSessionKeyStale
// where the server has no key that fits, and else an *Error.

// Decrypt decrypts what a mini program got as encryptedData and iv, and decodes
// the JSON into v, a pointer, as encoding/json does. wxapi has types for v.
//
// The data must be of the app and, if it names one, of the user in the context.
// It may be encrypted under a session_key that another login has replaced
// meanwhile, up to Config.KeyGrace ago. What doesn't pass is ErrSessionKeyStale,
// whatever the reason, and v is as before; when it passes, v is overwritten.
//
// That data decrypts proves little of a phone number: the user has some say in
// what is encrypted. PhoneNumber asks WeChat.
func (a *Auth) Decrypt(ctx context.Context, data Encrypted, v any) error {
	_, err := use(ctx, a, eventDecrypt, func(id Identity) (struct{}, error) {
		return struct{}{}, a.decrypt(ctx, id, data, v)
	})
	return err
}

func (a *Auth) decrypt(ctx context.Context, id Identity, data Encrypted, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("decrypting into %T, which is no pointer", v)
	}
	keys, err := a.users.keys(ctx, id)
	if err != nil {
		return err
	}
	for _, key := range keys {
		made, err := data.open(key.text, id, target)
		if err == errOpen {
			continue
		}
		if err != nil {
			return err
		}
		if key.replaced != 0 && made.After(time.Unix(key.replaced, 0)) {
			if err := a.users.promote(ctx, id, key); err != nil {
				a.logger.WarnContext(ctx, "wxauth: order of session keys not updated", "error", err)
			}
		}
		return nil
	}
	return ErrSessionKeyStale
}

// VerifyRawData checks the signature that comes with rawData, which must be as
// the mini program got it, to the byte. It proves that WeChat wrote the data,
// not when, nor for which user of the key's.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (a *Auth) VerifyRawData(ctx context.Context, rawData, signature string) error {
	_, err := use(ctx, a, eventVerify, func(id Identity) (struct{}, error) {
		keys, err := a.users.keys(ctx, id)
		match := 0
		for _, key := range keys {
			sum := sha1.Sum([]byte(rawData + key.text))
			match |= subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(signature))
		}
		if err == nil && match == 0 {
			err = ErrSessionKeyStale
		}
		return struct{}{}, err
	})
	return err
}

// Sign returns the user's login-state signature of a message, as WeChat's
// payment, game and call APIs want it: HMAC-SHA256 in lower-case hexadecimal.
// The message is signed as it is, so send the same bytes.
//
// A signature is as good as its message: let the server make that, not the
// client.
func (a *Auth) Sign(ctx context.Context, message []byte) (signature string, err error) {
	return use(ctx, a, eventSign, func(id Identity) (string, error) {
		key, err := a.users.key(ctx, id)
		return key.Sign(message), err
	})
}

// PhoneNumber trades the code of the getPhoneNumber button for the phone number
// of the user. WeChat makes sure that the code is this user's.
func (a *Auth) PhoneNumber(ctx context.Context, code string) (wxapi.PhoneNumber, error) {
	return use(ctx, a, eventPhoneNumber, func(id Identity) (wxapi.PhoneNumber, error) {
		if !wellFormedCode(code) {
			return wxapi.PhoneNumber{}, invalidRequest(http.StatusBadRequest, "malformed code")
		}
		return a.API(id.AppID).PhoneNumber(ctx, code, id.OpenID)
	})
}

// CheckSessionKey asks WeChat whether the newest session_key that the server
// has of the user is the live one.
func (a *Auth) CheckSessionKey(ctx context.Context) error {
	_, err := use(ctx, a, eventCheckKey, func(id Identity) (struct{}, error) {
		key, err := a.users.key(ctx, id)
		if err == nil {
			err = a.API(id.AppID).CheckSessionKey(ctx, id.OpenID, key)
		}
		return struct{}{}, err
	})
	return err
}

// ResetSessionKey has WeChat replace the user's session_key, on suspicion that
// it got out. Nothing that was encrypted or signed under an older one is
// accepted after it.
//
// When its reply is lost, the key may be replaced at WeChat and not here; then
// the user has to log in again.
func (a *Auth) ResetSessionKey(ctx context.Context) error {
	_, err := use(ctx, a, eventResetKey, func(id Identity) (struct{}, error) {
		key, err := a.users.key(ctx, id)
		if err == nil {
			key, err = a.API(id.AppID).ResetSessionKey(ctx, id.OpenID, key)
		}
		if err == nil {
			err = a.users.replaceKeys(ctx, id, key)
		}
		return struct{}{}, err
	})
	return err
}

// UserEncryptKeys returns the user's keys of the mini program's encrypted
// channel, at most three.
func (a *Auth) UserEncryptKeys(ctx context.Context) ([]wxapi.UserEncryptKey, error) {
	return use(ctx, a, eventEncryptKeys, func(id Identity) ([]wxapi.UserEncryptKey, error) {
		key, err := a.users.key(ctx, id)
		if err != nil {
			return nil, err
		}
		return a.API(id.AppID).UserEncryptKeys(ctx, id.OpenID, key)
	})
}

// use runs f for the user in the context, tells Config.OnEvent, and makes its
// error one for WriteError.
func use[T any](ctx context.Context, a *Auth, event string, f func(Identity) (T, error)) (T, error) {
	start := a.begin()
	id, ok := FromContext(ctx)
	var v T
	err := error(ErrNotLoggedIn)
	if ok && a.serves(id.AppID) {
		v, err = f(id)
	}
	if errors.Is(err, wxapi.ErrSessionKeyInvalid) {
		err = fmt.Errorf("%w: %w", ErrSessionKeyStale, err)
	}
	a.emit(ctx, event, id.AppID, start, err)
	if err != nil {
		var none T
		return none, asError(fmt.Errorf("%s: %w", strings.ReplaceAll(event, "_", " "), err))
	}
	return v, nil
}
