package playground_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxtest"
)

func post(t *testing.T, url, contentType, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(url, contentType, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestMockCode checks that the mock code of WeChat's developer tools is accepted only if the
// playground simulates WeChat. It also checks that similar codes are refused.
func TestMockCode(t *testing.T) {
	const (
		asJSON = "application/json"
		asForm = "application/x-www-form-urlencoded"
	)
	app := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	config := wxauth.Config{Apps: []wxauth.App{app}}
	config.API.Transport = wxtest.NewServer(app).Transport()
	real := start(t, &config).URL
	simulated := start(t, &wxauth.Config{Apps: []wxauth.App{{}}}).URL
	for name, tt := range map[string]struct {
		base        string
		contentType string
		body        string
		want        int
	}{
		"simulated, JSON":       {simulated, asJSON, `{"code":"the code is a mock one"}`, 200},
		"simulated, form":       {simulated, asForm, `code=the+code+is+a+mock+one`, 200},
		"simulated, other code": {simulated, asJSON, `{"code":"the code is a mock two"}`, 400},
		"simulated, like it":    {simulated, asJSON, `{"code":"this code is a mock one"}`, 400},
		"simulated, malformed":  {simulated, asJSON, `{"code":"the code is a mock one`, 400},
		"real, JSON":            {real, asJSON, `{"code":"the code is a mock one"}`, 400},
		"real, form":            {real, asForm, `code=the+code+is+a+mock+one`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := post(t, tt.base+"/login", tt.contentType, tt.body); status != tt.want {
				t.Errorf("%d, want %d: %s", status, tt.want, body)
			}
		})
	}
}
