package wxtest_test

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestCodeLife(t *testing.T) {
	for _, test := range []struct {
		age  time.Duration
		want bool
	}{{5*time.Minute - 1, true}, {5 * time.Minute, false}} {
		synctest.Test(t, func(t *testing.T) {
			w := overTransport(t)
			code, number := w.phone.Login(), w.phone.PhoneCode("86", "13580006666")
			token := w.token(false).Token
			time.Sleep(test.age - time.Minute)
			w.wechat.Advance(time.Minute)
			got := w.send("GET", login, loginParams(code), "")
			if live := got != plainError(40029, "invalid code"); live != test.want {
				t.Errorf("login code after %s: %s", test.age, got)
			}
			got = w.send("POST", phoneInfo, params("access_token", token), `{"code":"`+number+`"}`)
			if live := got != jsonError(40029, "invalid code"); live != test.want {
				t.Errorf("phone code after %s: %s", test.age, got)
			}
		})
	}
}
