package expo

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// wantUTF8Name is what is right under UTF-8 naming. A NUL byte ends the input for
// Prometheus's lexer when it stands in a quoted name.
const wantUTF8Name = "any UTF-8 text but the empty one and NUL"

// validName tells whether s can be a name under UTF-8 naming.
func validName(s string) bool {
	return validUTF8Name(s) && strings.IndexByte(s, 0) < 0
}

// CheckMetric tells why m, a metric of f, can't be in a valid exposition in one of
// the formats, with an *InvalidError, or returns nil. It checks that m has what f's
// type needs, that label names are unique and all strings UTF-8, that quantiles
// and bucket bounds yield no duplicate series, and that Prometheus takes the
// native histogram. Names are checked as under UTF-8 naming.
//
// It doesn't know of other metrics and families.
func CheckMetric(f *Family, m *Metric) error {
	if err := checkLabels(f, m); err != nil {
		return err
	}
	if err := checkTimestamp(f, m, "created timestamp", m.Created); err != nil {
		return err
	}
	switch f.Type {
	case Counter:
		return checkExemplar(f, m, m.Exemplar)
	case Summary:
		return checkSummary(f, m)
	case Histogram, GaugeHistogram:
		return checkHistogram(f, m)
	}
	return nil
}

// pairwiseMax is the number of labels up to which comparing each with each beats sorting.
const pairwiseMax = 16

func checkLabels(f *Family, m *Metric) error {
	if name, twice := duplicateName(m.Labels); twice {
		return invalid(f, m, "has two or more labels with the same name: %s", quote(name))
	}
	for _, l := range m.Labels {
		switch {
		case !LegacyLabelName(l.Name) && !validName(l.Name):
			return invalid(f, m, "has a label with an invalid name: %s is not a valid label name: want %s", quote(l.Name), wantUTF8Name)
		case strings.HasPrefix(l.Name, "__"):
			return invalid(f, m, "has a label with an invalid name: %s: names that begin with __ are reserved", quote(l.Name))
		case !utf8.ValidString(l.Value):
			return invalid(f, m, "has a label named %s whose value is not utf8: %s", quote(l.Name), quote(l.Value))
		case f.Type == Summary && l.Name == "quantile",
			(f.Type == Histogram || f.Type == GaugeHistogram) && l.Name == "le":
			return invalid(f, m, "must not have an explicit %s label", quote(l.Name))
		}
	}
	return nil
}

// duplicateName returns a label name that occurs more than once.
func duplicateName(labels []Label) (string, bool) {
	if len(labels) <= pairwiseMax {
		for i := range labels {
			for j := range i {
				if labels[i].Name == labels[j].Name {
					return labels[i].Name, true
				}
			}
		}
		return "", false
	}
	names := make([]string, len(labels))
	for i := range labels {
		names[i] = labels[i].Name
	}
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return names[i], true
		}
	}
	return "", false
}

func checkExemplar(f *Family, m *Metric, e *Exemplar) error {
	if e == nil {
		return nil
	}
	if name, twice := duplicateName(e.Labels); twice {
		return invalid(f, m, "has an exemplar with two or more labels with the same name: %s", quote(name))
	}
	for _, l := range e.Labels {
		if !validName(l.Name) {
			return invalid(f, m, "has an exemplar with an invalid label: %s is not a valid label name: want %s", quote(l.Name), wantUTF8Name)
		}
		if !utf8.ValidString(l.Value) || strings.IndexByte(l.Value, 0) >= 0 {
			return invalid(f, m, "has an exemplar with a label named %s whose value is not utf8 without NUL: %s", quote(l.Name), quote(l.Value))
		}
	}
	return checkTimestamp(f, m, "exemplar's timestamp", e.Timestamp)
}

// The range of google.protobuf.Timestamp: the years 1 to 9999.
const (
	minTimestamp = -62135596800
	maxTimestamp = 253402300799
)

func checkTimestamp(f *Family, m *Metric, what string, t *Timestamp) error {
	if t == nil {
		return nil
	}
	if t.Seconds < minTimestamp || t.Seconds > maxTimestamp {
		return invalid(f, m, "has an invalid %s: %d seconds: want %d to %d", what, t.Seconds, int64(minTimestamp), int64(maxTimestamp))
	}
	if t.Nanos < 0 || t.Nanos > 999_999_999 {
		return invalid(f, m, "has an invalid %s: %d nanoseconds: want 0 to 999999999", what, t.Nanos)
	}
	return nil
}

func checkSummary(f *Family, m *Metric) error {
	if m.Summary == nil {
		return invalid(f, m, "is not a SUMMARY")
	}
	qq := m.Summary.Quantiles
	if q, twice := duplicateBound(len(qq), func(i int) float64 { return qq[i].Quantile }); twice {
		return invalid(f, m, "has the quantile %s twice", AppendFloat(nil, q))
	}
	return nil
}

func checkHistogram(f *Family, m *Metric) error {
	h := m.Histogram
	if h == nil {
		return invalid(f, m, "is not a %s", protoTypeName(f.Type))
	}
	for i := range h.Buckets {
		b := &h.Buckets[i]
		if math.IsNaN(b.UpperBound) {
			return invalid(f, m, "has a bucket with the upper bound NaN")
		}
		if err := checkExemplar(f, m, b.Exemplar); err != nil {
			return err
		}
	}
	if le, twice := duplicateBound(len(h.Buckets), func(i int) float64 { return h.Buckets[i].UpperBound }); twice {
		return invalid(f, m, "has two buckets with the upper bound %s", AppendFloat(nil, le))
	}
	if h.Native == nil {
		return nil
	}
	for i := range h.Native.Exemplars {
		if err := checkExemplar(f, m, &h.Native.Exemplars[i]); err != nil {
			return err
		}
	}
	if err := checkNative(h); err != nil {
		return invalid(f, m, "has %v", err)
	}
	return nil
}

// duplicateBound returns one of n bounds that is written twice as the same label
// value. Bounds normally ascend, which shows at once that they are unique.
func duplicateBound(n int, bound func(int) float64) (float64, bool) {
	ascending := true
	for i := 1; i < n && ascending; i++ {
		ascending = bound(i-1) < bound(i)
	}
	if ascending {
		return 0, false
	}
	bounds := make([]float64, n)
	for i := range bounds {
		bounds[i] = bound(i)
	}
	slices.Sort(bounds) // puts NaN first
	for i := 1; i < n; i++ {
		a, b := bounds[i-1], bounds[i]
		if a == b || math.IsNaN(a) && math.IsNaN(b) {
			return b, true
		}
	}
	return 0, false
}
