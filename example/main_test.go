package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// need skips a test on a machine without a program, but not in CI.
func need(t *testing.T, program, install string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		missing := fmt.Sprintf("%s is not on PATH; install %s to run this test", program, install)
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
}

// binary is the example, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	binary = filepath.Join(dir, "example")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		log.Fatalf("go build: %v\n%s", err, out)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// start runs the example on a free port, until the test ends, and returns what
// it prints when it listens.
func start(t *testing.T, env ...string) (base, printed string) {
	t.Helper()
	cmd := exec.Command(binary, "-addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "WX_APPID=", "WX_SECRET=", "REDIS_URL=")
	cmd.Env = append(cmd.Env, env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		io.Copy(io.Discard, stdout)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the example did not stop cleanly: %v\n%s", err, &stderr)
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		printed += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			break
		}
	}
	base = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(printed)
	if base == "" {
		t.Fatalf("no address in what it printed: %q\n%s", printed, &stderr)
	}
	return base, printed
}

// The commands that the example prints are run as they are printed, twice.
func TestPrintedCommands(t *testing.T) {
	need(t, "sh", "a shell")
	need(t, "curl", "curl")
	_, printed := start(t)
	if !strings.Contains(printed, "WeChat is simulated") {
		t.Errorf("it does not say that WeChat is simulated: %q", printed)
	}
	var script strings.Builder
	for line := range strings.Lines(printed) {
		if command, ok := strings.CutPrefix(line, "  "); ok {
			script.WriteString(command)
		}
	}
	const want = `{"user":"u-c55b5300da68","visits":1}
204
{"title":"Unauthorized","status":401,"detail":"log in with a new code of wx.login","code":"not_logged_in"}
`
	for range 2 {
		cmd := exec.Command("sh", "-e")
		cmd.Stdin = strings.NewReader(script.String())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if diff := cmp.Diff(want, string(out)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
}

// reply is what a test looks at of an answer.
type reply struct {
	Status int
	Type   string
	Body   map[string]any // times left out
}

func call(t *testing.T, method, url, token string) reply {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got := reply{Status: resp.StatusCode, Type: resp.Header.Get("Content-Type")}
	if b, _ := io.ReadAll(resp.Body); len(b) > 0 {
		if err := json.Unmarshal(b, &got.Body); err != nil {
			t.Fatalf("%s %s: %q: %v", method, url, b, err)
		}
	}
	return got
}

// login logs a simulated user in, as most tutorials' mini programs do.
func login(t *testing.T, base, user string) (token string) {
	t.Helper()
	resp, err := http.Get(base + "/sim/code?user=" + user)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	code, _ := io.ReadAll(resp.Body)
	got := call(t, "GET", base+"/wxopen/getOpenIdAndSessionKey?code="+string(code), "")
	token, _ = got.Body["token"].(string)
	if got.Status != 200 || token == "" {
		t.Fatalf("login: %+v", got)
	}
	for _, secret := range []string{"openid", "session_key"} {
		if got.Body[secret] != nil {
			t.Errorf("the login's answer has the %s", secret)
		}
	}
	return token
}

var (
	refused = reply{401, "application/problem+json", map[string]any{
		"title": "Unauthorized", "status": 401.0, "code": "not_logged_in",
		"detail": "log in with a new code of wx.login",
	}}
	loggedOut = reply{Status: 204}
)

func me(user string, visits float64) reply {
	return reply{200, "application/json", map[string]any{"user": user, "visits": visits}}
}

func want(t *testing.T, what string, got, want reply) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

func TestEndpoints(t *testing.T) {
	base, _ := start(t)
	alice, phone2, bob := login(t, base, "alice"), login(t, base, "alice"), login(t, base, "bob")
	const aliceID, bobID = "u-2ea29d146dea", "u-ee4113571985"
	want(t, "first visit", call(t, "GET", base+"/me", alice), me(aliceID, 1))
	want(t, "second visit", call(t, "GET", base+"/me", alice), me(aliceID, 2))
	want(t, "on the other phone", call(t, "GET", base+"/me", phone2), me(aliceID, 1))
	want(t, "another user", call(t, "GET", base+"/me", bob), me(bobID, 1))
	want(t, "no token", call(t, "GET", base+"/me", ""), refused)
	want(t, "wrong token", call(t, "GET", base+"/me", strings.Repeat("x", 43)), refused)

	want(t, "logout", call(t, "POST", base+"/logout", phone2), loggedOut)
	want(t, "logged-out token", call(t, "GET", base+"/me", phone2), refused)
	want(t, "logged-out token's session", call(t, "GET", base+"/session", phone2), refused)
	want(t, "the user's other login", call(t, "GET", base+"/me", alice), me(aliceID, 3))

	phone2 = login(t, base, "alice")
	want(t, "logout everywhere", call(t, "POST", base+"/logout/everywhere", phone2),
		reply{200, "application/json", map[string]any{"ended": 2.0}})
	want(t, "one login", call(t, "GET", base+"/me", alice), refused)
	want(t, "the other", call(t, "GET", base+"/me", phone2), refused)
	want(t, "another user", call(t, "GET", base+"/me", bob), me(bobID, 2))
}

// With the real WeChat configured there is no simulated phone.
func TestRealWeChat(t *testing.T) {
	base, printed := start(t, "WX_APPID=wx4f4bc4dec97d474b", "WX_SECRET=s3cret-s3cret")
	if !strings.Contains(printed, "real WeChat") || strings.Contains(printed, "imulated") {
		t.Errorf("it does not say that WeChat is real: %q", printed)
	}
	if strings.Contains(printed, "s3cret") {
		t.Error("it prints the AppSecret")
	}
	resp, err := http.Get(base + "/sim/code")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("GET /sim/code: %d", resp.StatusCode)
	}
}

// A mini program configured by half is a mistake, not a wish for a simulation.
func TestHalfConfigured(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // should it run after all
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "WX_APPID=wx4f4bc4dec97d474b", "WX_SECRET=")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "Secret") {
		t.Errorf("%v: %s", err, out)
	}
}
