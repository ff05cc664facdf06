package check_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

const alertsFile = "alerts.yml"

type alert struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func readAlerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []alert
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(shipped(t, alertsFile)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if len(file.Groups) != 1 || len(file.Groups[0].Rules) == 0 {
		t.Fatalf("%d groups of alerts", len(file.Groups))
	}
	return file.Groups[0].Rules
}

var ruleLabel = regexp.MustCompile(`\$labels\.(\w+)`)

func TestAlerts(t *testing.T) {
	all := registered(t)
	for _, a := range readAlerts(t) {
		if used, _ := all.check(t, a.Expr); len(used) == 0 {
			t.Errorf("%s uses no metric", a.Alert)
		}
		if s := a.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s has severity %q", a.Alert, s)
		}
		for _, name := range []string{"summary", "description"} {
			text := a.Annotations[name]
			if text == "" {
				t.Errorf("%s has no %s", a.Alert, name)
			}
			for _, m := range ruleLabel.FindAllStringSubmatch(text, -1) {
				if m[1] != "job" { // the expressions of the rules drop all other labels
					t.Errorf("%s: its %s has a label %s, the rule does not", a.Alert, name, m[1])
				}
			}
		}
	}
}

// In the guides in wxauth/docs and in doc.go of wxprom, each name that begins with wxauth_ or
// Wxauth must be the name of a metric or an alert.
func TestGuides(t *testing.T) {
	known := []string{}
	for name, m := range registered(t).byName {
		known = append(known, name, m.family)
	}
	for _, a := range readAlerts(t) {
		known = append(known, a.Alert)
	}
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d guides, %v", len(files), err)
	}
	for _, file := range append(files, "../doc.go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bwxauth_[a-z_]+\b|\bWxauth[A-Z]\w+`).FindAllString(string(text), -1) {
			if !slices.Contains(known, name) {
				t.Errorf("%s names %s", file, name)
			}
		}
	}
}
