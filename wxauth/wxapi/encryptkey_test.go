package wxapi_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func TestUserEncryptKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{})
		key := loggedIn(wechat)
		if got, err := client.UserEncryptKeys(background, openID, key); err != nil || len(got) == 0 || len(got[0].Key) != 16 {
			t.Errorf("got %v, %v", got, err)
		}
		wechat.FailNext(wxtest.Fault{Path: encryptKey, Body: `{"errcode":0,"errmsg":"ok","key_info_list":[
			{"encrypt_key":"VI6BpyrK9XH4i4AIGe86tg==","version":10,"expire_in":3597,"iv":"6003f73ec441c386","create_time":1616572301},
			{"encrypt_key":"aoUGAHltcliiL9f23oTKHA==","version":9,"expire_in":0,"iv":"7996656384218dbb","create_time":1616504886}]}`})
		got, err := client.UserEncryptKeys(background, openID, key)
		want := []wxapi.UserEncryptKey{
			{Key: []byte("T\x8e\x81\xa7*\xca\xf5q\xf8\x8b\x80\b\x19\xef:\xb6"), IV: "6003f73ec441c386", Version: 10,
				Created: time.Unix(1616572301, 0), Expires: time.Now().Add(3597 * time.Second)},
			{Key: []byte("j\x85\x06\x00ymrX\xa2/\xd7\xf6ބ\xca\x1c"), IV: "7996656384218dbb", Version: 9,
				Created: time.Unix(1616504886, 0), Expires: time.Now()},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", got, got, got, got[0]); len(got[0].Key) == 0 || text == "" ||
			!isWithheld(text, "VI6B", "548e81", "6003f73ec441c386", "[84 142") {
			t.Errorf("a key prints: %s", text)
		}
		for _, list := range []string{`[{"encrypt_key":"AAAA","iv":"i"}]`, `[{"encrypt_key":"VI6BpyrK9XH4i4AIGe86tg==","iv":""}]`, `[1]`} {
			wechat.FailNext(wxtest.Fault{Path: encryptKey, Body: `{"errcode":0,"key_info_list":` + list + `}`})
			if _, err := client.UserEncryptKeys(background, openID, key); !errors.Is(err, wxapi.ErrBadReply) {
				t.Errorf("%s: got %v, want ErrBadReply", list, err)
			}
		}
		if _, err := client.UserEncryptKeys(background, openID, wxapi.UnsafeSessionKey("dead")); !errors.Is(err, wxapi.ErrSessionKeyInvalid) {
			t.Errorf("dead key: got %v, want ErrSessionKeyInvalid", err)
		}
	})
}
