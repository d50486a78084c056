package store

import (
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// observation is a value for a rule, from a push that isn't taken yet.
type observation struct {
	rule    *windowed
	keyEnd  int // in windows.keys; the key begins where that before ends
	value   float64
	useless bool // nothing but counted
}

// ask is that a rule wants the series with that ending of the family at hand.
type ask struct {
	rule   *windowed
	suffix string
}

// ask finds the rules that want to know of a family. It reports whether any does.
func (w *windows) ask(name string, t expo.Type) bool {
	w.asked = w.asked[:0]
	if len(w.rules) == 0 {
		return false
	}
	for _, suffix := range valueSuffixes(t) {
		series := name + suffix
		for _, r := range w.rules {
			if r.seesName(series) {
				w.asked = append(w.asked, ask{r, suffix})
			}
		}
	}
	return len(w.asked) > 0
}

// valueSuffixes are the endings of the series that can be put together. A summary's
// quantiles can't.
func valueSuffixes(t expo.Type) []string {
	switch t {
	case expo.Summary:
		return []string{"_count", "_sum"}
	case expo.Histogram, expo.GaugeHistogram:
		return []string{"_count", "_sum", "_bucket"}
	}
	return []string{""}
}

// isCounting is whether a type's values only ever grow.
func isCounting(t expo.Type) bool {
	return t == expo.Counter || t == expo.Summary || t == expo.Histogram
}

// observePush notes the values of a push that replaces what its group holds. s.scratch
// has the push's matches: what counts is by how much it grew.
func (s *Store) observePush(c *Change) {
	w := &s.windows
	if len(w.rules) == 0 {
		return
	}
	for i := range c.Families {
		fc, h := &c.Families[i], s.scratch[i]
		if !w.ask(fc.Name, fc.Type) {
			continue
		}
		f := expo.Family{Name: fc.Name, Type: fc.Type}
		if readMetrics(&w.now, &f, fc.Text, fc.Rich) != nil {
			continue // a record that was made up
		}
		var last []expo.Metric
		if h != nil && s.familyIn(h).Type == fc.Type && isCounting(fc.Type) {
			was := expo.Family{Name: fc.Name, Type: fc.Type}
			if readMetrics(&w.before, &was, h.Text(), h.Rich()) == nil {
				last = was.Metrics
			}
		}
		w.grown(&f, last)
	}
}

// grown notes by how much a family's metrics grew since last.
func (w *windows) grown(f *expo.Family, last []expo.Metric) {
	var byLabels map[string]*expo.Metric
	for i := range f.Metrics {
		m := &f.Metrics[i]
		if !isCounting(f.Type) {
			w.observe(m)
			continue
		}
		var was *expo.Metric
		switch {
		case i < len(last) && slices.Equal(last[i].Labels, m.Labels): // as in nearly every push
			was = &last[i]
		case len(last) > 0:
			if byLabels == nil {
				byLabels = map[string]*expo.Metric{}
				for j := range last {
					byLabels[seriesKey(last[j].Labels)] = &last[j]
				}
			}
			was = byLabels[seriesKey(m.Labels)]
		}
		increment, _, err := aggregate.Difference(f.Type, was, m)
		if err == nil {
			w.observe(&increment)
			continue
		}
		for _, a := range w.asked { // a value of no use
			w.series(a.rule, m.Labels, math.NaN())
		}
	}
}

// observe notes a metric of the family that was asked about. Its labels are sorted.
func (w *windows) observe(m *expo.Metric) {
	for _, a := range w.asked {
		switch {
		case a.suffix == "":
			w.series(a.rule, m.Labels, m.Value)
		case a.suffix == "_bucket":
			w.buckets(a.rule, m)
		case m.Summary != nil && a.suffix == "_count":
			w.series(a.rule, m.Labels, float64(m.Summary.Count))
		case m.Summary != nil:
			w.series(a.rule, m.Labels, m.Summary.Sum)
		case m.Histogram != nil && a.suffix == "_count":
			w.series(a.rule, m.Labels, count(m.Histogram.CountFloat, m.Histogram.Count))
		case m.Histogram != nil:
			w.series(a.rule, m.Labels, m.Histogram.Sum)
		}
	}
}

func count(float float64, n uint64) float64 {
	if float != 0 {
		return float
	}
	return float64(n)
}

// buckets notes the buckets of a classic histogram, each a series with its bound.
func (w *windows) buckets(r *windowed, m *expo.Metric) {
	h, infinite := m.Histogram, false
	bounded := append(append(make([]expo.Label, 0, len(m.Labels)+1), m.Labels...), expo.Label{Name: labels.BucketLabel})
	bound := &bounded[len(m.Labels)].Value
	for _, b := range h.Buckets {
		*bound = string(expo.AppendFloat(nil, b.UpperBound))
		w.series(r, bounded, count(b.CountFloat, b.Count))
		infinite = infinite || math.IsInf(b.UpperBound, 1)
	}
	if !infinite {
		*bound = "+Inf"
		w.series(r, bounded, count(h.CountFloat, h.Count))
	}
}

// series notes the value of one series, if the rule selects it.
func (w *windows) series(r *windowed, of []expo.Label, v float64) {
	for _, m := range r.Match {
		if m.Name != nameLabel && !m.Matches(labelValue(of, m.Name)) {
			return
		}
	}
	o := observation{rule: r, value: v, useless: math.IsNaN(v) || math.IsInf(v, 0)}
	if !o.useless {
		w.appendKey(r, of)
	}
	o.keyEnd = len(w.keys)
	w.pending = append(w.pending, o)
}

func labelValue(labels []expo.Label, name string) string {
	for i := range labels {
		if labels[i].Name == name {
			return labels[i].Value
		}
	}
	return ""
}

// appendKey appends the key of the result to which a series belongs: the labels that
// the rule keeps. It has a job and an instance, if need be empty ones: without them
// Prometheus would put its own target there. Names that need quotes are written with
// underscores, so that two results which differ only there are one, and no scraper sees
// them twice.
func (w *windows) appendKey(r *windowed, labels []expo.Label) {
	w.picked = append(w.picked[:0], expo.Label{Name: "instance"}, expo.Label{Name: "job"})
	for _, l := range labels {
		name := expo.EscapeLabelName(l.Name, expo.EscapeUnderscores)
		if l.Value == "" || !r.picks(name) {
			continue
		}
		w.pick(expo.Label{Name: name, Value: l.Value})
	}
	w.keys = AppendKey(w.keys, w.picked)
}

// pick puts a label in its place, unless there is one of that name.
func (w *windows) pick(l expo.Label) {
	at := len(w.picked)
	for at > 0 && w.picked[at-1].Name >= l.Name {
		at--
	}
	if at < len(w.picked) && w.picked[at].Name == l.Name {
		if w.picked[at].Value == "" {
			w.picked[at].Value = l.Value
		}
		return
	}
	w.picked = append(w.picked, expo.Label{})
	copy(w.picked[at+1:], w.picked[at:])
	w.picked[at] = l
}
