package muxtest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPrograms starts the programs that wxauth/docs/frameworks.md shows. The function
// after main must be the same in a program and in the test file of its framework.
func TestPrograms(t *testing.T) {
	for folder, tested := range map[string]string{
		"chiprogram": "chi_test.go",
		"ginprogram": "gin_test.go",
	} {
		t.Run(folder, func(t *testing.T) {
			program := readFile(t, filepath.Join(folder, "main.go"))
			_, routes, _ := strings.Cut(program, "\n}\n\nfunc ")
			if routes == "" || !strings.Contains(readFile(t, tested), "\nfunc "+routes) {
				t.Errorf("%s does not have this function:\n%s", tested, routes)
			}
			c := &client{t: t, url: startProgram(t, program)}
			c.want(401, "not_logged_in", get("/me/x"))
			c.want(401, "not_logged_in", get("/session"))
			c.want(400, "invalid_request", request{"POST", "/login", "application/json", `{"code":"undefined"}`})
			c.want(204, "", post("/logout"))
		})
	}
}

func startProgram(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	file, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	if err := os.WriteFile(file, []byte(strings.Replace(text, "127.0.0.1:8080", address, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", program, file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "WX_APPID="+app.ID, "WX_SECRET="+app.Secret)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return "http://" + address
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
