package check_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	grafana "github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// classic is the older format of a dashboard. Grafana's library marks this format as
// deprecated, but Grafana can still import it.
//
//lint:ignore SA1019 see above
type classic = dashboard.Dashboard

const dashboardFile = "dashboard.json"

func readDashboard(t *testing.T) classic {
	t.Helper()
	plugins.RegisterDefaultPlugins()
	var d classic
	if err := json.Unmarshal(shipped(t, dashboardFile), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// strictly returns the errors of a dashboard, such as unknown fields. It reads each
// fieldConfig separately as well, because Grafana's library misses some unknown fields in
// the fieldConfig of a panel.
func strictly(text []byte) string {
	plugins.RegisterDefaultPlugins()
	var d classic
	wrong := listed(d.UnmarshalJSONStrict(text))
	var raw struct {
		Panels []struct {
			Title       string
			FieldConfig json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return err.Error()
	}
	for _, p := range raw.Panels {
		var fields dashboard.FieldConfigSource
		if errs := listed(fields.UnmarshalJSONStrict(p.FieldConfig)); errs != "" {
			wrong += p.Title + ": " + errs
		}
	}
	return wrong
}

// listed returns the text of an error of UnmarshalJSONStrict, or "" after a success. After
// a success, the error can be an empty slice of errors, which is not equal to nil.
func listed(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func panelsOf(t *testing.T, d classic) (panels []*dashboard.Panel) {
	t.Helper()
	for _, p := range d.Panels {
		if p.Panel != nil {
			panels = append(panels, p.Panel)
		}
	}
	if len(panels) == 0 {
		t.Fatal("the dashboard has no panels")
	}
	return panels
}

func TestDashboardIsReadStrictly(t *testing.T) {
	text := shipped(t, dashboardFile)
	if wrong := strictly(text); wrong != "" {
		t.Error(wrong)
	}
	// Each renamed field must cause an error.
	for _, name := range []string{"schemaVersion", "includeAll", "collapsed", "gridPos", "overrides", "unit", "fillOpacity",
		"showLegend", "refId", "legendFormat"} {
		spoiled := bytes.Replace(text, []byte(`"`+name+`":`), []byte(`"`+name+`s":`), 1)
		if bytes.Equal(spoiled, text) || strictly(spoiled) == "" {
			t.Errorf("%ss for %s goes unnoticed", name, name)
		}
	}
	d := readDashboard(t)
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	// Grafana's library checks the options of a panel only if it knows the type of the
	// panel, and a query only if it knows the data source of the query.
	for _, p := range panelsOf(t, d) {
		title := *p.Title
		if _, ok := cog.ConfigForPanelcfgVariant(p.Type); !ok {
			t.Errorf("%s: the library knows no panel %s", title, p.Type)
		}
		for _, q := range p.Targets {
			if _, ok := q.(*grafana.Dataquery); !ok {
				t.Errorf("%s: a query is a %T", title, q)
			}
		}
		if p.Description == nil || len(p.Targets) == 0 {
			t.Errorf("%s has no description or no query", title)
		}
	}
}

func TestDashboardLayout(t *testing.T) {
	ids, cells := map[uint32]bool{}, map[[2]uint32]string{}
	place := func(title string, id *uint32, at *dashboard.GridPos) {
		if ids[*id] {
			t.Errorf("%s has the id %d of another panel", title, *id)
		}
		ids[*id] = true
		if at.X+at.W > 24 {
			t.Errorf("%s is wider than the dashboard", title)
		}
		for x := at.X; x < at.X+at.W; x++ {
			for y := at.Y; y < at.Y+at.H; y++ {
				if other := cells[[2]uint32{x, y}]; other != "" {
					t.Fatalf("%s lies over %s", title, other)
				}
				cells[[2]uint32{x, y}] = title
			}
		}
	}
	for _, p := range readDashboard(t).Panels {
		if p.RowPanel != nil {
			id := uint32(p.RowPanel.Id)
			place(*p.RowPanel.Title, &id, p.RowPanel.GridPos)
		} else {
			place(*p.Panel.Title, p.Panel.Id, p.Panel.GridPos)
		}
	}
}

var (
	variable    = regexp.MustCompile(`\$\w+|\$\{\w+\}`)
	legendLabel = regexp.MustCompile(`\{\{(.*?)\}\}`)
	labelValues = regexp.MustCompile(`^label_values\((\w+)(\{.*\})?, (\w+)\)$`)
)

// The panels together must show every metric of wxprom, and no other metric.
func TestDashboardQueries(t *testing.T) {
	d, all := readDashboard(t), registered(t)
	variables := []string{"$__rate_interval"}
	for _, v := range d.Templating.List {
		variables = append(variables, "$"+v.Name, "${"+v.Name+"}")
	}
	unknown := func(text string) {
		for _, v := range variable.FindAllString(text, -1) {
			if !slices.Contains(variables, v) {
				t.Errorf("%s: %s is no variable", text, v)
			}
		}
	}
	for _, v := range d.Templating.List {
		if v.Type != dashboard.VariableTypeQuery {
			continue
		}
		unknown(*v.Query.String)
		m := labelValues.FindStringSubmatch(*v.Query.String)
		if m == nil || !slices.Contains(target, m[3]) {
			t.Errorf("%s: %s", v.Name, *v.Query.String)
			continue
		}
		all.check(t, "rate("+m[1]+m[2]+"[5m])")
	}
	var shown []string
	for _, p := range panelsOf(t, d) {
		for _, q := range p.Targets {
			query, ok := q.(*grafana.Dataquery)
			if !ok {
				continue // TestDashboardIsReadStrictly reports a query of another type
			}
			for _, ref := range []string{*p.Datasource.Uid, *query.Datasource.Uid, query.Expr} {
				unknown(ref)
			}
			used, grouped := all.check(t, strings.ReplaceAll(query.Expr, "$__rate_interval", "5m"))
			shown = append(shown, used...)
			for _, m := range legendLabel.FindAllStringSubmatch(*query.LegendFormat, -1) {
				if !slices.Contains(grouped, m[1]) {
					t.Errorf("%s: the legend has a label %s, the query does not", *p.Title, m[1])
				}
			}
			if strings.Count(query.Expr, `{job=~"$job",instance=~"$instance"`) != len(used) {
				t.Errorf("%s: a query is not about the chosen jobs and instances", *p.Title)
			}
		}
	}
	for name, m := range all.byName {
		if !slices.ContainsFunc(shown, func(s string) bool { return all.byName[s].family == m.family }) {
			t.Errorf("no panel shows %s", name)
		}
	}
}
