package wxtest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

func TestKeyRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.wechat.SetKeyRefresh(time.Minute)
		w.phone.Login()
		first := w.phone.SessionKey()
		time.Sleep(59 * time.Second)
		w.phone.Login()
		if !w.phone.SessionKey().Equal(first) {
			t.Error("a new session_key within the minimum")
		}
		time.Sleep(time.Second)
		w.phone.Login()
		if w.phone.SessionKey().Equal(first) {
			t.Error("no new session_key after the minimum")
		}
		w.wechat.ExpireKey(appID, openID)
		w.phone.Login()
		if !w.phone.CheckSession() {
			t.Error("no session_key from a login after the last one has expired")
		}
	})
}

func TestSetKeyHoldsForOneLogin(t *testing.T) {
	w := overTransport(t)
	key := wxapi.UnsafeSessionKey("tiihtNczf5v6AKRyjwEUhQ==")
	w.wechat.SetKey(appID, openID, key)
	if w.exchange(w.phone.Login()) != reveal(key) {
		t.Error("the login after SetKey yields another session_key")
	}
	if w.exchange(w.phone.Login()) == reveal(key) {
		t.Error("the second login after SetKey still yields it")
	}
}

func TestSetKeyOfThePhone(t *testing.T) {
	w := overTransport(t)
	w.phone.Login()
	w.wechat.SetKey(appID, openID, w.phone.SessionKey())
	if !w.phone.CheckSession() {
		t.Error("the phone's session_key is valid, but CheckSession is false")
	}
}
