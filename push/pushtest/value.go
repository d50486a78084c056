package pushtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// A Sample is one value of one series: a bucket, a sum and a count are series of
// their own, as in a scrape.
type Sample struct {
	Name string
	// Labels are those of the series and of its group.
	Labels map[string]string
	Value  float64
	// TimestampMs is in milliseconds since 1970 where the sample had a timestamp,
	// which only JSON's may have, and else 0.
	TimestampMs int64
}

// String returns the sample as a scrape shows it.
func (s Sample) String() string {
	text := fmt.Sprintf("%s%s %v", s.Name, keyText(s.Labels), s.Value)
	if s.TimestampMs != 0 {
		text += fmt.Sprintf(" %d", s.TimestampMs)
	}
	return text
}

// Value returns the value of one series. The labels are names and values in
// turns; the grouping key counts among the labels of a series. A series may have
// more labels than are given, as long as no other series has the given ones too;
// one with no more than those wins. An empty value stands for a label that isn't there.
//
//	gw.Value("rows_total", "job", "backup", "table", "orders")
//
// If there is no such series, or more than one, the test fails with a list of
// what there is, the nearest first.
func (g *Gateway) Value(name string, labels ...string) float64 {
	g.t.Helper()
	v, err := g.find(name, labels)
	if err != nil {
		g.t.Fatalf("pushtest: %v", err)
	}
	return v
}

// Lookup is Value for a series that need not be there.
func (g *Gateway) Lookup(name string, labels ...string) (float64, bool) {
	v, err := g.find(name, labels)
	return v, err == nil
}

// Sum returns the sum over all series of a name that have the labels, 0 if there are none.
func (g *Gateway) Sum(name string, labels ...string) float64 {
	g.t.Helper()
	want, err := pairs(labels)
	if err != nil {
		g.t.Fatalf("pushtest: Sum of %s: %v", name, err)
	}
	var sum float64
	for _, s := range g.series() {
		if s.is(name, want) {
			sum += s.Value
		}
	}
	return sum
}

// Samples returns the samples of a name with the labels that arrived as JSON, each
// of them, in the order of arrival.
func (g *Gateway) Samples(name string, labels ...string) []Sample {
	g.t.Helper()
	want, err := pairs(labels)
	if err != nil {
		g.t.Fatalf("pushtest: Samples of %s: %v", name, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var found []Sample
	for _, s := range g.ledger.state.samples {
		if s.is(name, want) {
			found = append(found, s)
		}
	}
	return found
}

func (g *Gateway) find(name string, labels []string) (float64, error) {
	want, err := pairs(labels)
	if err != nil {
		return 0, fmt.Errorf("value of %s: %w", name, err)
	}
	var found []Sample
	all := g.series()
	for _, s := range all {
		if !s.is(name, want) {
			continue
		}
		if len(present(s.Labels)) == len(present(want)) {
			return s.Value, nil
		}
		found = append(found, s)
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("no series %s%s; %s", name, keyText(want), nearest(all, name, want))
	case 1:
		return found[0].Value, nil
	}
	return 0, fmt.Errorf("%d series are %s%s, name more labels; %s", len(found), name, keyText(want), nearest(found, name, want))
}

// series returns what a scrape would show, a line each.
func (g *Gateway) series() []Sample {
	var all []Sample
	for _, f := range exposition(g.Groups()) {
		vector, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, f)
		if err != nil {
			continue // an unknown type, which check refuses
		}
		for _, s := range vector {
			one := Sample{Name: string(s.Metric[model.MetricNameLabel]), Labels: map[string]string{}, Value: float64(s.Value)}
			for name, value := range s.Metric {
				if name != model.MetricNameLabel {
					one.Labels[string(name)] = string(value)
				}
			}
			all = append(all, one)
		}
	}
	return all
}

func (s Sample) is(name string, labels map[string]string) bool {
	if s.Name != name {
		return false
	}
	for name, value := range labels {
		if s.Labels[name] != value {
			return false
		}
	}
	return true
}

// present leaves out the labels without a value, which to Prometheus aren't there.
func present(labels map[string]string) map[string]string {
	labels = maps.Clone(labels)
	maps.DeleteFunc(labels, func(_, value string) bool { return value == "" })
	return labels
}

func pairs(labels []string) (map[string]string, error) {
	if len(labels)%2 != 0 {
		return nil, fmt.Errorf("labels %q: want names and values in turns", labels)
	}
	m := make(map[string]string, len(labels)/2)
	for pair := range slices.Chunk(labels, 2) {
		m[pair[0]] = pair[1]
	}
	return m, nil
}

// nearest lists series for a test that looked for another one.
func nearest(all []Sample, name string, labels map[string]string) string {
	const most = 20
	if len(all) == 0 {
		return "the gateway holds no series"
	}
	slices.SortStableFunc(all, func(a, b Sample) int {
		return a.distance(name, labels) - b.distance(name, labels)
	})
	var b strings.Builder
	fmt.Fprintf(&b, "of %d series these are nearest:", len(all))
	for _, s := range all[:min(len(all), most)] {
		b.WriteString("\n  " + s.String())
	}
	return b.String()
}
