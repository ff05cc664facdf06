// Package check tests the files and the documented use of package wxprom: the
// alert rules, the Grafana dashboard, and the way to trace calls to WeChat with
// OpenTelemetry. It contains only tests.
//
//   - Every expression is parsed by Prometheus's own parser. It may use nothing
//     but metrics, labels and label values that a wxprom.Recorder has.
//   - Every alert fires and stays silent under promtool, where promtool is on
//     PATH.
//   - The dashboard is read strictly by Grafana's own library.
//   - Example_openTelemetry traces calls to WeChat. The tests beside it show that
//     spans hold no secret, and that no baggage goes to WeChat.
package check
