package wxapi_test

import (
	"testing"

	"example.com/wxlogin/wxauth/wxapi"
)

func TestSessionKey(t *testing.T) {
	key := wxapi.UnsafeSessionKey("tiihtNczf5v6AKRyjwEUhQ==")
	if got := wxapi.UnsafeRevealSessionKey(key); got != "tiihtNczf5v6AKRyjwEUhQ==" {
		t.Errorf("revealed %q", got)
	}
	if !key.Equal(wxapi.UnsafeSessionKey("tiihtNczf5v6AKRyjwEUhQ==")) || key.Equal(wxapi.UnsafeSessionKey("x")) {
		t.Error("Equal is wrong")
	}
	if key.IsZero() || !(wxapi.SessionKey{}).IsZero() || !wxapi.UnsafeSessionKey("").IsZero() {
		t.Error("IsZero is wrong")
	}
	if got := wxapi.UnsafeRevealSessionKey(wxapi.SessionKey{}); got != "" {
		t.Errorf("the zero value revealed %q", got)
	}
}
