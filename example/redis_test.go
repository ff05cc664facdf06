package main_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/wxlogin/stores/storetest/redistest"
)

// TestRedis checks that two processes with the same Redis server share logins.
func TestRedis(t *testing.T) {
	url := "redis://" + redistest.Start(t).Addr + "/0"
	one, _ := start(t, "REDIS_URL="+url)
	two, _ := start(t, "REDIS_URL="+url)
	token := login(t, one, "alice")
	const id = "u-2ea29d146dea"
	want(t, "in the process of the login", call(t, "GET", one+"/me", token), me(id, 1))
	want(t, "in the other process", call(t, "GET", two+"/me", token), me(id, 2))
	want(t, "logout in the other process", call(t, "POST", two+"/logout", token), loggedOut)
	want(t, "after the logout", call(t, "GET", one+"/me", token), refused)
}

// TestRedisThatDoesNotWork checks that the example starts even if Redis does not work.
// The example must log a warning with the cause and without the password. GET /readyz
// must answer 503.
func TestRedisThatDoesNotWork(t *testing.T) {
	locked := redistest.Start(t, "--requirepass", "hunter2")
	for name, tt := range map[string]struct{ url, want string }{
		"nobody listens":  {"redis://127.0.0.1:1/0", "127.0.0.1:1"},
		"no password":     {"redis://" + locked.Addr + "/0", "NOAUTH"},
		"wrong password":  {"redis://:swordfish@" + locked.Addr + "/0", "WRONGPASS"},
		"TLS that is not": {"rediss://" + locked.Addr + "/0", "TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			base, _, logged := startLogging(t, "REDIS_URL="+tt.url)
			text := read(t, logged)
			if !strings.Contains(text, "warning: ") || !strings.Contains(text, tt.want) {
				t.Errorf("no warning that says %q: %s", tt.want, text)
			}
			if strings.Contains(text, "swordfish") {
				t.Errorf("the log holds the password: %s", text)
			}
			if got := status(t, base+"/readyz"); got != http.StatusServiceUnavailable {
				t.Errorf("GET /readyz: %d", got)
			}
		})
	}
	base, _, logged := startLogging(t, "REDIS_URL=redis://:hunter2@"+locked.Addr+"/0")
	if text := read(t, logged); strings.Contains(text, "warning: ") {
		t.Errorf("a Redis that works: %s", text)
	}
	if got := status(t, base+"/readyz"); got != http.StatusOK {
		t.Errorf("GET /readyz of a Redis that works: %d", got)
	}
}
