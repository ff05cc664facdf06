package notice_test

import (
	"os/exec"
	"strings"
	"testing"
)

func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if first, _, _ := strings.Cut(name, "/"); strings.Contains(first, ".") && name != "example.com/wxlogin/wxauth" {
			t.Errorf("notice imports %s", name)
		}
	}
}
