//go:build !race

// The test in this file runs the go command, which the race detector does not check. So a
// race build leaves out this file.

package wxauth_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// packages lists the packages that a snippet can use without an import.
var packages = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "httptest": "net/http/httptest",
	"io": "io", "json": "encoding/json", "log": "log", "net": "net", "os": "os", "slog": "log/slog",
	"strings": "strings", "testing": "testing", "time": "time",
	"scs":    "github.com/alexedwards/scs/v2",
	"stores": "example.com/wxlogin/stores",
	"wxapi":  "example.com/wxlogin/wxauth/wxapi",
	"wxauth": "example.com/wxlogin/wxauth",
	"wxtest": "example.com/wxlogin/wxauth/wxtest",
}

const arguments = `ctx context.Context, auth *wxauth.Auth, sessions *scs.SessionManager, mux *http.ServeMux,
	w http.ResponseWriter, r *http.Request, id wxauth.Identity, data, iv, code, rawData, signature, message string`

// prelude declares names, such as writeJSON, that snippets use and that a real program
// would declare itself.
const prelude = `package snippet

import (
	"context"
	"net/http"

	"example.com/wxlogin/wxauth"
)

var apps []wxauth.App

func orders(http.ResponseWriter, *http.Request)                                        {}
func findOrCreate(ctx context.Context, appID, openID, unionID string) (string, error) { return "", nil }
func writeJSON(w http.ResponseWriter, status int, v any)                               {}
`

var unused = regexp.MustCompile(`declared and not used`)

// TestREADMESnippets checks the Go blocks of the English README and guides. If the document
// names a file for a block, the block must be a part of that file. Every other block must
// compile, but unused variables are allowed.
func TestREADMESnippets(t *testing.T) {
	t.Parallel()
	english, _ := documents(t)
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, d := range english {
		for _, b := range d.blocks {
			if b.lang != "go" {
				continue
			}
			if b.region != "" {
				inRegion(t, b)
				continue
			}
			n++
			text, err := program(b)
			if err != nil {
				t.Errorf("%v: %v", b, err)
				continue
			}
			write(fmt.Sprintf("snippet%d/snippet.go", n), text)
			if strings.HasPrefix(text, "package snippet\n") {
				write(fmt.Sprintf("snippet%d/prelude.go", n), prelude)
			}
		}
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module example.com/wxlogin\n", "module example.com/snippets\n", 1)
	write("go.mod", text+"\nrequire example.com/wxlogin v0.0.0\n\nreplace example.com/wxlogin => "+root+"\n")
	write("go.sum", string(sum))
	cmd := exec.Command("go", "build", "-mod=mod", "-gcflags=-e", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return
	}
	failed := false
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") && !unused.MatchString(line) {
			failed = true
		}
	}
	if failed {
		t.Errorf("%v\n%s", err, out)
	}
}

// program makes a complete Go file from a block.
func program(b block) (string, error) {
	line := fmt.Sprintf("//line %s:%d\n", b.path, b.line)
	if strings.HasPrefix(b.text, "package ") {
		return line + b.text, nil
	}
	var header strings.Builder
	header.WriteString("package snippet\n")
	declarations := header.String() + b.text
	_, err := parser.ParseFile(token.NewFileSet(), "", declarations, parser.SkipObjectResolution)
	body, used := line+b.text, b.text
	if err != nil {
		used = "func _(" + arguments + ") {\n{\n" + b.text + "}\n}\n"
		body = strings.Replace(used, "{\n{\n", "{\n{\n"+line, 1)
	}
	for name, path := range packages {
		if regexp.MustCompile(`(^|[^\w."])` + name + `\.[A-Z]`).MatchString(used) {
			fmt.Fprintf(&header, "import %s %q\n", name, path)
		}
	}
	text := header.String() + body
	_, err = parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	return text, err
}

// inRegion checks that a block is a part of the file that the document names for the block.
// The code in the file can be indented by up to four more tabs.
func inRegion(t *testing.T, b block) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", b.region))
	if err != nil {
		t.Errorf("%v: %v", b, err)
		return
	}
	for indent := ""; len(indent) < 5; indent += "\t" {
		text := regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(b.text, indent+"$1")
		if strings.Contains("\n"+string(file), "\n"+text) {
			return
		}
	}
	t.Errorf("%v: not a part of %s", b, b.region)
}
