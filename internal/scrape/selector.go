package scrape

import (
	"math"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/expo"
)

// selector is a series selector, applied to series as the scraper sees them, with
// names escaped for it.
//
// A metric is selected whole or not at all, because half a histogram is none: it is
// if the selector matches any of its sample lines, where __name__ may be the
// sample's name, as http_seconds_bucket, or the family's, as http_seconds.
type selector struct {
	names  []*labels.Matcher // of __name__
	bounds []*labels.Matcher // of le and quantile
	others []*labels.Matcher
}

func newSelector(matchers []*labels.Matcher) selector {
	var s selector
	for _, m := range matchers {
		switch m.Name {
		case model.MetricNameLabel:
			s.names = append(s.names, m)
		case "le", "quantile":
			s.bounds = append(s.bounds, m)
		default:
			s.others = append(s.others, m)
		}
	}
	return s
}

// mayMatch is false if an owner's labels rule its series out. Names that may be
// escaped are left to matches, which sees them as the scraper does.
func (s *selector) mayMatch(o *Owner) bool {
	for _, m := range s.others {
		if v, ok := o.value(m.Name); ok && expo.LegacyLabelName(m.Name) && !m.Matches(v) {
			return false
		}
	}
	return true
}

func (s *selector) matches(f *expo.Family, m *expo.Metric) bool {
	for _, matcher := range s.others {
		if !matcher.Matches(labelValue(m, matcher.Name)) {
			return false
		}
	}
	switch {
	case m.Histogram != nil:
		return s.matchesBuckets(f, m) || s.matchesLine(f, m, "_sum", "", "") || s.matchesLine(f, m, "_count", "", "")
	case m.Summary != nil:
		for _, q := range m.Summary.Quantiles {
			if s.matchesBound(f, m, "", "quantile", q.Quantile) {
				return true
			}
		}
		return s.matchesLine(f, m, "_sum", "", "") || s.matchesLine(f, m, "_count", "", "")
	default:
		return s.matchesLine(f, m, "", "", "")
	}
}

func (s *selector) matchesBuckets(f *expo.Family, m *expo.Metric) bool {
	for _, b := range m.Histogram.Buckets {
		if s.matchesBound(f, m, "_bucket", "le", b.UpperBound) {
			return true
		}
	}
	return s.matchesBound(f, m, "_bucket", "le", math.Inf(1))
}

// matchesBound takes a bound as text writes it, "1", and as OpenMetrics and
// Prometheus 3 do, "1.0".
func (s *selector) matchesBound(f *expo.Family, m *expo.Metric, suffix, label string, bound float64) bool {
	var buf [32]byte
	text := string(expo.AppendFloat(buf[:0], bound))
	if s.matchesLine(f, m, suffix, label, text) {
		return true
	}
	return len(s.bounds) > 0 && bound == math.Trunc(bound) && s.matchesLine(f, m, suffix, label, text+".0")
}

// matchesLine matches the names and bounds of one sample line; bound is its label
// that isn't in m.Labels, if it has one.
func (s *selector) matchesLine(f *expo.Family, m *expo.Metric, suffix, bound, value string) bool {
	for _, matcher := range s.bounds {
		v := value
		if matcher.Name != bound {
			v = labelValue(m, matcher.Name)
		}
		if !matcher.Matches(v) {
			return false
		}
	}
	return s.matchesName(f.Name) || suffix != "" && s.matchesName(f.Name+suffix)
}

func (s *selector) matchesName(name string) bool {
	for _, matcher := range s.names {
		if !matcher.Matches(name) {
			return false
		}
	}
	return true
}

// labelValue returns the value of a label of m, "" if it isn't there, which is the
// same to a matcher.
func labelValue(m *expo.Metric, name string) string {
	for i := range m.Labels {
		if m.Labels[i].Name == name {
			return m.Labels[i].Value
		}
	}
	return ""
}
