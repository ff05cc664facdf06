package check_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func promtool(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("promtool"); err != nil {
		const text = "promtool is not on PATH: install Prometheus, on Debian by apt-get install prometheus"
		if os.Getenv("CI") == "true" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	if out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func rulesFile(t *testing.T) string {
	t.Helper()
	return written(t, alertsFile, shipped(t, alertsFile))
}

func written(t *testing.T, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPromtoolCheck(t *testing.T) { promtool(t, "check", "rules", "--lint-fatal", rulesFile(t)) }

// Every alert must have a situation in which the alert fires, and another situation in
// which the alert does not fire.
func TestPromtoolAlerts(t *testing.T) {
	all, rules := registered(t), rulesFile(t)
	seen := map[bool]map[string]bool{true: {}, false: {}}
	for _, s := range situations {
		seen[s.fires][s.alert] = true
		t.Run(s.alert+"/"+s.name, func(t *testing.T) {
			t.Parallel()
			type object = map[string]any
			var input []object
			for series, values := range s.series {
				all.check(t, "rate("+series+"[5m])")
				input = append(input, object{"series": strings.Replace(series, "{", `{job="shop",`, 1), "values": values})
			}
			firing := []object{}
			if s.fires {
				firing = append(firing, object{"labels": `{job="shop"}`, "value": 1})
			}
			text, err := json.Marshal(object{
				"rule_files":          []string{rules},
				"evaluation_interval": "1m",
				"tests": []object{{
					"interval":     "1m",
					"input_series": input,
					"promql_expr_test": []object{{
						"expr":        fmt.Sprintf(`count by (job) (ALERTS{alertname=%q, alertstate="firing"})`, s.alert),
						"eval_time":   s.at,
						"exp_samples": firing,
					}},
				}},
			})
			if err != nil {
				t.Fatal(err)
			}
			promtool(t, "test", "rules", written(t, "test.yml", text)) // promtool reads this JSON text as YAML
		})
	}
	for _, a := range readAlerts(t) {
		for _, fires := range []bool{true, false} {
			if !seen[fires][a.Alert] {
				t.Errorf("no situation in which %s fires: %v", a.Alert, fires)
			}
		}
	}
}
