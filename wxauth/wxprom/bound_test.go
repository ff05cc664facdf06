package wxprom_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxprom"
)

// A Recorder must count every event and every call, even after a label has reached
// its limit of values. A label value from before the limit was reached must keep its own
// series.
func TestBound(t *testing.T) {
	const n = 1000
	tests := map[string]struct {
		metric, label string
		limit         int
		first         string // a value that must not become "other"
		record        func(r *wxprom.Recorder, i int)
	}{
		"path": {"wxauth_wechat_call_duration_seconds", "path", 50, "/wxa/0", func(r *wxprom.Recorder, i int) {
			call(background, r, fmt.Sprintf("/wxa/%d", i), answer(200, ""))
		}},
		"status": {"wxauth_wechat_call_duration_seconds", "status", 10, "0", func(r *wxprom.Recorder, i int) {
			call(background, r, "/", answer(i, ""))
		}},
		"errcode": {"wxauth_wechat_errors_total", "errcode", 50, "0", func(r *wxprom.Recorder, i int) {
			call(background, r, "/", answer(200, strconv.Itoa(i)))
		}},
		"outcome of logins": {"wxauth_logins_total", "outcome", 50, wxauth.CodeStoreUnavailable, func(r *wxprom.Recorder, i int) {
			r.OnEvent(background, wxauth.Event{Name: wxauth.EventLogin, Outcome: fmt.Sprintf("own_%d", i)})
		}},
		"outcome of operations": {"wxauth_operations_total", "outcome", 50, wxauth.CodeStoreUnavailable, func(r *wxprom.Recorder, i int) {
			r.OnEvent(background, wxauth.Event{Name: wxauth.EventDecrypt, Outcome: fmt.Sprintf("own_%d", i)})
		}},
		"code": {"wxauth_refusals_total", "code", 50, wxauth.CodeStoreUnavailable, func(r *wxprom.Recorder, i int) {
			r.OnEvent(background, wxauth.Event{Name: wxauth.EventRequest, Outcome: fmt.Sprintf("own_%d", i)})
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			recorder := wxprom.New()
			for i := range n {
				test.record(recorder, i)
			}
			// New created the series of store_unavailable before this test recorded other
			// outcomes, so store_unavailable must not become "other".
			recorder.OnEvent(background, wxauth.Event{Name: wxauth.EventLogin, Outcome: wxauth.CodeStoreUnavailable})
			values := labelValues(t, recorder, test.metric, test.label)
			if len(values) > test.limit || !values["other"] || !values[test.first] {
				t.Errorf("%d values of %s, other: %v, %s: %v; want at most %d, true, true",
					len(values), test.label, values["other"], test.first, values[test.first], test.limit)
			}
			var sum float64
			for _, m := range families(t, recorder)[test.metric].GetMetric() {
				sum += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
			if test.metric == "wxauth_logins_total" {
				sum-- // the event with store_unavailable
			}
			if sum != n {
				t.Errorf("%v of %d were counted", sum, n)
			}
			if got := series(t, recorder)[`logins_total{outcome="store_unavailable"}`]; got != 1 {
				t.Errorf("%v logins with store_unavailable; want 1", got)
			}
		})
	}
}

// Paths that are too long or not UTF-8 must become "other" without a panic.
func TestBoundOddValues(t *testing.T) {
	recorder := wxprom.New()
	for _, path := range []string{"/%ff", "/" + strings.Repeat("a", 100), "/" + strings.Repeat("a", 99), "/%00", ""} {
		if _, err := call(background, recorder, path, answer(200, "")); err != nil {
			t.Fatal(err)
		}
	}
	got := labelValues(t, recorder, "wxauth_wechat_call_duration_seconds", "path")
	if len(got) != 4 || !got["other"] || !got["/"+strings.Repeat("a", 99)] || !got["/\x00"] || !got[""] {
		t.Errorf("paths: %q", slices.Sorted(maps.Keys(got)))
	}
}
