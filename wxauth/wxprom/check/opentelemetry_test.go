package check_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const (
	appID  = "wx4f4bc4dec97d474b"
	secret = "0123456789abcdef0123456789abcdef"
	openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
)

var everything = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

type tracedServer struct {
	*wxauth.Auth
	wechat *wxtest.Server
	spans  *tracetest.SpanRecorder
	tracer *trace.TracerProvider

	mu      sync.Mutex
	headers []http.Header // the headers of the requests to WeChat
}

func newTracedServer(t *testing.T, instrument func(http.RoundTripper) http.RoundTripper) *tracedServer {
	t.Helper()
	app := wxauth.App{ID: appID, Secret: secret}
	s := &tracedServer{wechat: wxtest.NewServer(app), spans: tracetest.NewSpanRecorder()}
	s.tracer = trace.NewTracerProvider(trace.WithSpanProcessor(s.spans))
	base := s.wechat.Transport()
	var err error
	s.Auth, err = wxauth.New(wxauth.Config{
		Apps: []wxauth.App{app},
		API: wxapi.Options{
			Timeout:    time.Second,
			Instrument: instrument,
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				s.mu.Lock()
				s.headers = append(s.headers, r.Header.Clone())
				s.mu.Unlock()
				return base.RoundTrip(r)
			}),
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *tracedServer) login(code string) *httptest.ResponseRecorder {
	h := otelhttp.NewHandler(s.LoginHandler(), "login",
		otelhttp.WithTracerProvider(s.tracer), otelhttp.WithPropagators(everything))
	r := httptest.NewRequest("GET", "/login?code="+code, nil)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r.Header.Set("Baggage", "user=alice")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

type span struct {
	Name       string
	Parent     string // the name of the parent span
	Status     codes.Code
	Attributes map[string]string // only the names that begin with "wechat."; this prefix is removed
}

func (s *tracedServer) ended() (all []span) {
	names := map[string]string{}
	for _, sp := range s.spans.Started() {
		names[sp.SpanContext().SpanID().String()] = sp.Name()
	}
	for _, sp := range s.spans.Ended() {
		one := span{Name: sp.Name(), Parent: names[sp.Parent().SpanID().String()], Status: sp.Status().Code}
		for _, a := range sp.Attributes() {
			if name, ok := strings.CutPrefix(string(a.Key), "wechat."); ok {
				if one.Attributes == nil {
					one.Attributes = map[string]string{}
				}
				one.Attributes[name] = a.Value.AsString()
			}
		}
		if rid := one.Attributes["rid"]; rid != "" {
			one.Attributes["rid"] = fmt.Sprint(len(rid), " bytes")
		}
		all = append(all, one)
	}
	return all
}

func TestSpans(t *testing.T) {
	// Without a ServeMux pattern, otelhttp uses only the method as the name of a handler's span.
	const name, handler = "GET /sns/jscode2session", "GET"
	tests := map[string]struct {
		fault wxtest.Fault
		want  []span
	}{
		"login": {wxtest.Fault{}, []span{
			{Name: name, Parent: handler},
			{Name: handler},
		}},
		"errcode": {wxtest.Fault{ErrCode: 40029}, []span{
			{name, handler, codes.Error, map[string]string{"errcode": "40029", "rid": "26 bytes"}},
			{Name: handler},
		}},
		"errcode, then a login": {wxtest.Fault{ErrCode: -1}, []span{
			{name, handler, codes.Error, map[string]string{"errcode": "-1", "rid": "26 bytes"}},
			{Name: name, Parent: handler},
			{Name: handler},
		}},
		"status": {wxtest.Fault{Status: 502}, []span{
			{name, handler, codes.Error, nil},
			{Name: handler, Status: codes.Error},
		}},
		"no connection, then a login": {wxtest.Fault{Refuse: true}, []span{
			{name, handler, codes.Error, nil},
			{Name: name, Parent: handler},
			{Name: handler},
		}},
	}
	for title, test := range tests {
		t.Run(title, func(t *testing.T) {
			s := newTracedServer(t, traced)
			s.wechat.FailNext(test.fault)
			s.login(s.wechat.Phone(appID, openID).Login())
			if diff := cmp.Diff(test.want, s.ended()); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
		})
	}
}

// A span must not contain an appid, an openid, the caller's baggage, or a secret such as a code
// or the AppSecret.
func TestSpansHoldNoSecret(t *testing.T) {
	s := newTracedServer(t, traced)
	phone := s.wechat.Phone(appID, openID)
	private := []string{appID, openID, secret, "alice"}
	for _, fault := range []wxtest.Fault{
		{},
		{ErrCode: 40029, ErrMsg: "invalid code " + secret},
		{ErrCode: 40164, ErrMsg: "invalid ip " + secret},
		{Echo: true},
		{Status: 502, Echo: true},
		{Redirect: "https://example.com/" + secret},
		{Truncate: true},
		{Drop: true},
		{Refuse: true},
		{Delay: 2 * time.Second},
	} {
		code := phone.Login()
		private = append(private, code, wxapi.UnsafeRevealSessionKey(phone.SessionKey()))
		s.wechat.FailNext(fault)
		w := s.login(code)
		var reply struct{ Token string }
		if json.Unmarshal(w.Body.Bytes(), &reply); reply.Token != "" {
			private = append(private, reply.Token)
		}
	}
	ctx, parent := s.tracer.Tracer("").Start(context.Background(), "phone number")
	ctx = wxauth.NewContext(ctx, wxauth.Identity{AppID: appID, OpenID: openID})
	phoneCode := phone.PhoneCode("86", "13800138000")
	if _, err := s.PhoneNumber(ctx, phoneCode); err != nil {
		t.Fatal(err)
	}
	parent.End()
	client, err := s.API(ctx, appID)
	if err != nil {
		t.Fatal(err)
	}
	accessToken, err := client.AccessToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	private = append(private, phoneCode, accessToken)

	spans := s.spans.Ended()
	if len(spans) < 2*10+3 {
		t.Errorf("%d spans", len(spans))
	}
	for _, sp := range tracetest.SpanStubsFromReadOnlySpans(spans) {
		text, err := json.Marshal(sp)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range private {
			if strings.Contains(string(text), p) || strings.Contains(fmt.Sprintf("%+v", sp), p) {
				t.Errorf("the span %s holds %q:\n%s", sp.Name, p, text)
			}
		}
	}
}

// The transport that the function traced returns must send no trace headers and no baggage
// to WeChat. The loop at the end shows that this test would detect such headers.
func TestNoBaggageToWeChat(t *testing.T) {
	otel.SetTextMapPropagator(everything) // as many applications do
	untold := func(instrument func(http.RoundTripper) http.RoundTripper) bool {
		s := newTracedServer(t, instrument)
		if w := s.login(s.wechat.Phone(appID, openID).Login()); w.Code != http.StatusOK || len(s.headers) != 1 {
			t.Fatalf("%d calls, %d %s", len(s.headers), w.Code, w.Body)
		}
		return len(s.headers[0]) == 0
	}
	if !untold(traced) {
		t.Error("WeChat got a header")
	}
	for name, option := range map[string]otelhttp.Option{
		"no option":      otelhttp.WithSpanOptions(),
		"no propagators": otelhttp.WithPropagators(nil),
	} {
		if untold(func(base http.RoundTripper) http.RoundTripper { return otelhttp.NewTransport(base, option) }) {
			t.Errorf("with %s, this test cannot see a header that goes to WeChat", name)
		}
	}
}
