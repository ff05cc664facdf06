package check_test

import "fmt"

// situation is a test case of TestPromtoolAlerts. Each series has one value per minute.
type situation struct {
	alert, name string
	series      map[string]string // in promtool's notation, 0+3x20 means 0, 3, 6, … 60
	at          string            // how long after the first value promtool checks the alert
	fires       bool
}

var situations = []situation{
	{"WxauthLoginsFail", "one in ten, for ten minutes and more", map[string]string{
		`wxauth_logins_total{outcome="ok"}`:                 "0+90x30",
		`wxauth_logins_total{outcome="wechat_unavailable"}`: "0+10x30",
	}, "16m", true},
	{"WxauthLoginsFail", "all, on two instances", map[string]string{
		`wxauth_logins_total{outcome="ok"}`:                      "0x30",
		`wxauth_logins_total{outcome="internal",instance="a"}`:   "0+1x30",
		`wxauth_logins_total{outcome="internal",instance="b"}`:   "0+1x30",
		`wxauth_logins_total{outcome="canceled",instance="b"}`:   "0+1x30",
		`wxauth_logins_total{outcome="invalid_code"}`:            "0x30",
		`wxauth_logins_total{outcome="invalid_request"}`:         "0+1000x30",
		`wxauth_operations_total{operation="save",outcome="ok"}`: "0+1x30",
	}, "16m", true},
	{"WxauthLoginsFail", "one in ten, not for long", map[string]string{
		`wxauth_logins_total{outcome="ok"}`:                 "0+90x30",
		`wxauth_logins_total{outcome="wechat_unavailable"}`: "0+10x30",
	}, "9m", false},
	{"WxauthLoginsFail", "one in fifty", map[string]string{
		`wxauth_logins_total{outcome="ok"}`:               "0+98x30",
		`wxauth_logins_total{outcome="wechat_bad_reply"}`: "0+2x30",
	}, "30m", false},
	{"WxauthLoginsFail", "only clients are at fault", map[string]string{
		`wxauth_logins_total{outcome="ok"}`:              "0+1x30",
		`wxauth_logins_total{outcome="invalid_code"}`:    "0+50x30",
		`wxauth_logins_total{outcome="invalid_request"}`: "0+50x30",
		`wxauth_logins_total{outcome="login_denied"}`:    "0+50x30",
		`wxauth_logins_total{outcome="canceled"}`:        "0+50x30",
		`wxauth_logins_total{outcome="internal"}`:        "0x30",
	}, "30m", false},
	{"WxauthLoginsFail", "nobody logs in", map[string]string{
		`wxauth_logins_total{outcome="ok"}`:       "5x30",
		`wxauth_logins_total{outcome="internal"}`: "5x30",
	}, "30m", false},

	{"WxauthMisconfigured", "one login", misconfigured("0 0 1x30", "0x30", "0x30"), "5m", true},
	{"WxauthMisconfigured", "one request", misconfigured("0x30", "0 0 1x30", "0x30"), "5m", true},
	{"WxauthMisconfigured", "one operation", misconfigured("0x30", "0x30", "0 0 1x30"), "5m", true},
	{"WxauthMisconfigured", "long ago", misconfigured("0 0 1x30", "0 0 1x30", "0 0 1x30"), "20m", false},
	{"WxauthMisconfigured", "other failures", map[string]string{
		`wxauth_logins_total{outcome="internal"}`:                           "0+9x30",
		`wxauth_logins_total{outcome="misconfigured"}`:                      "0x30",
		`wxauth_refusals_total{code="misconfigured"}`:                       "0x30",
		`wxauth_operations_total{operation="sign",outcome="internal"}`:      "0+9x30",
		`wxauth_operations_total{operation="sign",outcome="misconfigured"}`: "0x30",
	}, "10m", false},

	{"WxauthStoreUnavailable", "requests", storeUnavailable("0x30", "0+9x30", "0x30"), "8m", true},
	{"WxauthStoreUnavailable", "logins, requests and operations together", storeUnavailable("0+1x30", "0+1x30", "0+1x30"), "8m", true},
	{"WxauthStoreUnavailable", "a failure now and then", storeUnavailable("0+1.8x30", "0x30", "0x30"), "30m", false},
	{"WxauthStoreUnavailable", "a moment", storeUnavailable("0x30", "0 0 0 20x30", "0x30"), "4m", false},
	{"WxauthStoreUnavailable", "over", storeUnavailable("0+9x10 90x20", "0+9x10 90x20", "0x30"), "20m", false},

	{"WxauthWeChatSlow", "one call in ten takes more than 2 s", slow("/sns/jscode2session", "200", "0+90x30", "0+100x30"), "20m", true},
	{"WxauthWeChatSlow", "calls end without an answer", slow("/sns/component/jscode2session", "failed", "0x30", "0+10x30"), "20m", true},
	{"WxauthWeChatSlow", "not for long", slow("/sns/jscode2session", "200", "0+90x30", "0+100x30"), "9m", false},
	{"WxauthWeChatSlow", "one call in fifty", slow("/sns/jscode2session", "200", "0+98x30", "0+100x30"), "30m", false},
	{"WxauthWeChatSlow", "other calls", slow("/wxa/getwxacodeunlimit", "200", "0x30", "0+100x30"), "30m", false},
	{"WxauthWeChatSlow", "callers leave", slow("/sns/jscode2session", "canceled", "0x30", "0+100x30"), "30m", false},

	{"WxauthSavesLost", "one", map[string]string{
		`wxauth_operations_total{operation="save",outcome="ok"}`:                "0+9x30",
		`wxauth_operations_total{operation="save",outcome="store_unavailable"}`: "0 0 1x30",
	}, "5m", true},
	{"WxauthSavesLost", "the client left", map[string]string{
		`wxauth_operations_total{operation="save",outcome="canceled"}`: "0 0 1x30",
	}, "5m", true},
	{"WxauthSavesLost", "of logins that had ended", map[string]string{
		`wxauth_operations_total{operation="save",outcome="ok"}`:                "0+9x30",
		`wxauth_operations_total{operation="save",outcome="not_logged_in"}`:     "0+9x30",
		`wxauth_operations_total{operation="save",outcome="store_unavailable"}`: "0x30",
	}, "30m", false},
	{"WxauthSavesLost", "other operations", map[string]string{
		`wxauth_operations_total{operation="renew",outcome="store_unavailable"}`: "0+9x30",
		`wxauth_operations_total{operation="save",outcome="store_unavailable"}`:  "3x30",
	}, "30m", false},
}

func misconfigured(logins, refusals, operations string) map[string]string {
	return failures("misconfigured", logins, refusals, operations)
}

func storeUnavailable(logins, refusals, operations string) map[string]string {
	return failures("store_unavailable", logins, refusals, operations)
}

func failures(outcome, logins, refusals, operations string) map[string]string {
	return map[string]string{
		fmt.Sprintf(`wxauth_logins_total{outcome=%q}`, outcome):                              logins,
		fmt.Sprintf(`wxauth_refusals_total{code=%q}`, outcome):                               refusals,
		fmt.Sprintf(`wxauth_operations_total{operation="phone_number",outcome=%q}`, outcome): operations,
		fmt.Sprintf(`wxauth_operations_total{operation="check_key",outcome=%q}`, outcome):    "0x30",
		`wxauth_operations_total{operation="phone_number",outcome="internal"}`:               "0+9x30",
	}
}

// slow returns the buckets of a histogram of calls to WeChat. The parameter quick counts
// the calls that took at most 0.3 s. The parameter all also counts the calls that took
// between 2 s and 3 s.
func slow(path, status, quick, all string) map[string]string {
	series := map[string]string{}
	for _, le := range []string{"0.3", "0.5", "1", "1.5", "2"} {
		series[fmt.Sprintf(`wxauth_wechat_call_duration_seconds_bucket{path=%q,status=%q,le=%q}`, path, status, le)] = quick
	}
	for _, le := range []string{"3", "+Inf"} {
		series[fmt.Sprintf(`wxauth_wechat_call_duration_seconds_bucket{path=%q,status=%q,le=%q}`, path, status, le)] = all
	}
	return series
}
