package wxauth_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// tracer prints the HTTP requests that WeChat answers. Package wxapi hides the query, the
// bodies and WeChat's headers from it, because they can contain secrets. The header
// Wxapi-Errcode, which package wxapi sets, contains the errcode of a failure that WeChat
// reported.
type tracer struct{ next http.RoundTripper }

func (t tracer) RoundTrip(r *http.Request) (*http.Response, error) {
	reply, err := t.next.RoundTrip(r)
	if err == nil {
		fmt.Println(r.Method, r.URL.Path, "errcode", reply.Header.Get("Wxapi-Errcode"))
	}
	return reply, err
}

// Instrument wraps the transport to WeChat for tracing and metrics.
func ExampleConfig_instrument() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}, API: wxapi.Options{
		Transport:  wechat.Transport(),
		Instrument: func(next http.RoundTripper) http.RoundTripper { return tracer{next} },
	}})
	if err != nil {
		log.Fatal(err)
	}
	auth.LoginHandler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/login?code=made-up", nil))
	// Output: GET /sns/jscode2session errcode 40029
}
