package wxauth_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readmes are the READMEs, which say the same.
func readmes(t *testing.T) map[string]string {
	t.Helper()
	m := make(map[string]string)
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		b, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		m[name] = string(b)
	}
	return m
}

// blocks are the texts between a README's fences, or those that are indented.
func blocks(text, pattern string) []string {
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

const (
	goBlock = "(?ms)^```go\n(.*?)^```$"
	command = `(?m)^    (\S.*)$`
)

// run runs a command of a README.
func run(t *testing.T, dir, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// The READMEs' program and snippet compile as they stand, in another module,
// made by the READMEs' own commands.
func TestREADMEPrograms(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range readmes(t) {
		programs := blocks(text, goBlock)
		if len(programs) != 2 {
			t.Fatalf("%s has %d Go blocks, want 2", name, len(programs))
		}
		if lines := strings.Count(programs[0], "\n"); lines >= 30 {
			t.Errorf("%s: the program has %d lines, want under 30", name, lines)
		}
		dir := t.TempDir()
		snippet := `package main

import (
	"context"
	"net/http"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

func snippet(auth *wxauth.Auth, ctx context.Context, w http.ResponseWriter, r *http.Request, data, iv, code, rawData, signature string, message []byte) {
` + programs[1] + "}\n"
		for file, text := range map[string]string{"go.mod": "module example.com/other\n\ngo 1.25.0\n", "main.go": programs[0], "snippet.go": snippet} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		n := 0
		for _, line := range blocks(text, command) {
			if strings.HasPrefix(line, "go mod ") {
				run(t, dir, strings.ReplaceAll(line, "../wxlogin", root))
				n++
			}
		}
		if n != 2 {
			t.Errorf("%s has %d go mod commands, want 2", name, n)
		}
		run(t, dir, "go build -o /dev/null . && gofmt -l main.go | (! grep .)")
	}
}

// The READMEs' one command gives the module another path.
func TestREADMERename(t *testing.T) {
	t.Parallel()
	for name, text := range readmes(t) {
		dir := t.TempDir()
		for _, folder := range []string{"wxauth", "stores"} {
			if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join("..", folder))); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range []string{"go.mod", "go.sum", "README.md", "README.zh-CN.md"} {
			b, err := os.ReadFile(filepath.Join("..", file))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, file), b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		n := 0
		for _, line := range blocks(text, command) {
			if strings.HasPrefix(line, "grep ") {
				run(t, dir, line)
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%s has %d rename commands, want 1", name, n)
		}
		run(t, dir, "! grep -rq --include='*.go' example.com/wxlogin . && (! gofmt -l . | grep .) && go list -deps ./wxauth | grep -qx github.com/you/wxlogin/stores && go build ./...")
	}
}
