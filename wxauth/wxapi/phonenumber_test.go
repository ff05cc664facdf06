package wxapi_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

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
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":86,` + mark):                                                           true,
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86",` + mark):                                                         true,
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86","watermark":{"timestamp":"1637744274","appid":"` + app.ID + `"}`): true,
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86"`):                                                                 false,
		info(`"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86","watermark":{"appid":"wx0"}`):                                     false,
		info(`"phoneNumber":"","purePhoneNumber":"1","countryCode":"86",` + mark):                                                          false,
		info(`"phoneNumber":"1","countryCode":"86",` + mark):                                                                               false,
		info(`"phoneNumber":1,"purePhoneNumber":"1","countryCode":"86",` + mark):                                                           false,
		`{"errcode":0,"errmsg":"ok"}`: false,
	} {
		wechat.FailNext(wxtest.Fault{Path: phoneNumber, Body: body})
		got, err := client.PhoneNumber(background, "code", openID)
		if ok && (err != nil || got.CountryCode != "86") || !ok && !errors.Is(err, wxapi.ErrBadReply) {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}
