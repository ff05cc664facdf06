//go:build !race

// Package e2e_test runs the Node tests of this folder under go test. The race detector
// cannot check Node, so a build with the race detector excludes this package.
package e2e_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func missing() string {
	for program, pkg := range map[string]string{"node": "nodejs", "chromium": "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Sprintf("%s is not on PATH; install Debian's package %s to run these tests", program, pkg)
		}
	}
	if _, err := os.Stat("node_modules"); err != nil {
		return "node_modules is not there; run npm ci --ignore-scripts in example/e2e to run these tests"
	}
	return ""
}

// watchSources prevents go test from reusing a cached result after a file of the
// repository has changed. go test records the files that a test passes to os.Stat, and
// does not reuse the result if one of these files has changed.
func watchSources() error {
	return filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		_, err = os.Stat(path)
		return err
	})
}

func TestNode(t *testing.T) {
	if m := missing(); m != "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(m)
		}
		t.Skip(m)
	}
	if err := watchSources(); err != nil {
		t.Fatal(err)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	// Without file names, node runs every *.test.js file of the folder.
	node := exec.Command("node", "--test", "--test-reporter=spec")
	node.Env = append(os.Environ(), "CHROMIUM="+chromium)
	out, err := node.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
