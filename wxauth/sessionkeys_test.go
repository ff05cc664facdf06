package wxauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// TestOddSessionKey checks a session_key that is not the padded base64 of 16 bytes. The
// login must succeed, but Decrypt must not use the session_key.
func TestOddSessionKey(t *testing.T) {
	for _, key := range []string{"not base64!", "c2hvcnQ=", "tiihtNczf5v6AKRyjwEUhQ", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"} {
		auth, wechat := newAuth(t, wxauth.Config{})
		wechat.FailNext(wxtest.Fault{Body: fmt.Sprintf(`{"session_key":%q,"openid":%q}`, key, openID)})
		ctx := userWithKey(t, auth, wechat, "")
		encryptedUnder := testKey
		if b, err := base64.StdEncoding.DecodeString(key); err == nil && len(b) == 24 {
			encryptedUnder = key // 24 bytes are a valid AES-192 key, but Decrypt must use only AES-128, as WeChat does
		}
		data := encrypt(encryptedUnder, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1}}`))
		if err := auth.Decrypt(ctx, data, new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
			t.Errorf("key %q: got %v", key, err)
		}
	}
}

// TestDecryptAfterAnotherLogin checks that the last seven replaced session keys still
// decrypt data until KeyGrace has passed.
func TestDecryptAfterAnotherLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone, tablet := wechat.Phone(appID, openID), wechat.Phone(appID, openID)
		ctx := contextOf(t, auth, login(t, auth, phone))
		var sent [12]wxauth.Encrypted
		for i := range sent {
			sent[i].EncryptedData, sent[i].IV = phone.Encrypt(map[string]any{"n": i})
			login(t, auth, tablet)
			phone = tablet
			tablet = wechat.Phone(appID, openID)
		}
		for i, data := range sent {
			var got struct{ N int }
			err := auth.Decrypt(ctx, data, &got)
			if kept := i >= len(sent)-7; kept != (err == nil) || kept && got.N != i {
				t.Errorf("%d: got %v, %v", i, got.N, err)
			}
		}
		time.Sleep(5 * time.Minute)
		if err := auth.Decrypt(ctx, sent[11], new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
			t.Errorf("after KeyGrace: got %v, want ErrSessionKeyStale", err)
		}
		var now wxauth.Encrypted
		now.EncryptedData, now.IV = phone.Encrypt(map[string]any{"n": 1})
		if err := auth.Decrypt(ctx, now, new(any)); err != nil {
			t.Errorf("under the live key: %v", err)
		}
	})
}

// TestKeyPromoted simulates two logins whose replies from WeChat arrive in the wrong order.
// The newest session_key in the user record is then no longer valid at WeChat. If new data
// was encrypted under the valid session_key, Decrypt must make the valid one the newest.
func TestKeyPromoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone := wechat.Phone(appID, openID)
		ctx := contextOf(t, auth, login(t, auth, phone))
		live := phone.SessionKey()
		wechat.FailNext(wxtest.Fault{Body: fmt.Sprintf(`{"session_key":"HyVFkGl5F5OQWJZZaNzBBg==","openid":%q}`, openID)})
		login(t, auth, wechat.Phone(appID, openID))
		wechat.SetKey(appID, openID, live) // makes this session_key valid at WeChat again

		var data wxauth.Encrypted
		time.Sleep(2 * time.Second)
		data.EncryptedData, data.IV = phone.Encrypt(map[string]any{})
		sign := func() bool {
			got, err := auth.Sign(ctx, []byte("m"))
			return err == nil && got == live.Sign([]byte("m"))
		}
		if sign() {
			t.Fatal("the live key is the newest already; this test shows nothing")
		}
		if err := auth.Decrypt(ctx, data, new(any)); err != nil {
			t.Fatal(err)
		}
		if !sign() {
			t.Error("after it decrypted newer data, the live key is still not the newest")
		}
		time.Sleep(time.Hour)
		if !sign() {
			t.Error("after KeyGrace the live key is gone")
		}
	})
}

// TestResetSessionKeyDropsTheOld checks that, after ResetSessionKey, Decrypt refuses data
// that was encrypted under the old session_key.
func TestResetSessionKeyDropsTheOld(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	phone := wechat.Phone(appID, openID)
	ctx := contextOf(t, auth, login(t, auth, phone))
	var before, after wxauth.Encrypted
	before.EncryptedData, before.IV = phone.Encrypt(map[string]any{})
	if err := auth.CheckSessionKey(ctx); err != nil {
		t.Errorf("CheckSessionKey: %v", err)
	}
	if err := auth.ResetSessionKey(ctx); err != nil {
		t.Fatal(err)
	}
	if err := auth.CheckSessionKey(ctx); err != nil {
		t.Errorf("CheckSessionKey after the reset: %v", err)
	}
	after.EncryptedData, after.IV = phone.Encrypt(map[string]any{})
	if err := auth.Decrypt(ctx, after, new(any)); err != nil {
		t.Errorf("under the new key: %v", err)
	}
	if err := auth.Decrypt(ctx, before, new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("under the old key: got %v, want ErrSessionKeyStale", err)
	}
	wechat.RotateKey(appID, openID) // WeChat replaces the session_key, and auth does not know the new one
	if err := auth.CheckSessionKey(ctx); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("CheckSessionKey of a dead key: got %v, want ErrSessionKeyStale", err)
	}
	if err := auth.ResetSessionKey(ctx); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("ResetSessionKey of a dead key: got %v, want ErrSessionKeyStale", err)
	}
	if keys, err := auth.UserEncryptKeys(ctx); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("UserEncryptKeys under a dead key: got %v, %v", keys, err)
	}
}

// TestResetDuringDecrypt checks a ResetSessionKey that runs during a Decrypt. Decrypt
// must not restore the old session_key that ResetSessionKey has removed.
func TestResetDuringDecrypt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newTestStore()
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
		other, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), API: wxapi.Options{Transport: wechat.Transport()}})
		phone := wechat.Phone(appID, openID)
		ctx := contextOf(t, auth, login(t, auth, phone))
		old := phone.SessionKey()
		login(t, auth, wechat.Phone(appID, openID)) // replaces the session_key
		time.Sleep(2 * time.Second)
		data := encrypt(wxapi.UnsafeRevealSessionKey(old), pad(fmt.Sprintf(`{"watermark":{"appid":%q,"timestamp":%d}}`, appID, time.Now().Unix())))
		store.set(func(_ context.Context, n int, _, _ string) (bool, error) {
			if n == 2 { // Decrypt has read the session keys, and reads the user record again
				store.set(nil)
				if err := other.ResetSessionKey(ctx); err != nil {
					t.Error(err)
				}
			}
			return false, nil
		})
		if err := auth.Decrypt(ctx, data, new(any)); err != nil {
			t.Errorf("Decrypt, which began before the reset: %v", err)
		}
		if err := auth.Decrypt(ctx, data, new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
			t.Errorf("the same data after the reset: got %v, want ErrSessionKeyStale", err)
		}
		if err := auth.CheckSessionKey(ctx); err != nil {
			t.Errorf("the key of the reset is not the newest: %v", err)
		}
	})
}

// TestSessionKeysGoWithTheLastLogin checks that a logout deletes the session keys if it
// ends the user's last login. An earlier RevokeOthers keeps the user record itself in the
// store.
func TestSessionKeysGoWithTheLastLogin(t *testing.T) {
	f := newFixture(t, "swapping")
	if _, err := f.auth.RevokeOthers(background, f.id, ""); err != nil {
		t.Fatal(err)
	}
	if err := f.auth.Logout(requestWith(f.token)); err != nil {
		t.Fatal(err)
	}
	if key, _ := recordOf(t, f.store.memory); key == "" {
		t.Fatal("the record is gone; the test shows nothing")
	}
	if _, err := f.auth.Sign(wxauth.NewContext(background, alice), nil); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("Sign: got %v, want ErrSessionKeyStale", err)
	}
}

// TestKeysThatAlternate makes 20 logins that alternate between two session keys. These
// logins must not push an older session_key out of the user record.
func TestKeysThatAlternate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		ctx := userWithKey(t, auth, wechat, testKey)
		data := encrypt(testKey, pad(`{"watermark":{"appid":"`+appID+`","timestamp":1}}`))
		for i := range 20 {
			key := []string{"HyVFkGl5F5OQWJZZaNzBBg==", "AAAAAAAAAAAAAAAAAAAAAA=="}[i%2]
			wechat.FailNext(wxtest.Fault{Body: fmt.Sprintf(`{"session_key":%q,"openid":%q}`, key, openID)})
			login(t, auth, wechat.Phone(appID, openID))
		}
		if err := auth.Decrypt(ctx, data, new(any)); err != nil {
			t.Errorf("under the key before both: %v", err)
		}
	})
}
