package wxapi_test

import (
	"errors"
	"testing"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func TestCheckSessionKey(t *testing.T) {
	client, wechat := newClient(wxapi.Options{})
	key := loggedIn(wechat)
	if err := client.CheckSessionKey(background, openID, key); err != nil {
		t.Error(err)
	}
	wechat.RotateKey(app.ID, openID)
	if err := client.CheckSessionKey(background, openID, key); !errors.Is(err, wxapi.ErrSessionKeyInvalid) {
		t.Errorf("replaced key: got %v, want ErrSessionKeyInvalid", err)
	}
}

func TestResetSessionKey(t *testing.T) {
	client, wechat := newClient(wxapi.Options{})
	old := loggedIn(wechat)
	key, err := client.ResetSessionKey(background, openID, old)
	if err != nil || key.IsZero() || key.Equal(old) {
		t.Fatalf("got %v, %v", key, err)
	}
	if err := client.CheckSessionKey(background, openID, key); err != nil {
		t.Errorf("the new key: %v", err)
	}
	if _, err := client.ResetSessionKey(background, openID, old); !errors.Is(err, wxapi.ErrSessionKeyInvalid) {
		t.Errorf("the old key: got %v, want ErrSessionKeyInvalid", err)
	}

	for body, want := range map[string]error{
		`{"errcode":0,"errmsg":"ok","openid":"another","session_key":"k"}`: wxapi.ErrBadReply,
		`{"errcode":0,"errmsg":"ok","openid":"` + openID + `"}`:            wxapi.ErrBadReply,
		`{"errcode":0,"errmsg":"ok","session_key":"k"}`:                    wxapi.ErrBadReply,
	} {
		wechat.FailNext(wxtest.Fault{Path: reset, Body: body})
		if _, err := client.ResetSessionKey(background, openID, key); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", body, err, want)
		}
	}
}
