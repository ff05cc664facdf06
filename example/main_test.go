package main_test

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPrintedCommands checks that the commands printed by the example work unchanged, and
// that they can be repeated.
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
{"title":"Unauthorized","status":401,"detail":…,"code":"not_logged_in"}
`
	detail := regexp.MustCompile(`"detail":"[^"]*"`)
	for range 2 {
		cmd := exec.Command("sh", "-e")
		cmd.Stdin = strings.NewReader(script.String())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if diff := cmp.Diff(want, detail.ReplaceAllString(string(out), `"detail":…`)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
}

// TestRealWeChat checks that the example does not simulate WeChat if WX_APPID and
// WX_SECRET are set.
func TestRealWeChat(t *testing.T) {
	base, printed := start(t, "WX_APPID=wx4f4bc4dec97d474b", "WX_SECRET=0123456789abcdef0123456789abcdef")
	if !strings.Contains(printed, "real WeChat") || strings.Contains(printed, "imulated") {
		t.Errorf("it does not say that WeChat is real: %q", printed)
	}
	if strings.Contains(printed, "0123456789abcdef") {
		t.Error("it prints the AppSecret")
	}
	if got := status(t, base+"/sim/code"); got != http.StatusNotFound {
		t.Errorf("GET /sim/code: %d", got)
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// withoutPlayground builds the example without the lines that the package comment of
// main.go tells users to delete.
func withoutPlayground(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^\t(play\b.*|"example\.com/wxlogin/example/playground")\n`)
	if n := len(lines.FindAll(source, -1)); n != 4 {
		t.Fatalf("main.go has %d lines of the playground, want the import and 3 more", n)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), lines.ReplaceAll(source, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := `{"Replace": {"` + filepath.Join(here, "main.go") + `": "` + filepath.Join(dir, "main.go") + `"}}`
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), []byte(overlay), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "example")
	build := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", out, ".")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("it does not compile without the playground: %v\n%s", err, text)
	}
	return out
}

// TestMistakes checks that the example does not start with a wrong configuration, and
// that the error names the setting.
func TestMistakes(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	bare := withoutPlayground(t)
	const free = "127.0.0.1:0"
	for name, tt := range map[string]struct {
		binary, addr string
		env          []string
		want         []string
	}{
		"no AppSecret":                {binary, free, []string{"WX_APPID=wx4f4bc4dec97d474b"}, []string{"WX_SECRET"}},
		"no AppID":                    {binary, free, []string{"WX_SECRET=s3cret"}, []string{"WX_APPID"}},
		"no playground, no AppID":     {bare, free, nil, []string{"WX_APPID"}},
		"no playground, no AppSecret": {bare, free, []string{"WX_APPID=wx4f4bc4dec97d474b"}, []string{"WX_SECRET"}},
		"a port that is taken":        {binary, busy.Addr().String(), nil, []string{"-addr", busy.Addr().String(), "in use"}},
		"a Redis URL that is none":    {binary, free, []string{"REDIS_URL=127.0.0.1:6379"}, []string{"REDIS_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(tt.binary, tt.addr, tt.env...)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("it ended without an error: %s", out)
			}
			for _, text := range tt.want {
				if !strings.Contains(string(out), text) {
					t.Errorf("it does not say %q: %s", text, out)
				}
			}
			if strings.Contains(string(out), "s3cret") {
				t.Errorf("it prints the AppSecret: %s", out)
			}
		})
	}
}
