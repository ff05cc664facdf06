package wxapi_test

import (
	"context"
	"fmt"
	"net/http"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// metrics prints the method, the URL, the HTTP status and the errcode of each HTTP request
// that WeChat answers. It gets the request without the query and the body, and the response
// without the body, so metrics sees no secret.
type metrics struct{ base http.RoundTripper }

func (m metrics) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.base.RoundTrip(r)
	if err != nil {
		fmt.Println(r.Method, r.URL, err)
		return resp, err
	}
	fmt.Println(r.Method, r.URL, resp.StatusCode, resp.Header.Get("Wxapi-Errcode"))
	return resp, err
}

// Options.Instrument wraps the transport in another http.RoundTripper, for example for
// OpenTelemetry.
func ExampleOptions_instrument() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{
		Transport:  wechat.Transport(), // in production, leave Transport out
		Instrument: func(base http.RoundTripper) http.RoundTripper { return metrics{base} },
	})
	client.Code2Session(context.Background(), "a code that WeChat never gave")
	// Output: GET https://api.weixin.qq.com/sns/jscode2session 200 40029
}
