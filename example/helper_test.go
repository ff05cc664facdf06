package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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

func command(binary, addr string, env ...string) *exec.Cmd {
	cmd := exec.Command(binary, "-addr", addr)
	cmd.Env = append(os.Environ(), "WX_APPID=", "WX_SECRET=", "REDIS_URL=")
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// start runs the example on a free port until the test ends.
func start(t *testing.T, env ...string) (base, printed string) {
	t.Helper()
	base, printed, _ = startLogging(t, env...)
	return base, printed
}

func startLogging(t *testing.T, env ...string) (base, printed string, logged *os.File) {
	t.Helper()
	cmd := command(binary, "127.0.0.1:0", env...)
	logged = logFile(t)
	cmd.Stderr = logged
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
			t.Errorf("the example did not stop cleanly: %v\n%s", err, read(t, logged))
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
		t.Fatalf("no address in what it printed: %q\n%s", printed, read(t, logged))
	}
	return base, printed, logged
}

func logFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func read(t *testing.T, f *os.File) string {
	t.Helper()
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

type reply struct {
	Status int
	Type   string
	Body   map[string]any
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

func login(t *testing.T, base, user string) string {
	t.Helper()
	resp, err := http.Get(base + "/sim/code?user=" + user)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	code, _ := io.ReadAll(resp.Body)
	got := call(t, "GET", base+"/wxopen/getOpenIdAndSessionKey?code="+string(code), "")
	token, _ := got.Body["token"].(string)
	if got.Status != 200 || token == "" {
		t.Fatalf("login: %+v", got)
	}
	for _, secret := range []string{"openid", "session_key"} {
		if got.Body[secret] != nil {
			t.Errorf("the response to the login holds the %s", secret)
		}
	}
	return token
}

func want(t *testing.T, what string, got, want reply) {
	t.Helper()
	delete(got.Body, "detail")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

var (
	refused = reply{401, "application/problem+json", map[string]any{
		"title": "Unauthorized", "status": 401.0, "code": "not_logged_in",
	}}
	loggedOut = reply{Status: 204}
)

func refusedBecause(reason string) reply {
	r := refused
	r.Body = maps.Clone(r.Body)
	r.Body["reason"] = reason
	return r
}

func me(user string, visits float64) reply {
	return reply{200, "application/json", map[string]any{"user": user, "visits": visits}}
}
