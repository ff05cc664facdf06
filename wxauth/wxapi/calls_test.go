package wxapi_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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

// What must not happen twice is not sent twice; what never left is.
func TestSentOnce(t *testing.T) {
	for name, fault := range map[string]wxtest.Fault{
		"lost": {Drop: true}, "busy": {ErrCode: -1}, "refused": {Refuse: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, wechat := newClient(wxapi.Options{})
			key := loggedIn(wechat)
			phone := wechat.Phone(app.ID, openID)
			phone.Login()
			checkAll(client, key, 1) // so that there is a token
			wechat.ResetCalls()
			wechat.FailAlways(fault)
			client.ResetSessionKey(background, openID, key)
			client.PhoneNumber(background, phone.PhoneCode("86", "13580006666"), openID)
			client.CheckSessionKey(background, openID, key)
			want := map[string]int{reset: 1, phoneNumber: 1, check: 3}
			if fault.Refuse {
				want = map[string]int{reset: 3, phoneNumber: 3, check: 3}
			}
			got := map[string]int{reset: wechat.Count(reset), phoneNumber: wechat.Count(phoneNumber), check: wechat.Count(check)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: calls (-want +got):\n%s", name, diff)
			}
		})
	}
}

func TestPhoneNumber(t *testing.T) {
	client, wechat := newClient(wxapi.Options{})
	phone := wechat.Phone(app.ID, openID)
	phone.Login()
	code := phone.PhoneCode("852", "51234567")
	got, err := client.PhoneNumber(background, code, openID)
	want := wxapi.PhoneNumber{PhoneNumber: "+85251234567", PurePhoneNumber: "51234567", CountryCode: "852",
		Watermark: wxapi.Watermark{AppID: app.ID, Timestamp: got.Watermark.Timestamp}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := client.PhoneNumber(background, code, openID); !errors.Is(err, wxapi.ErrInvalidCode) {
		t.Errorf("used code: got %v, want ErrInvalidCode", err)
	}
	if _, err := client.PhoneNumber(background, phone.PhoneCode("86", "13580006666"), "another user"); err == nil {
		t.Error("another user's code was taken")
	}
	if _, err := client.PhoneNumber(background, phone.PhoneCode("86", "13580006666"), ""); err != nil {
		t.Errorf("without an openid: %v", err)
	}

	info := func(members string) string {
		return `{"errcode":0,"errmsg":"ok","phone_info":{` + members + `}}`
	}
	mark := `"watermark":{"timestamp":1637744274,"appid":"` + app.ID + `"}`
	for body, ok := range map[string]bool{
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":86,` + mark):                       true,
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86",` + mark):                     true,
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86"`):                             false,
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86","watermark":{"appid":"wx0"}`): false,
		info(`"phoneNumber":"","purePhoneNumber":"1","countryCode":"86",` + mark):                      false,
		info(`"phoneNumber":"1","countryCode":"86",` + mark):                                           false,
		info(`"phoneNumber":1,"purePhoneNumber":"1","countryCode":"86",` + mark):                       false,
		`{"errcode":0,"errmsg":"ok"}`:                                                                  false,
	} {
		wechat.FailNext(wxtest.Fault{Path: phoneNumber, Body: body})
		got, err := client.PhoneNumber(background, "code", openID)
		if ok && (err != nil || got.CountryCode != "86") || !ok && !errors.Is(err, wxapi.ErrBadReply) {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}

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

func ExampleClient_PhoneNumber() {
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})
	phone := wechat.Phone(app.ID, openID)
	phone.Login()

	number, err := client.PhoneNumber(context.Background(), phone.PhoneCode("86", "13580006666"), openID)
	fmt.Println(number.PurePhoneNumber, err)
	// Output: 13580006666 <nil>
}
