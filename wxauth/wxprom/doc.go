// Package wxprom counts logins and calls to WeChat, and measures their durations, for
// Prometheus.
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
//   - [Recorder.OnEvent] is for wxauth.Config.OnEvent. It counts logins, and measures how
//     long they take. It counts refused requests and all other events.
//   - [Recorder.Instrument] is for the Instrument of wxauth.Config.API. It counts the
//     HTTP calls to WeChat, and measures how long they take.
//   - [Files] holds two files. alerts.yml contains five alert rules for Prometheus.
//     dashboard.json is a dashboard to import into Grafana.
//
// # Metrics
//
// The name of each metric begins with wxauth_. The table omits this prefix.
//
//	name                           type       unit      labels             what
//	logins_total                   counter    logins    outcome            logins, including failed ones
//	login_duration_seconds         histogram  seconds                      the whole time of a login
//	login_turn_wait_seconds        histogram  seconds                      the time that a login waited until other calls to WeChat had ended; see wxapi.Options.MaxInFlight
//	login_wechat_seconds           histogram  seconds                      the time of a login's attempts to exchange its code
//	login_local_seconds            histogram  seconds                      the rest of a login's time, for example in OnLogin, in the store, and in pauses between attempts
//	login_attempts_total           counter    attempts                     attempts of logins to exchange a code
//	refusals_total                 counter    requests  code               requests that Require, Identify, LoadAndSave or SessionHandler refused
//	operations_total               counter    events    operation outcome  all other events, such as saves, renewals, logouts, revokes and decryptions
//	revoked_logins_total           counter    logins                       live logins that Revoke and RevokeOthers ended
//	wechat_call_duration_seconds   histogram  seconds   path status        the time of an HTTP call to WeChat
//	wechat_errors_total            counter    calls     errcode            HTTP calls that WeChat answered with an errcode other than 0
//	wechat_calls_in_flight         gauge      calls                        HTTP calls to WeChat in progress
//
// Instrument records the last three metrics of the table. OnEvent records the others. If
// a login fails with invalid_request before the first attempt to exchange its code, the
// login counts in logins_total, but in none of the login_ metrics.
//
// # Labels
//
// wxauth puts no appid, openid, secret or LoginID (see [wxauth.Event]) into a label. An
// application must not put them into the Code of a wxauth.Error or into the URL path
// of a wxapi.Client.Call.
//
//   - outcome is the Outcome of a [wxauth.Event]: ok, canceled, unknown, or the code of
//     the error.
//   - code is the Outcome of an event named [wxauth.EventRequest].
//   - operation is the Name of an event, such as save, renew or revoke.
//   - path is the path of the call's URL, without the query.
//   - status is the HTTP status of WeChat's answer. If there is no answer because the
//     caller canceled the call, status is canceled. If there is no answer for another
//     reason, status is failed.
//   - errcode is WeChat's errcode.
//
// A Recorder limits the number of values of every label except operation, whose values
// are a few constants of wxauth. The limit is 50 values for path, 50 for errcode, and 10
// for status. The labels outcome and code share a limit of 50 values. Each limit
// includes the value "other". When a limit is reached, all new values count as "other".
// A value that is longer than 100 bytes or not UTF-8 also counts as "other".
//
// # Limits
//
// New creates the most common series of logins_total, refusals_total and operations_total
// with the value 0. Any other series with labels, such as the series of an errcode, begins
// with its first event or call. Prometheus's rate and increase do not count the events and
// calls before the first scrape of such a series.
//
// The metrics reveal how the service is used. Serve them on an address that clients
// cannot reach.
package wxprom
