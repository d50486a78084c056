package expo

import "math"

// noValue are the bits of a NaN that no parsed number has. As its value they mark a
// counter of which only the created line has been seen so far.
const noValue = 0x7ff8_0000_dead_beef

func lacksValue(m *Metric) bool { return math.Float64bits(m.Value) == noValue }

// addToCounter adds a counter's value or the time it was created at. The two lines
// may come in any order.
func (p *Parser) addToCounter(f *Family, st *familyState, role role, s *sample) error {
	if role == roleCreated {
		return p.addCreated(f, st, s)
	}
	if p.valueless > 0 {
		if i := p.findMetric(f, st, s.labels); i >= 0 && lacksValue(&f.Metrics[i]) {
			m := &f.Metrics[i]
			m.Value, m.Exemplar = s.value, s.exemplar
			m.TimestampMs, m.HasTimestamp = s.timestamp, s.hasTimestamp
			p.valueless--
			return nil
		}
	}
	return p.add(f, st, role, s)
}

// addCreated sets when a counter, summary or histogram began.
func (p *Parser) addCreated(f *Family, st *familyState, s *sample) error {
	token, _ := word(p.line, s.number)
	created, ok := parseTimestamp(token)
	if !ok {
		return p.fail(s.number, s.name, "invalid created timestamp %s: want seconds since the epoch", quote(token))
	}
	if err := p.checkLabels(s); err != nil {
		return err
	}
	s.hasTimestamp = false // the line's own, not the metric's
	m, err := p.createdMetric(f, st, s)
	if err != nil {
		return err
	}
	m.Created = p.timestamps.one()
	*m.Created = created
	return nil
}

func (p *Parser) createdMetric(f *Family, st *familyState, s *sample) (*Metric, error) {
	if f.Type != Counter {
		label := "le"
		if f.Type == Summary {
			label = "quantile"
		}
		if _, err := p.bound(s, label); err != nil {
			return nil, err
		}
		return p.metricOf(f, st, s), nil
	}
	if i := p.findMetric(f, st, s.labels); i >= 0 && f.Metrics[i].Created == nil {
		return &f.Metrics[i], nil
	}
	p.valueless++
	f.Metrics = p.metrics.push(f.Metrics, Metric{Labels: s.labels, Value: math.Float64frombits(noValue)})
	return &f.Metrics[len(f.Metrics)-1], nil
}

// missingTotal is the error for the first counter that never got a value.
func (p *Parser) missingTotal() error {
	for i := range p.fams {
		f := &p.fams[i]
		for j := range f.Metrics {
			if f.Type == Counter && lacksValue(&f.Metrics[j]) {
				return p.fail(0, f.Name, "the body ends and counter %s is missing its _total value: it has only _created", quote(p.states[i].name))
			}
		}
	}
	return nil
}
