package wxtest_test

import "testing"

func TestDevices(t *testing.T) {
	w := overTransport(t)
	phone, tablet := w.phone, w.wechat.Phone(appID, openID)
	if phone.CheckSession() || !phone.SessionKey().IsZero() {
		t.Error("a session_key before the first login")
	}

	first, second := phone.Login(), tablet.Login()
	if phone.CheckSession() || !tablet.CheckSession() {
		t.Error("the newer login must end the older session_key, and only that one")
	}
	if w.exchange(second) != reveal(tablet.SessionKey()) || w.exchange(first) != reveal(phone.SessionKey()) {
		t.Error("a code is not exchanged for the session_key of its own login")
	}
	if phone.SessionKey().Equal(tablet.SessionKey()) {
		t.Error("a login did not make a new session_key")
	}

	old := phone.SessionKey()
	data, iv := phone.Encrypt(struct{}{})
	decrypt(t, reveal(old), data, iv) // the phone still encrypts with its own session_key, which has ended

	if _, again := phone.Encrypt(struct{}{}); again == iv {
		t.Error("the same IV twice")
	}

	phone.Login()
	if !phone.CheckSession() {
		t.Error("no session_key after login")
	}
	live := phone.SessionKey()
	phone.PhoneCode("86", "13580006666")
	if !phone.CheckSession() || !phone.SessionKey().Equal(live) {
		t.Error("the phone button made a new session_key")
	}
	w.wechat.RotateKey(appID, openID)
	if phone.CheckSession() {
		t.Error("the session_key survived RotateKey")
	}
	phone.Login()
	w.wechat.ExpireKey(appID, openID)
	if phone.CheckSession() {
		t.Error("the session_key survived ExpireKey")
	}
	other := w.wechat.Phone(otherAppID, openID)
	other.Login()
	phone.Login()
	if !other.CheckSession() {
		t.Error("a login in one mini program ended the session_key of another")
	}
}
