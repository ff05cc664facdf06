//go:build !race

// The race detector does not check the programs that these tests run, so a race build
// leaves out this file.

package wxauth_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestREADMEProgram starts the README's program with -simulate and sends the login request
// that the program prints. The program must accept the token that it returns.
func TestREADMEProgram(t *testing.T) {
	t.Parallel()
	addr := freeAddr(t)
	program := buildProgram(t, addr)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // without WX_APPID, the program must end by itself
	defer cancel()
	bare := exec.CommandContext(ctx, program)
	bare.Env = append(os.Environ(), "WX_APPID=", "WX_SECRET=")
	if out, err := bare.CombinedOutput(); err == nil || !strings.Contains(string(out), "Config.Apps[0].ID") {
		t.Errorf("without WX_APPID: got %v and %q, want a failure that names the AppID", err, out)
	}

	server := exec.Command(program, "-simulate")
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(line) // curl -d code=… http://…/login
	if len(words) != 4 || words[0] != "curl" || words[1] != "-d" {
		t.Fatalf("the program printed %q, want a curl command", line)
	}
	form, err := url.ParseQuery(words[2])
	if err != nil {
		t.Fatal(err)
	}
	var login struct{ Token string }
	resp, err := http.PostForm(waitFor(t, words[3]), form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&login); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("login: got %s, %v", resp.Status, err)
	}
	for token, want := range map[string]int{login.Token: http.StatusOK, "": http.StatusUnauthorized} {
		r, err := http.NewRequest("GET", "http://"+addr+"/orders", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("GET /orders with token %q: got %s %s, want %d", token, resp.Status, body, want)
		}
	}
}

func buildProgram(t *testing.T, addr string) string {
	t.Helper()
	text := ""
	for _, b := range readDocument(t, "../README.md").blocks {
		if strings.HasPrefix(b.text, "package main\n") {
			text = b.text
		}
	}
	_, body, _ := strings.Cut(text, "\nfunc main() {\n")
	if n := strings.Count(body, "\n") + 1; n > 30 {
		t.Errorf("the program has %d lines after its imports, want at most 30", n)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "127.0.0.1:8080", addr)), 0o666); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("go", "build", "-o", program, file) // runs in the folder wxauth, so go uses this repository's go.mod
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// freeAddr returns a loopback address whose port was free a moment ago.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func waitFor(t *testing.T, to string) string {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", u.Host)
		if err == nil {
			conn.Close()
			return to
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
