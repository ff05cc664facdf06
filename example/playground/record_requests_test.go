package playground_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/wxlogin/example/playground"
	"example.com/wxlogin/wxauth"
)

func TestHandlerWithoutAnAnswer(t *testing.T) {
	config := &wxauth.Config{Sessions: wxauth.NewSessions(), Apps: []wxauth.App{{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}}}
	play := playground.New(config)
	auth, err := wxauth.New(*config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /panics", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	server := httptest.NewUnstartedServer(mux)
	play.Attach(server.Config, mux, auth)
	server.Start()
	defer server.Close()

	for path, want := range map[string]arrow{
		"/silent": {Title: "200 OK", Text: "HTTP/1.1 200 OK\n"},
		"/panics": {Title: "–", Failed: true, Text: "The handler panicked before it answered."},
	} {
		if resp, err := http.Get(server.URL + path); err == nil {
			resp.Body.Close()
		}
		want.From, want.To, want.Op, want.Reply = "server", "phone", "GET "+path, true
		found := false
		for _, got := range arrows(t, server.URL) {
			found = found || got.Op == want.Op && got.Reply && got.Title == want.Title && got.Failed == want.Failed && got.Text == want.Text
		}
		if !found {
			t.Errorf("%s: got %+v, want an arrow %+v", path, arrows(t, server.URL), want)
		}
	}
}
