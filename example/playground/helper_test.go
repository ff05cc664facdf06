package playground_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/wxlogin/example/playground"
	"example.com/wxlogin/wxauth"
)

func start(t *testing.T, config *wxauth.Config) *httptest.Server {
	t.Helper()
	config.Sessions = wxauth.NewSessions()
	return serve(t, playground.New(config), *config)
}

func serve(t *testing.T, play *playground.Playground, config wxauth.Config) *httptest.Server {
	t.Helper()
	auth, err := wxauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	server := httptest.NewUnstartedServer(mux)
	play.Attach(server.Config, mux, auth)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func login(t *testing.T, base, code string) int {
	t.Helper()
	resp, err := http.Post(base+"/login", "application/x-www-form-urlencoded", strings.NewReader("code="+code))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

type arrow struct {
	From, To, Op, Title string
	Reply, Failed       bool
	Carries             []string
	Text                string
}

func arrows(t *testing.T, base string) []arrow {
	t.Helper()
	resp, err := http.Get(base + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var all []arrow
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && lines.Text() != "event: ready" {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var a arrow
			if err := json.Unmarshal([]byte(data), &a); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			all = append(all, a)
		}
	}
	return all
}
