package expo

import "math"

// reservedLabel is the label that stands for the metric's name.
const reservedLabel = "__name__"

// add makes a sample a part of its family: a metric of its own, or one line of a
// summary or a histogram.
func (p *Parser) add(f *Family, st *familyState, role role, s *sample) error {
	switch f.Type {
	case Summary:
		return p.addToSummary(f, st, role, s)
	case Histogram, GaugeHistogram:
		return p.addToHistogram(f, st, role, s)
	}
	if err := p.checkLabels(s); err != nil {
		return err
	}
	f.Metrics = p.metrics.push(f.Metrics, Metric{
		Labels:       s.labels,
		Value:        s.value,
		Exemplar:     s.exemplar,
		TimestampMs:  s.timestamp,
		HasTimestamp: s.hasTimestamp,
	})
	return nil
}

// checkLabels refuses label names that are reserved or given twice.
func (p *Parser) checkLabels(s *sample) error {
	if p.trusted {
		return nil
	}
	for i := range s.labels {
		if s.labels[i].Name == reservedLabel {
			return p.fail(p.where(s.labels[i].Name, s.at), s.name, "label name %q is reserved", reservedLabel)
		}
	}
	if i := p.duplicateLabel(s.labels); i >= 0 {
		dup := s.labels[i].Name
		return p.fail(p.where(dup, s.at), s.name, "duplicate label names for metric %s: %s is given twice",
			quote(s.name), quote(dup))
	}
	return nil
}

// bound takes the label le or quantile out of a sample's labels and returns its
// value; NaN if there is none. Given twice, the last counts.
func (p *Parser) bound(s *sample, label string) (float64, error) {
	bound := math.NaN()
	kept := s.labels[:0]
	for _, l := range s.labels {
		if l.Name != label {
			kept = append(kept, l)
			continue
		}
		v, ok := parseFloat(l.Value)
		if !ok {
			return 0, p.fail(p.where(l.Value, s.at), s.name, "expected float as value for '%s' label, got %s", label, quote(l.Value))
		}
		bound = v
	}
	s.labels = kept
	return bound, nil
}

// metricOf returns the metric of a summary or histogram that a sample belongs to.
func (p *Parser) metricOf(f *Family, st *familyState, s *sample) *Metric {
	i := p.findMetric(f, st, s.labels)
	if i < 0 {
		i = len(f.Metrics)
		m := Metric{Labels: s.labels}
		if f.Type == Summary {
			m.Summary = p.summaries.one()
		} else {
			m.Histogram = p.histograms.one()
		}
		f.Metrics = p.metrics.push(f.Metrics, m)
	}
	m := &f.Metrics[i]
	if s.hasTimestamp {
		m.TimestampMs, m.HasTimestamp = s.timestamp, true
	}
	return m
}

func (p *Parser) addToSummary(f *Family, st *familyState, role role, s *sample) error {
	quantile, err := p.bound(s, "quantile")
	if err != nil {
		return err
	}
	if err := p.checkLabels(s); err != nil {
		return err
	}
	if p.openMetrics && role == roleValue && math.IsNaN(quantile) {
		return p.fail(s.at, s.name, "missing quantile label for summary %s", quote(f.Name))
	}
	sum := p.metricOf(f, st, s).Summary
	switch {
	case role == roleSum:
		sum.Sum = s.value
	case role == roleCount:
		if !(s.value >= 0 && s.value < math.MaxUint64) || p.openMetrics && s.value != math.Trunc(s.value) {
			return p.fail(s.number, s.name, "invalid count for summary %s: %v: want an integer, 0 or more", quote(f.Name), s.value)
		}
		sum.Count = uint64(s.value)
	case !math.IsNaN(quantile):
		sum.Quantiles = p.quantiles.push(sum.Quantiles, Quantile{Quantile: quantile, Value: s.value})
	}
	return nil
}

func (p *Parser) addToHistogram(f *Family, st *familyState, role role, s *sample) error {
	bound, err := p.bound(s, "le")
	if err != nil {
		return err
	}
	if err := p.checkLabels(s); err != nil {
		return err
	}
	if role == roleBucket && math.IsNaN(bound) {
		return p.fail(s.at, s.name, "missing le label for histogram %s", quote(f.Name))
	}
	h := p.metricOf(f, st, s).Histogram
	if role == roleSum {
		h.Sum = s.value
		return nil
	}
	n, float, ok := splitCount(s.value)
	st.floats = st.floats || float != 0
	switch {
	case role == roleCount:
		if !ok {
			return p.fail(s.number, s.name, "negative count for histogram %s: %v", quote(f.Name), s.value)
		}
		if float != 0 {
			h.CountFloat = float
		} else {
			h.Count = n
		}
	case !math.IsNaN(bound):
		if !ok {
			return p.fail(s.number, s.name, "negative bucket population for histogram %s: %v", quote(f.Name), s.value)
		}
		h.Buckets = p.buckets.push(h.Buckets, Bucket{UpperBound: bound, Count: n, CountFloat: float, Exemplar: s.exemplar})
	}
	return nil
}

// normalize makes the counts of each histogram all integers or all floats.
func normalize(metrics []Metric) {
	for i := range metrics {
		h := metrics[i].Histogram
		floats := h.CountFloat != 0
		for j := range h.Buckets {
			floats = floats || h.Buckets[j].CountFloat != 0
		}
		if !floats {
			continue
		}
		h.Count, h.CountFloat = oneFloat(h.Count, h.CountFloat)
		for j := range h.Buckets {
			b := &h.Buckets[j]
			b.Count, b.CountFloat = oneFloat(b.Count, b.CountFloat)
		}
	}
}

func oneFloat(n uint64, f float64) (uint64, float64) {
	if f == 0 {
		f = float64(n)
	}
	return 0, f
}
