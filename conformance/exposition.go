package conformance

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// ParseExposition reads a text exposition with Prometheus's own parser and refuses,
// beyond what that refuses, all that a scrape would fail on or lose: a series, a
// bucket or a quantile given twice. It returns the families by name.
func ParseExposition(body []byte) (map[string]*dto.MetricFamily, error) {
	if len(body) > 0 && body[len(body)-1] != '\n' {
		return nil, fmt.Errorf("exposition of %d bytes does not end with a newline", len(body))
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, mf := range families {
		seen := make(map[string]bool, len(mf.Metric))
		for _, m := range mf.Metric {
			key := seriesKey(m)
			if seen[key] {
				return nil, fmt.Errorf("family %q has the series {%s} twice", name, key)
			}
			seen[key] = true
			if err := checkParts(m); err != nil {
				return nil, fmt.Errorf("family %q, series {%s}: %w", name, key, err)
			}
		}
	}
	return families, nil
}

// seriesKey writes the labels sorted by name, those with an empty value too:
// the groups {job="j"} and {job="j",y=""} are two, and each has its push times.
func seriesKey(m *dto.Metric) string {
	parts := make([]string, 0, len(m.Label))
	for _, l := range m.Label {
		parts = append(parts, l.GetName()+"="+strconv.Quote(l.GetValue()))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

func checkParts(m *dto.Metric) error {
	bounds := map[float64]bool{}
	for _, b := range m.GetHistogram().GetBucket() {
		if bounds[b.GetUpperBound()] {
			return fmt.Errorf("bucket le=%g comes twice", b.GetUpperBound())
		}
		bounds[b.GetUpperBound()] = true
	}
	quantiles := map[float64]bool{}
	for _, q := range m.GetSummary().GetQuantile() {
		if quantiles[q.GetQuantile()] {
			return fmt.Errorf("quantile %g comes twice", q.GetQuantile())
		}
		quantiles[q.GetQuantile()] = true
	}
	return nil
}
