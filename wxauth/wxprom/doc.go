// Package wxprom counts and times logins and calls to WeChat for Prometheus.
//
//	recorder := wxprom.New()
//	prometheus.MustRegister(recorder)
//	auth, err := wxauth.New(wxauth.Config{
//		Apps:    apps,
//		API:     wxapi.Options{Instrument: recorder.Instrument},
//		OnEvent: recorder.OnEvent,
//	})
//
// # Map
//
//   - [New] makes a [Recorder], which is a prometheus.Collector.
//   - [Recorder.OnEvent] is for wxauth.Config.OnEvent. It counts logins,
//     refusals and operations.
//   - [Recorder.Instrument] is for the Instrument of wxauth.Config.API. It times
//     every call to WeChat.
//   - [Files] holds alerts.yml, five alert rules for Prometheus, and
//     dashboard.json, a dashboard to import into Grafana.
//
// # Metrics
//
// All names begin with wxauth_.
//
//	name                           type       unit      labels             what
//	logins_total                   counter    logins    outcome            logins, including failed ones
//	login_duration_seconds         histogram  seconds                      the whole time of a login
//	login_turn_wait_seconds        histogram  seconds                      the part of it for which the login waited for a turn
//	login_wechat_seconds           histogram  seconds                      the part of it in which calls to WeChat ran
//	login_local_seconds            histogram  seconds                      the rest of it: OnLogin, the store, pauses between attempts
//	login_attempts_total           counter    attempts                     calls to WeChat that logins attempted
//	refusals_total                 counter    requests  code               requests that Require, Identify, LoadAndSave or SessionHandler refused
//	operations_total               counter    events    operation outcome  saves, renewals, logouts, revokes, decryptions and others
//	revoked_logins_total           counter    logins                       live logins that revokes ended
//	wechat_call_duration_seconds   histogram  seconds   path status        an HTTP call to WeChat
//	wechat_errors_total            counter    calls     errcode            HTTP calls that WeChat answered with an errcode
//	wechat_calls_in_flight         gauge      calls                        HTTP calls to WeChat in progress
//
// The metrics that start with wechat_ come from Instrument, the others from
// OnEvent.
//
// # Labels
//
// No label holds an appid, an openid, a LoginID or a secret.
//
//   - outcome is the Outcome of a [wxauth.Event]: ok, the code of the error,
//     canceled or unknown.
//   - code is the Outcome of an event named [wxauth.EventRequest].
//   - operation is the Name of any other event than a login or a request, such
//     as save, renew or revoke.
//   - path is the path of WeChat's API, without its query.
//   - status is the HTTP status of WeChat's answer, canceled if the caller left,
//     or failed if there was no answer.
//   - errcode is WeChat's errcode.
//
// A Recorder gives each of outcome, code, path and errcode at most 50 values, and
// status at most 10. The values that come first keep their names. The last place
// is for "other", which stands for all later values. A value that is not UTF-8,
// or longer than 100 bytes, counts as "other", too.
//
// # Limits
//
// The counters that the alerts watch exist from the start, with the value 0. The
// counter of an errcode begins with its first error. Prometheus's rate does not
// see that error.
//
// The metrics tell a reader much about the service. Serve them on an address that
// clients cannot reach.
package wxprom
