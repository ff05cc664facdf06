package wxprom

import (
	"github.com/prometheus/client_golang/prometheus"

	"example.com/wxlogin/wxauth"
)

// These constants limit the number of values of a label, including the value "other".
const (
	maxValues   = 50
	maxStatuses = 10
)

// buckets contains the upper bounds of the buckets of all histograms, in seconds.
// WeChat usually answers within about 0.1 s. With the default wxapi.Options.Timeout of
// 5 s, an API call waits at most 2 s until other calls to WeChat have ended, and each of its
// HTTP calls takes at most 3 s. After WeChat's answer to a login, OnLogin and the session
// store together have 10 s.
var buckets = []float64{.005, .01, .025, .05, .1, .2, .3, .5, .75, 1, 1.5, 2, 3, 5, 10, 15}

// Recorder makes metrics from the events of an Auth and from the Auth's calls to WeChat.
// A Recorder is a prometheus.Collector. Several Auths can share a Recorder. To distinguish
// Auths in the metrics, use one Recorder for each Auth. Give each Recorder a label that
// names its Auth, with prometheus.WrapRegistererWith.
//
// A Recorder is safe for concurrent use.
type Recorder struct {
	logins     *prometheus.CounterVec
	duration   prometheus.Histogram
	turnWait   prometheus.Histogram
	wechat     prometheus.Histogram
	local      prometheus.Histogram
	attempts   prometheus.Counter
	refusals   *prometheus.CounterVec
	operations *prometheus.CounterVec
	revoked    prometheus.Counter

	calls    *prometheus.HistogramVec
	errors   *prometheus.CounterVec
	inFlight prometheus.Gauge

	outcomes, paths, statuses, errcodes *bound
}

// New returns a Recorder. Register the Recorder with a prometheus.Registerer, such as
// prometheus.DefaultRegisterer. To register two Recorders with one registry, add a label
// by prometheus.WrapRegistererWith, with a different value for each Recorder. Otherwise
// the registry refuses the second Recorder, because both have the same metrics.
func New() *Recorder {
	r := &Recorder{
		logins: counterVec("logins_total", "Logins, including failed ones.", "outcome"),
		duration: histogram("login_duration_seconds",
			"How long a login took in all. Malformed requests are not in it."),
		turnWait: histogram("login_turn_wait_seconds",
			"The part of a login for which it waited for its turn at WeChat."),
		wechat: histogram("login_wechat_seconds",
			"The part of a login for which WeChat was asked."),
		local: histogram("login_local_seconds",
			"The part of a login that is neither: OnLogin, the session store, and pauses between attempts."),
		attempts: counter("login_attempts_total", "How often logins asked WeChat."),
		refusals: counterVec("refusals_total",
			"Requests that Require, Identify, LoadAndSave or SessionHandler refused.", "code"),
		operations: counterVec("operations_total",
			"Saves, renewals, logouts, revokes, decryptions and others.", "operation", "outcome"),
		revoked: counter("revoked_logins_total", "Live logins that revokes ended."),

		calls: prometheus.NewHistogramVec(histogramOpts("wechat_call_duration_seconds",
			"How long an HTTP call to WeChat took. A repetition is a call of its own."), []string{"path", "status"}),
		errors:   counterVec("wechat_errors_total", "HTTP calls that WeChat answered with an errcode.", "errcode"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts(opts("wechat_calls_in_flight", "HTTP calls to WeChat in progress."))),

		outcomes: newBound(maxValues),
		paths:    newBound(maxValues),
		statuses: newBound(maxStatuses),
		errcodes: newBound(maxValues),
	}
	r.begin()
	return r
}

// begin creates series with the value 0. If a series began with its first event, its
// first value would be 1. Prometheus's rate and increase count only changes of a value,
// so they would miss the first event.
func (r *Recorder) begin() {
	for _, outcome := range []string{
		wxauth.OutcomeOK, wxauth.OutcomeCanceled, wxauth.OutcomeUnknown,
		wxauth.CodeInvalidRequest, wxauth.CodeInvalidCode, wxauth.CodeNotLoggedIn, wxauth.CodeLoginDenied,
		wxauth.CodeSessionKeyStale, wxauth.CodeRateLimited, wxauth.CodeMisconfigured, wxauth.CodeInternal,
		wxauth.CodeWeChatBadReply, wxauth.CodeWeChatUnavailable, wxauth.CodeStoreUnavailable,
	} {
		// r.outcomes accepts a limited number of values. Reserve a place for this outcome
		// before error codes of the application take all places.
		r.outcomes.value(outcome)
		r.logins.WithLabelValues(outcome)
		if outcome != wxauth.OutcomeOK {
			r.refusals.WithLabelValues(outcome)
		}
	}
	for _, operation := range []string{
		wxauth.EventRenew, wxauth.EventLogout, wxauth.EventEnd, wxauth.EventRevoke, wxauth.EventSave,
		wxauth.EventDecrypt, wxauth.EventVerify, wxauth.EventSign, wxauth.EventPhoneNumber,
		wxauth.EventCheckSessionKey, wxauth.EventResetSessionKey, wxauth.EventUserEncryptKeys,
	} {
		for _, outcome := range []string{
			wxauth.OutcomeOK, wxauth.OutcomeCanceled,
			wxauth.CodeMisconfigured, wxauth.CodeInternal, wxauth.CodeStoreUnavailable,
		} {
			r.operations.WithLabelValues(operation, outcome)
		}
	}
}

// Describe implements prometheus.Collector.
func (r *Recorder) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range r.collectors() {
		c.Describe(ch)
	}
}

// Collect implements prometheus.Collector.
func (r *Recorder) Collect(ch chan<- prometheus.Metric) {
	for _, c := range r.collectors() {
		c.Collect(ch)
	}
}

func (r *Recorder) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		r.logins, r.duration, r.turnWait, r.wechat, r.local, r.attempts,
		r.refusals, r.operations, r.revoked,
		r.calls, r.errors, r.inFlight,
	}
}

func opts(name, help string) prometheus.Opts {
	return prometheus.Opts{Namespace: "wxauth", Name: name, Help: help}
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts(opts(name, help)))
}

func counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts(opts(name, help)), labels)
}

func histogramOpts(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Namespace: "wxauth", Name: name, Help: help, Buckets: buckets}
}

func histogram(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(histogramOpts(name, help))
}
