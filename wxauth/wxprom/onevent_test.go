package wxprom_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxprom"
)

func TestOnEvent(t *testing.T) {
	type want = map[string]float64
	const s = time.Second
	tests := map[string]struct {
		event wxauth.Event
		want  want
	}{
		"login": {
			wxauth.Event{Name: wxauth.EventLogin, Outcome: wxauth.OutcomeOK, Duration: 10 * s, Waited: 2 * s, WeChat: 5 * s, Attempts: 2},
			want{
				`logins_total{outcome="ok"}`: 1, `login_attempts_total`: 2,
				`login_duration_seconds_count`: 1, `login_duration_seconds_sum`: 10,
				`login_turn_wait_seconds_count`: 1, `login_turn_wait_seconds_sum`: 2,
				`login_wechat_seconds_count`: 1, `login_wechat_seconds_sum`: 5,
				`login_local_seconds_count`: 1, `login_local_seconds_sum`: 3,
			},
		},
		"login that took its turn at once": {
			wxauth.Event{Name: wxauth.EventLogin, Outcome: wxauth.CodeInvalidCode, Duration: 2 * s, WeChat: 2 * s, Attempts: 1, ErrCode: 40029},
			want{
				`logins_total{outcome="invalid_code"}`: 1, `login_attempts_total`: 1,
				`login_duration_seconds_count`: 1, `login_duration_seconds_sum`: 2,
				`login_turn_wait_seconds_count`: 1,
				`login_wechat_seconds_count`:    1, `login_wechat_seconds_sum`: 2,
				`login_local_seconds_count`: 1,
			},
		},
		"login that got no turn": {
			wxauth.Event{Name: wxauth.EventLogin, Outcome: wxauth.CodeWeChatUnavailable, Duration: 2 * s, Waited: 2 * s},
			want{
				`logins_total{outcome="wechat_unavailable"}`: 1,
				`login_duration_seconds_count`:               1, `login_duration_seconds_sum`: 2,
				`login_turn_wait_seconds_count`: 1, `login_turn_wait_seconds_sum`: 2,
				`login_local_seconds_count`: 1,
			},
		},
		"login without a code": {
			wxauth.Event{Name: wxauth.EventLogin, Outcome: wxauth.OutcomeOK, Duration: s},
			want{
				`logins_total{outcome="ok"}`:   1,
				`login_duration_seconds_count`: 1, `login_duration_seconds_sum`: 1,
				`login_local_seconds_count`: 1, `login_local_seconds_sum`: 1,
			},
		},
		"malformed request for a login": {
			wxauth.Event{Name: wxauth.EventLogin, Outcome: wxauth.CodeInvalidRequest, Duration: s},
			want{`logins_total{outcome="invalid_request"}`: 1},
		},
		"login that OnLogin refused as malformed": {
			wxauth.Event{Name: wxauth.EventLogin, Outcome: wxauth.CodeInvalidRequest, Duration: 2 * s, WeChat: s, Attempts: 1},
			want{
				`logins_total{outcome="invalid_request"}`: 1, `login_attempts_total`: 1,
				`login_duration_seconds_count`: 1, `login_duration_seconds_sum`: 2,
				`login_turn_wait_seconds_count`: 1,
				`login_wechat_seconds_count`:    1, `login_wechat_seconds_sum`: 1,
				`login_local_seconds_count`: 1, `login_local_seconds_sum`: 1,
			},
		},
		"parts that are longer than the whole": {
			wxauth.Event{Name: wxauth.EventLogin, Outcome: wxauth.OutcomeOK, Duration: s, Waited: s, WeChat: s, Attempts: 1},
			want{
				`logins_total{outcome="ok"}`: 1, `login_attempts_total`: 1,
				`login_duration_seconds_count`: 1, `login_duration_seconds_sum`: 1,
				`login_turn_wait_seconds_count`: 1, `login_turn_wait_seconds_sum`: 1,
				`login_wechat_seconds_count`: 1, `login_wechat_seconds_sum`: 1,
				`login_local_seconds_count`: 1,
			},
		},
		"refused request": {
			wxauth.Event{Name: wxauth.EventRequest, Outcome: wxauth.CodeNotLoggedIn, Duration: s},
			want{`refusals_total{code="not_logged_in"}`: 1},
		},
		"code of the application's": {
			wxauth.Event{Name: wxauth.EventLogin, Outcome: "banned", Duration: s},
			want{
				`logins_total{outcome="banned"}`: 1,
				`login_duration_seconds_count`:   1, `login_duration_seconds_sum`: 1,
				`login_local_seconds_count`: 1, `login_local_seconds_sum`: 1,
			},
		},
		"save": {
			wxauth.Event{Name: wxauth.EventSave, Outcome: wxauth.CodeStoreUnavailable, Duration: s},
			want{`operations_total{operation="save",outcome="store_unavailable"}`: 1},
		},
		"renewal": {
			wxauth.Event{Name: wxauth.EventRenew, Outcome: wxauth.OutcomeOK, Duration: s},
			want{`operations_total{operation="renew",outcome="ok"}`: 1},
		},
		"revoke": {
			wxauth.Event{Name: wxauth.EventRevoke, Outcome: wxauth.OutcomeOK, Count: 3},
			want{`operations_total{operation="revoke",outcome="ok"}`: 1, `revoked_logins_total`: 3},
		},
		"revoke that failed half-way": {
			wxauth.Event{Name: wxauth.EventRevoke, Outcome: wxauth.CodeStoreUnavailable, Count: 2},
			want{`operations_total{operation="revoke",outcome="store_unavailable"}`: 1, `revoked_logins_total`: 2},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			recorder := wxprom.New()
			recorder.OnEvent(background, test.event)
			if diff := cmp.Diff(test.want, series(t, recorder)); diff != "" {
				t.Errorf("series (-want +got):\n%s", diff)
			}
		})
	}
}
