package check_test

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// traced is for wxapi.Options.Instrument. Every HTTP call to WeChat gets a span.
func traced(base http.RoundTripper) http.RoundTripper {
	return otelhttp.NewTransport(errcodes{base},
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
			return r.Method + " " + r.URL.Path
		}),
		// Without this option, or with nil, otelhttp uses OpenTelemetry's global propagators.
		// They can send the caller's baggage to WeChat.
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()),
	)
}

// errcodes adds WeChat's errcode and request id to the span of a call. WeChat reports
// most failures by an errcode, with HTTP status 200. Without this transport, such a failure
// would look like a success in the trace.
type errcodes struct{ base http.RoundTripper }

func (t errcodes) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	if errcode := resp.Header.Get("Wxapi-Errcode"); errcode != "" {
		span := oteltrace.SpanFromContext(r.Context())
		span.SetAttributes(
			attribute.String("wechat.errcode", errcode),
			attribute.String("wechat.rid", resp.Header.Get("Wxapi-Rid")), // for WeChat's support
		)
		span.SetStatus(codes.Error, "errcode "+errcode)
	}
	return resp, nil
}

// This example sets Options.Instrument to trace calls with OpenTelemetry. With package
// wxauth, put the Options into Config.API.
func Example_openTelemetry() {
	spans := tracetest.NewSpanRecorder() // in production: an exporter
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))

	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{
		Transport:  wechat.Transport(), // in production: leave it out
		Instrument: traced,
	})
	client.Code2Session(context.Background(), "a code that WeChat never gave")

	for _, span := range spans.Ended() {
		fmt.Println(span.Name(), span.SpanKind(), span.Status().Description)
	}
	// Output: GET /sns/jscode2session client errcode 40029
}
