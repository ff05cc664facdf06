// Package check tests the alert rules and the Grafana dashboard of package wxprom, the
// names of metrics in the guides in wxauth/docs, and an example that traces calls to WeChat
// with OpenTelemetry. It contains only tests.
//
//   - Prometheus's own parser parses every expression in the alert rules and in the
//     dashboard. An expression must use only metrics of a wxprom.Recorder, and only
//     labels that the Recorder or Prometheus sets.
//   - promtool runs every alert in situations in which the alert fires, and in others
//     in which it does not. If promtool is not on PATH, each test that runs promtool
//     is skipped, or fails if the environment variable CI is true.
//   - Grafana's own library reads the dashboard and reports unknown fields.
//   - Example_openTelemetry traces calls to WeChat. Further tests check that spans
//     contain no secret, and that WeChat receives no baggage.
package check
