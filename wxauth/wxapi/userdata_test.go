package wxapi_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
)

// PhoneNumber must not have an UnmarshalJSON method. A struct that embeds a PhoneNumber
// would inherit the method, so encoding/json would not decode the struct's other fields.
func TestUserDataUnmarshals(t *testing.T) {
	type extended struct {
		wxapi.PhoneNumber
		Extra string `json:"extra"`
	}
	number := wxapi.PhoneNumber{PhoneNumber: "+85251234567", PurePhoneNumber: "51234567", CountryCode: "852",
		Watermark: wxapi.Watermark{AppID: "wx0", Timestamp: 1637744274}}
	for text, want := range map[string]any{
		`{"phoneNumber":"+85251234567","purePhoneNumber":"51234567","countryCode":"852","watermark":{"timestamp":1637744274,"appid":"wx0"}}`:                number,
		`{"phoneNumber":"+85251234567","purePhoneNumber":"51234567","countryCode":852,"watermark":{"timestamp":"1637744274","appid":"wx0"}}`:                number,
		`{"phoneNumber":"+85251234567","purePhoneNumber":"51234567","countryCode":852,"watermark":{"timestamp":"1637744274","appid":"wx0"},"extra":"more"}`: extended{number, "more"},
		`{"openId":"o","nickName":"n","gender":1,"watermark":{"timestamp":"1","appid":"wx0"}}`:                                                              wxapi.UserInfo{OpenID: "o", NickName: "n", Gender: 1, Watermark: wxapi.Watermark{AppID: "wx0", Timestamp: 1}},
		`{"stepInfoList":[{"timestamp":1,"step":2},{"timestamp":3,"step":4}]}`:                                                                              wxapi.WeRunData{StepInfoList: []wxapi.StepInfo{{1, 2}, {3, 4}}},
		`{"openGId":"g"}`: wxapi.GroupInfo{OpenGID: "g"},
		`{"opengid":"g","open_single_roomid":"","group_openid":"u","chat_type":3}`: wxapi.GroupInfo{OpenGID: "g", GroupOpenID: "u", ChatType: 3},
		`{"opengid":"","open_single_roomid":"r","group_openid":"u","chat_type":1}`: wxapi.GroupInfo{OpenSingleRoomID: "r", GroupOpenID: "u", ChatType: 1},
		`null`:     wxapi.UnixTime(0),
		`-1`:       wxapi.UnixTime(-1),
		`"7"`:      wxapi.UnixTime(7),
		`7`:        wxapi.CountryCode("7"),
		`"\u0037"`: wxapi.CountryCode("7"),
	} {
		got := reflect.New(reflect.TypeOf(want))
		if err := json.Unmarshal([]byte(text), got.Interface()); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got.Elem().Interface()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for text, v := range map[string]any{
		`""`: new(wxapi.UnixTime), `"x"`: new(wxapi.UnixTime), `" 1"`: new(wxapi.UnixTime), `1.5`: new(wxapi.UnixTime), `"null"`: new(wxapi.UnixTime),
		`1e3`: new(wxapi.CountryCode), `8.5`: new(wxapi.CountryCode), `-1`: new(wxapi.CountryCode), `true`: new(wxapi.CountryCode), `{}`: new(wxapi.CountryCode),
	} {
		if err := json.Unmarshal([]byte(text), v); err == nil {
			t.Errorf("%s was taken for a %T", text, v)
		}
	}
}

func TestUserDataMarshals(t *testing.T) {
	got, err := json.Marshal(wxapi.PhoneNumber{PhoneNumber: "1", PurePhoneNumber: "1", CountryCode: "86", Watermark: wxapi.Watermark{AppID: "wx0", Timestamp: 7}})
	want := `{"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86","watermark":{"appid":"wx0","timestamp":7}}`
	if string(got) != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestUnixTime(t *testing.T) {
	if got, want := wxapi.UnixTime(1637744274).Time(), time.Date(2021, 11, 24, 8, 57, 54, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
