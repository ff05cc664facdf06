// Package check tests the files and the documentation of package wxprom: the alert
// rules, the Grafana dashboard, and the example that traces calls to WeChat with
// OpenTelemetry. It contains only tests.
//
//   - Prometheus's own parser parses every expression. An expression must use only
//     metrics, labels and label values of a wxprom.Recorder.
//   - promtool runs every alert in situations in which the alert fires, and in others
//     in which it does not. Without promtool on PATH, these tests are skipped, and in
//     CI they fail.
//   - Grafana's own library reads the dashboard and reports unknown fields.
//   - Example_openTelemetry traces calls to WeChat. Further tests check that spans
//     contain no secret, and that WeChat receives no baggage.
package check
