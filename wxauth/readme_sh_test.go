//go:build !race

// The race detector does not check the programs that these tests run, so a race build
// leaves out this file.

package wxauth_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// notRun holds the first line of each shell block that TestREADMECommands does not run, and
// the reason.
var notRun = map[string]string{
	"go run ./example":   "it serves until it is stopped; package example tests it",
	"go run . -simulate": "it serves until it is stopped; TestREADMEProgram runs it",
	"go get github.com/you/wxlogin@v0.1.0 github.com/you/wxlogin/stores/rueidisstore@v0.1.0":        "the repository does not exist",
	"redis-cli CONFIG SET maxmemory-policy noeviction":                                              "it changes a running Redis",
	"redis-cli ACL SETUSER shop on '>password' '~shop:*' +get +set +del +eval +evalsha +info +time": "it changes a running Redis",
}

// TestREADMECommands runs the shell blocks of the English README and guides, except the
// blocks in notRun. The blocks of each document run from top to bottom in one new folder,
// beside a copy of the repository.
func TestREADMECommands(t *testing.T) {
	for _, program := range []string{"git", "perl"} {
		if _, err := exec.LookPath(program); err != nil {
			missing := program + " is not on PATH; install it to run this test"
			if os.Getenv("CI") == "true" {
				t.Fatal(missing)
			}
			t.Skip(missing)
		}
	}
	t.Parallel()
	english, _ := documents(t)
	skipped := make(map[string]bool)
	for _, d := range english {
		parent := t.TempDir()
		project := filepath.Join(parent, "project")
		if err := os.Mkdir(project, 0o777); err != nil {
			t.Fatal(err)
		}
		for _, b := range d.blocks {
			switch first, _, _ := strings.Cut(b.text, "\n"); {
			case b.lang == "go" && strings.HasPrefix(b.text, "package main\n"):
				if err := os.WriteFile(filepath.Join(project, "main.go"), []byte(b.text), 0o666); err != nil {
					t.Fatal(err)
				}
			case b.lang == "sh" && notRun[first] != "":
				skipped[first] = true
			case b.lang == "sh":
				checkout(t, filepath.Join(parent, "wxlogin"))
				runShell(t, project, b)
				if strings.Contains(b.text, "perl ") {
					renamed(t, filepath.Join(parent, "wxlogin"))
				}
				if strings.Contains(b.text, "go work init") {
					dropped(t, filepath.Join(project, "go.mod"))
				}
			}
		}
	}
	for first := range notRun {
		if !skipped[first] {
			t.Errorf("no document has the block %q", first)
		}
	}
}

func renamed(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "example.com"+"/wxlogin") {
			t.Errorf("%s still has the old path", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func dropped(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "example.com"+"/wxlogin") {
		t.Errorf("a project in a workspace still has the module in go.mod:\n%s", text)
	}
}

func runShell(t *testing.T, dir string, b block) {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", b.text)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", b, err, out)
	}
}

// checkout copies this repository, without .git and node_modules, to dir, and makes dir a
// new git repository. If dir exists, checkout does nothing.
func checkout(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); err == nil {
		return
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimPrefix(path, ".."))
		switch name := d.Name(); {
		case name == ".git" && !d.IsDir(): // in a git worktree, .git is a file
			return nil
		case name == ".git", name == "node_modules":
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(to, 0o777)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}
