package wxauth_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Who imports wxauth pays for no module but scs, and redigo, which package
// stores has.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{"": true, "example.com/wxlogin": true,
		"github.com/alexedwards/scs/v2": true, "github.com/gomodule/redigo": true}
	for module := range strings.Lines(string(out)) {
		if module = strings.TrimSpace(module); !allowed[module] {
			t.Errorf("wxauth depends on %s", module)
		}
	}
}
