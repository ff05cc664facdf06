package wxprom_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxprom"
)

func TestInstrument(t *testing.T) {
	type want = map[string]float64
	const path = "/sns/jscode2session"
	canceled, cancel := context.WithCancel(background)
	cancel()
	late, cancel := context.WithTimeout(background, -1)
	defer cancel()
	failing := func(*http.Request) (*http.Response, error) { return nil, errors.New("no connection") }
	tests := map[string]struct {
		ctx    context.Context
		answer roundTripper
		want   want
	}{
		"answer": {background, answer(200, ""), want{
			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="200"}`: 1,
			`wechat_call_duration_seconds_sum{path="/sns/jscode2session",status="200"}`:   2,
		}},
		"errcode": {background, answer(200, "-1"), want{
			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="200"}`: 1,
			`wechat_call_duration_seconds_sum{path="/sns/jscode2session",status="200"}`:   2,
			`wechat_errors_total{errcode="-1"}`:                                           1,
		}},
		"status": {background, answer(502, ""), want{
			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="502"}`: 1,
			`wechat_call_duration_seconds_sum{path="/sns/jscode2session",status="502"}`:   2,
		}},
		"no answer": {background, failing, want{
			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="failed"}`: 1,
			`wechat_call_duration_seconds_sum{path="/sns/jscode2session",status="failed"}`:   2,
		}},
		"no answer in time": {late, failing, want{
			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="failed"}`: 1,
			`wechat_call_duration_seconds_sum{path="/sns/jscode2session",status="failed"}`:   2,
		}},
		"no caller any more": {canceled, failing, want{
			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="canceled"}`: 1,
			`wechat_call_duration_seconds_sum{path="/sns/jscode2session",status="canceled"}`:   2,
		}},
		"answer after the caller left": {canceled, answer(200, ""), want{
			`wechat_call_duration_seconds_count{path="/sns/jscode2session",status="200"}`: 1,
			`wechat_call_duration_seconds_sum{path="/sns/jscode2session",status="200"}`:   2,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				recorder := wxprom.New()
				var underWay float64
				wantResp, wantErr := test.answer(nil)
				resp, err := call(test.ctx, recorder, path, func(r *http.Request) (*http.Response, error) {
					underWay = series(t, recorder)["wechat_calls_in_flight"]
					time.Sleep(2 * time.Second)
					return wantResp, wantErr
				})
				if resp != wantResp || err != wantErr {
					t.Errorf("the transport answers %v, %v; want %v, %v", resp, err, wantResp, wantErr)
				}
				if underWay != 1 {
					t.Errorf("%v calls in flight during the call; want 1", underWay)
				}
				if diff := cmp.Diff(test.want, series(t, recorder)); diff != "" {
					t.Errorf("series (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// If the transport panics, Instrument must record the call and not recover from the panic.
func TestInstrumentPanic(t *testing.T) {
	recorder := wxprom.New()
	func() {
		defer func() {
			if p := recover(); p != "the transport's" {
				t.Errorf("panic with %v", p)
			}
		}()
		call(background, recorder, "/", func(*http.Request) (*http.Response, error) { panic("the transport's") })
	}()
	got := series(t, recorder)
	if got[`wechat_call_duration_seconds_count{path="/",status="failed"}`] != 1 || got["wechat_calls_in_flight"] != 0 {
		t.Errorf("series: %v", got)
	}
}
