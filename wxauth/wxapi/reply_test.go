package wxapi_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func TestReplies(t *testing.T) {
	good := `{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"o1"}`
	tests := map[string]struct {
		fault wxtest.Fault
		want  error
	}{
		"as it comes":           {wxtest.Fault{Body: good}, nil},
		"errcode 0":             {wxtest.Fault{Body: `{"errcode":0,"errmsg":"ok",` + good[1:]}, nil},
		"errcode \"0\"":         {wxtest.Fault{Body: `{"errcode":"0",` + good[1:]}, nil},
		"unknown members":       {wxtest.Fault{Body: `{"expires_in":7200,"x":{"y":[1]},` + good[1:]}, nil},
		"a key of another form": {wxtest.Fault{Body: `{"session_key":"not base64","openid":"o1"}`}, nil},
		"64 KiB":                {wxtest.Fault{Body: good + strings.Repeat(" ", 64<<10-len(good))}, nil},
		"64 KiB and a byte":     {wxtest.Fault{Body: good + strings.Repeat(" ", 64<<10-len(good)+1)}, wxapi.ErrBadReply},
		"no openid":             {wxtest.Fault{Body: `{"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`}, wxapi.ErrBadReply},
		"no session_key":        {wxtest.Fault{Body: `{"openid":"o1"}`}, wxapi.ErrBadReply},
		"null":                  {wxtest.Fault{Body: `{"openid":null,"session_key":null}`}, wxapi.ErrBadReply},
		"numbers":               {wxtest.Fault{Body: `{"openid":1,"session_key":2}`}, wxapi.ErrBadReply},
		"openid with newline":   {wxtest.Fault{Body: `{"session_key":"k","openid":"o\n1"}`}, wxapi.ErrBadReply},
		"key with NUL":          {wxtest.Fault{Body: `{"session_key":"k\u0000","openid":"o1"}`}, wxapi.ErrBadReply},
		"unionid with DEL":      {wxtest.Fault{Body: `{"unionid":"\u007f",` + good[1:]}, wxapi.ErrBadReply},
		"long key":              {wxtest.Fault{Body: `{"session_key":"` + strings.Repeat("k", 257) + `","openid":"o1"}`}, wxapi.ErrBadReply},
		"empty object":          {wxtest.Fault{Body: `{}`}, wxapi.ErrBadReply},
		"array":                 {wxtest.Fault{Body: `[` + good + `]`}, wxapi.ErrBadReply},
		"two objects":           {wxtest.Fault{Body: good + good}, wxapi.ErrBadReply},
		"null alone":            {wxtest.Fault{Body: `null`}, wxapi.ErrBadReply},
		"errcode of no number":  {wxtest.Fault{Body: `{"errcode":"x",` + good[1:]}, wxapi.ErrBadReply},
		"errcode with fraction": {wxtest.Fault{Body: `{"errcode":1.5,` + good[1:]}, wxapi.ErrBadReply},
		"errcode null":          {wxtest.Fault{Body: `{"errcode":null,` + good[1:]}, nil},
		"errcode \"null\"":      {wxtest.Fault{Body: `{"errcode":"null",` + good[1:]}, wxapi.ErrBadReply},
		"errcode \"\"":          {wxtest.Fault{Body: `{"errcode":"",` + good[1:]}, wxapi.ErrBadReply},
		"errcode \" 0\"":        {wxtest.Fault{Body: `{"errcode":" 0",` + good[1:]}, wxapi.ErrBadReply},
		"errcode \"+0\"":        {wxtest.Fault{Body: `{"errcode":"+0",` + good[1:]}, wxapi.ErrBadReply},
		"errcode \"00\"":        {wxtest.Fault{Body: `{"errcode":"00",` + good[1:]}, wxapi.ErrBadReply},
		"errcode 0e0":           {wxtest.Fault{Body: `{"errcode":0e0,` + good[1:]}, wxapi.ErrBadReply},
		"errcode false":         {wxtest.Fault{Body: `{"errcode":false,` + good[1:]}, wxapi.ErrBadReply},
		"errcode {}":            {wxtest.Fault{Body: `{"errcode":{},` + good[1:]}, wxapi.ErrBadReply},
		"errcode []":            {wxtest.Fault{Body: `{"errcode":[],` + good[1:]}, wxapi.ErrBadReply},
		"errcode of 20 digits":  {wxtest.Fault{Body: `{"errcode":40029400294002940029}`}, wxapi.ErrBadReply},
		"BOM":                   {wxtest.Fault{Body: "\ufeff" + good}, nil},
		"two BOMs":              {wxtest.Fault{Body: "\ufeff\ufeff" + good}, wxapi.ErrBadReply},
		"BOM behind a space":    {wxtest.Fault{Body: " \ufeff" + good}, wxapi.ErrBadReply},
		"spaces around":         {wxtest.Fault{Body: "\n " + good + "\r\n\t"}, nil},
		"huge number":           {wxtest.Fault{Body: `{"x":1e999,` + good[1:]}, nil},
		"deep":                  {wxtest.Fault{Body: `{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "," + good[1:]}, wxapi.ErrBadReply},
		"openid not UTF-8":      {wxtest.Fault{Body: "{\"session_key\":\"k\",\"openid\":\"o\xff\"}"}, wxapi.ErrBadReply},
		"half a surrogate pair": {wxtest.Fault{Body: `{"session_key":"k","openid":"o\ud800"}`}, wxapi.ErrBadReply},
		"openid with C1":        {wxtest.Fault{Body: `{"session_key":"k","openid":"o\u0085"}`}, wxapi.ErrBadReply},
		"HTML":                  {wxtest.Fault{Body: `<html>`}, wxapi.ErrBadReply},
		"redirect":              {wxtest.Fault{Redirect: "https://other.example/"}, wxapi.ErrBadReply},
		"malformed redirect":    {wxtest.Fault{Redirect: "http://[::1%25/"}, wxapi.ErrBadReply},
		"truncated":             {wxtest.Fault{Body: good, Truncate: true}, wxapi.ErrBadReply},
		"dropped":               {wxtest.Fault{Drop: true}, wxapi.ErrUnavailable},
		"refused":               {wxtest.Fault{Refuse: true}, wxapi.ErrUnavailable},
	}
	for name, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			client, wechat := newClient(wxapi.Options{})
			wechat.FailAlways(test.fault)
			got, err := client.Code2Session(background, "code")
			if !errors.Is(err, test.want) {
				t.Errorf("%s: got error %v, want %v", name, err, test.want)
			}
			if test.want == nil && (got.OpenID != "o1" || got.Key.IsZero()) {
				t.Errorf("%s: got %+v", name, got)
			}
			if test.want != nil && !cmp.Equal(got, wxapi.Session{}) {
				t.Errorf("%s: a session came with the error: %+v", name, got)
			}
			if n := wechat.Count(login); test.want == wxapi.ErrBadReply && n != 1 {
				t.Errorf("%s: %d calls, want 1: the code is used up", name, n)
			}
		})
	}
}

// An errmsg that is not a string must not hide the errcode.
func TestErrcodeBesideAnyErrmsg(t *testing.T) {
	for _, errmsg := range []string{`0`, `null`, `true`, `{}`, `{"code":1}`, `[]`, `["x"]`, `"invalid code"`, `""`} {
		for _, bom := range []string{"", "\ufeff"} {
			client := wxapi.New(app, wxapi.Options{Transport: replies(200, nil, bom+`{"errcode":40029,"errmsg":`+errmsg+`}`)})
			if _, err := client.Code2Session(background, "code"); !errors.Is(err, wxapi.ErrInvalidCode) {
				t.Errorf("%q, errmsg %s: got %v", bom, errmsg, err)
			}
		}
	}
}

// Package encoding/json reads OPENID as openid, and accepts two members with the same name.
// The methods tested here must refuse a reply with such members.
func TestRepliesReadStrictly(t *testing.T) {
	mark := `"watermark":{"timestamp":1637744274,"appid":"` + app.ID + `"}`
	for path, body := range map[string]string{
		login:       `{"errcode":0,"errmsg":"ok","openid":"` + openID + `","session_key":"k","unionid":"u"}`,
		check:       `{"errcode":0,"errmsg":"ok"}`,
		reset:       `{"errcode":0,"errmsg":"ok","openid":"` + openID + `","session_key":"k"}`,
		phoneNumber: `{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"1","purePhoneNumber":"1","countryCode":"86",` + mark + `}}`,
		encryptKey: `{"errcode":0,"errmsg":"ok","key_info_list":[{"encrypt_key":"VI6BpyrK9XH4i4AIGe86tg==","version":10,` +
			`"expire_in":3597,"iv":"6003f73ec441c386","create_time":1616572301}]}`,
		stableToken: `{"access_token":"t","expires_in":7200}`,
	} {
		call := func(body string) error {
			client, wechat := newClient(wxapi.Options{})
			key := loggedIn(wechat)
			wechat.FailAlways(wxtest.Fault{Path: path, Body: body})
			switch path {
			case login:
				return second(client.Code2Session(background, "code"))
			case reset:
				return second(client.ResetSessionKey(background, openID, key))
			case phoneNumber:
				return second(client.PhoneNumber(background, "code", openID))
			case encryptKey:
				return second(client.UserEncryptKeys(background, openID, key))
			}
			return client.CheckSessionKey(background, openID, key)
		}
		// At the path stableToken, ErrAccessToken is allowed, because the fake WeChat did
		// not issue the access token t of the reply.
		if err := call(body); err != nil && !(path == stableToken && errors.Is(err, wxapi.ErrAccessToken)) {
			t.Errorf("%s: %v", path, err)
		}
		for _, match := range regexp.MustCompile(`"(\w+)":`).FindAllStringSubmatch(body, -1) {
			name := match[1]
			spellings := []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]}
			for ascii, other := range map[string]string{"s": "\u017f", "k": "\u212a"} {
				if strings.Contains(name, ascii) {
					spellings = append(spellings, strings.Replace(name, ascii, other, 1))
				}
			}
			for _, other := range spellings {
				for _, instead := range []string{
					`"` + other + `":`,
					`"` + other + `":0,"` + name + `":`,
					`"` + other + `":null,"` + name + `":`,
					`"` + name + `":null,"` + name + `":`,
					`"x":1,"X":2,"` + name + `":`,
					`"x":{"y":[{"z":1,"z":2}]},"` + name + `":`,
				} {
					spoiled := strings.Replace(body, `"`+name+`":`, instead, 1)
					if err := call(spoiled); !errors.Is(err, wxapi.ErrBadReply) {
						t.Errorf("%s: %s: got %v, want ErrBadReply", path, spoiled, err)
					}
				}
			}
		}
	}
	for _, body := range []string{
		`{"openid":"u","OPENID":"v","session_key":"k"}`, `{"openid":"u","openid":"u","session_key":"k"}`,
		`{"errcode":40029,"ERRCODE":0}`, `{"errcode":40029,"errcode":40029}`, `{"errcode":40029,"Errcode":0,"openid":"u","session_key":"k"}`,
		`{"openid":"u","open\u0069d":"v","session_key":"k"}`, `{"OPENID":"u","session_key":"k"}`,
	} {
		client := wxapi.New(app, wxapi.Options{Transport: replies(200, nil, body)})
		if _, err := client.Code2Session(background, "code"); !errors.Is(err, wxapi.ErrBadReply) {
			t.Errorf("%s: got %v, want ErrBadReply", body, err)
		}
	}
}
