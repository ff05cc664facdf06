package wxtest

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

// userPhoneNumber answers POST /wxa/business/getuserphonenumber.
func (s *Server) userPhoneNumber(r *request) answer {
	if errcode := r.postedObject(); errcode != 0 {
		return refuse(errcode)
	}
	a, errcode := s.caller(r)
	if errcode != 0 {
		return refuse(errcode)
	}
	code := s.unexpiredCode(phoneCode, r.text("code"))
	switch _, named := r.fields["openid"]; {
	case code == nil || code.used:
		return refuse(40029)
	case code.app != a:
		return refuse(40013)
	case named && r.text("openid") != code.user.openID:
		return refuse(40003) // WeChat documents this comparison, but not the errcode
	}
	code.used = true
	info := code.number
	info.Watermark = watermark{s.now().Unix(), a.id}
	return answer{value: phoneNumberReply{statusOK(), info}}
}
