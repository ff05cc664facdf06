package stores_test

import (
	"os/exec"
	"strings"
	"testing"
)

func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "redigo") {
		t.Fatalf("no list of dependencies:\n%s", out)
	}
	for pkg := range strings.Lines(string(out)) {
		if strings.Contains(pkg, "rueidis") {
			t.Errorf("package stores depends on %s", pkg)
		}
	}
}
