package check_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/promql/parser"

	"example.com/wxlogin/wxauth/wxprom"
)

type metric struct {
	family string // for a histogram, the name without _count, _sum or _bucket
	kind   dto.MetricType
	labels []string
}

type metrics struct {
	byName map[string]metric   // for a histogram, the keys end in _count, _sum and _bucket
	values map[string][]string // lists of label values, by label name; the lists are not complete
}

// open lists the labels whose values the tests do not check.
var open = []string{"path", "errcode", "le", "job", "instance"}

// target lists the labels that Prometheus adds to every scraped series.
var target = []string{"job", "instance"}

func registered(t *testing.T) metrics {
	t.Helper()
	recorder := wxprom.New()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		resp *http.Response
	}{
		{t.Context(), &http.Response{StatusCode: 200, Header: http.Header{"Wxapi-Errcode": {"40029"}}}},
		{t.Context(), nil},
		{gone, nil},
	} {
		r, err := http.NewRequestWithContext(c.ctx, "GET", "https://api.weixin.qq.com/sns/jscode2session", nil)
		if err != nil {
			t.Fatal(err)
		}
		recorder.Instrument(roundTripper(func(*http.Request) (*http.Response, error) {
			return c.resp, errors.New("no answer")
		})).RoundTrip(r)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(recorder)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := metrics{map[string]metric{}, map[string][]string{}}
	for _, f := range families {
		m := metric{family: f.GetName(), kind: f.GetType(), labels: slices.Clone(target)}
		for _, l := range f.Metric[0].Label {
			m.labels = append(m.labels, l.GetName())
		}
		for _, series := range f.Metric {
			for _, l := range series.Label {
				all.values[l.GetName()] = append(all.values[l.GetName()], l.GetValue())
			}
		}
		if f.GetType() != dto.MetricType_HISTOGRAM {
			all.byName[f.GetName()] = m
			continue
		}
		all.byName[f.GetName()+"_count"], all.byName[f.GetName()+"_sum"] = m, m
		m.labels = append(slices.Clip(m.labels), "le")
		all.byName[f.GetName()+"_bucket"] = m
	}
	return all
}

// check reports the errors in a PromQL expression.
func (m metrics) check(t *testing.T, expr string) (used, grouped []string) {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Errorf("%s\n%v", expr, err)
		return nil, nil
	}
	parser.Inspect(parsed, func(node parser.Node, path []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			used = append(used, n.Name)
			m.checkSelector(t, n, len(path) > 0 && isRange(path[len(path)-1]))
		case *parser.AggregateExpr:
			grouped = append(grouped, n.Grouping...)
			parser.Inspect(n.Expr, func(node parser.Node, _ []parser.Node) error {
				if v, ok := node.(*parser.VectorSelector); ok {
					m.checkGrouping(t, v.Name, n.Grouping)
				}
				return nil
			})
		}
		return nil
	})
	return used, grouped
}

func isRange(n parser.Node) bool {
	_, ok := n.(*parser.MatrixSelector)
	return ok
}

// checkSelector reports the errors in a selector. A counter or a histogram must have a range
// such as [5m], and a gauge must not. The parameter grows is true if the selector has a range.
func (m metrics) checkSelector(t *testing.T, s *parser.VectorSelector, grows bool) {
	t.Helper()
	of, ok := m.byName[s.Name]
	if !ok {
		t.Errorf("%q is no metric of wxprom", s.Name)
		return
	}
	if grows == (of.kind == dto.MetricType_GAUGE) {
		t.Errorf("%s is a %v; in a range: %v", s.Name, of.kind, grows)
	}
	for _, matcher := range s.LabelMatchers {
		if matcher.Name == "__name__" {
			continue
		}
		if !slices.Contains(of.labels, matcher.Name) {
			t.Errorf("%s has no label %s", s.Name, matcher.Name)
		}
		if slices.Contains(open, matcher.Name) {
			continue
		}
		for v := range strings.SplitSeq(matcher.Value, "|") {
			if !slices.Contains(m.values[matcher.Name], v) {
				t.Errorf("%s has no %s that is %s", s.Name, matcher.Name, v)
			}
		}
	}
}

func (m metrics) checkGrouping(t *testing.T, name string, grouping []string) {
	t.Helper()
	for _, label := range grouping {
		if !slices.Contains(m.byName[name].labels, label) {
			t.Errorf("%s has no label %s to group by", name, label)
		}
	}
}

// shipped returns a file of package wxprom. It reads the embedded copy, because go
// test reuses a cached result even if a file outside the module has changed on disk.
func shipped(t *testing.T, name string) []byte {
	t.Helper()
	text, err := wxprom.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
