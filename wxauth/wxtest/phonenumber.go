package wxtest

// phoneNumber is how WeChat tells a phone number.
type phoneNumber struct {
	PhoneNumber     string    `json:"phoneNumber"`
	PurePhoneNumber string    `json:"purePhoneNumber"`
	CountryCode     string    `json:"countryCode"`
	Watermark       watermark `json:"watermark"`
}

type watermark struct {
	Timestamp int64  `json:"timestamp"`
	AppID     string `json:"appid"`
}

// newPhoneNumber leaves out the watermark. The number of another country than
// China carries its country code in phoneNumber.
func newPhoneNumber(countryCode, number string) phoneNumber {
	n := phoneNumber{PhoneNumber: number, PurePhoneNumber: number, CountryCode: countryCode}
	if countryCode != "86" {
		n.PhoneNumber = "+" + countryCode + number
	}
	return n
}

type phoneNumberReply struct {
	statusReply
	Info phoneNumber `json:"phone_info"`
}

// userPhoneNumber is POST /wxa/business/getuserphonenumber.
func (s *Server) userPhoneNumber(c *call) answer {
	if errcode := c.postedObject(); errcode != 0 {
		return refuse(errcode)
	}
	a, errcode := s.caller(c)
	if errcode != 0 {
		return refuse(errcode)
	}
	code := s.liveCode(phoneCode, c.text("code"))
	switch _, named := c.fields["openid"]; {
	case code == nil || code.used:
		return refuse(40029)
	case code.app != a:
		return refuse(40013)
	case named && c.text("openid") != code.user.openID:
		return refuse(40003) // WeChat checks it, but does not say with which errcode
	}
	code.used = true
	info := code.number
	info.Watermark = watermark{s.now().Unix(), a.id}
	return answer{value: phoneNumberReply{allWell(), info}}
}
