package wxprom_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"example.com/wxlogin/wxauth/wxprom"
)

var background = context.Background()

func families(t *testing.T, recorder *wxprom.Recorder) map[string]*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(recorder); err != nil {
		t.Fatal(err)
	}
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, f := range gathered {
		byName[f.GetName()] = f
	}
	return byName
}

// series returns the values of a recorder's series, except values of 0 and the buckets of
// histograms.
func series(t *testing.T, recorder *wxprom.Recorder) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for name, f := range families(t, recorder) {
		name = strings.TrimPrefix(name, "wxauth_")
		for _, m := range f.Metric {
			labels := labelsOf(m)
			if h := m.Histogram; h != nil {
				values[name+"_count"+labels] = float64(h.GetSampleCount())
				values[name+"_sum"+labels] = h.GetSampleSum()
				continue
			}
			values[name+labels] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	for name, v := range values {
		if v == 0 {
			delete(values, name)
		}
	}
	return values
}

func labelsOf(m *dto.Metric) string {
	var pairs []string
	for _, l := range m.Label {
		pairs = append(pairs, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	if pairs == nil {
		return ""
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func labelValues(t *testing.T, recorder *wxprom.Recorder, metric, label string) map[string]bool {
	t.Helper()
	values := map[string]bool{}
	for _, m := range families(t, recorder)[metric].GetMetric() {
		for _, l := range m.Label {
			if l.GetName() == label {
				values[l.GetValue()] = true
			}
		}
	}
	return values
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func call(ctx context.Context, recorder *wxprom.Recorder, path string, answer roundTripper) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", "https://api.weixin.qq.com"+path, nil)
	if err != nil {
		return nil, err
	}
	return recorder.Instrument(answer).RoundTrip(r)
}

func answer(status int, errcode string) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		header := http.Header{}
		if errcode != "" {
			header.Set("Wxapi-Errcode", errcode)
			header.Set("Wxapi-Rid", "5f4b2d2b-0d7b4fd8-1e2b9d3a")
		}
		return &http.Response{StatusCode: status, Header: header, Body: http.NoBody, Request: r}, nil
	}
}
