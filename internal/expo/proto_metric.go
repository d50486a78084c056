package expo

import "fmt"

// protoMetric decodes a Metric of a family of type t and tells whether it has the
// payload of that type. Other payloads are checked, and dropped.
func (p *Parser) protoMetric(b []byte, t Type, m *Metric) (hasPayload bool, err error) {
	var payloads [metricHistogram + 1]message
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(metricTimestamp, wireVarint):
			m.TimestampMs, m.HasTimestamp = int64(r.n), true
		case r.is(metricLabel, wireBytes):
			label, err := protoLabel(r.bytes)
			if err != nil {
				return false, fmt.Errorf("has a label that %w", err)
			}
			if err := p.countPart(); err != nil {
				return false, err
			}
			m.Labels = p.labels.push(m.Labels, label)
		case r.wire == wireBytes && r.num < uint64(len(payloads)) && r.num != metricTimestamp:
			r.addTo(&payloads[r.num])
		}
	}
	if r.err != nil {
		return false, r.err
	}
	want := payloadField(t)
	for field := range payloads {
		if !payloads[field].set {
			continue
		}
		into := m
		var dropped Metric
		if uint64(field) != want {
			into = &dropped
		}
		if err := p.protoPayload(uint64(field), payloads[field].bytes, into); err != nil {
			return false, err
		}
	}
	return payloads[want].set, nil
}

// protoPayload decodes the content of one of the fields of a Metric that hold values.
func (p *Parser) protoPayload(field uint64, b []byte, m *Metric) error {
	switch field {
	case metricGauge, metricUntyped:
		return protoSimple(b, m)
	case metricCounter:
		return p.protoCounter(b, m)
	case metricSummary:
		return p.protoSummary(b, m)
	case metricHistogram:
		return p.protoHistogram(b, m)
	}
	return nil
}

func protoLabel(b []byte) (l Label, err error) {
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(labelName, wireBytes):
			l.Name = r.text()
		case r.is(labelValue, wireBytes):
			l.Value = r.text()
		}
	}
	return l, r.err
}

func protoSimple(b []byte, m *Metric) error {
	r := wireReader{rest: b}
	for r.next() {
		if r.is(simpleValue, wireFixed64) {
			m.Value = r.double()
		}
	}
	return r.err
}

func (p *Parser) protoCounter(b []byte, m *Metric) error {
	var exemplar, created message
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(simpleValue, wireFixed64):
			m.Value = r.double()
		case r.is(counterExemplar, wireBytes):
			r.addTo(&exemplar)
		case r.is(counterCreated, wireBytes):
			r.addTo(&created)
		}
	}
	err := r.err
	if err == nil && exemplar.set {
		m.Exemplar = p.exemplars.one()
		err = p.protoExemplar(exemplar.bytes, m.Exemplar)
	}
	if err == nil {
		m.Created, err = p.protoTimestamp(created)
	}
	return err
}

func (p *Parser) protoSummary(b []byte, m *Metric) error {
	s := p.summaries.one()
	m.Summary = s
	var created message
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(summaryCount, wireVarint):
			s.Count = r.n
		case r.is(summarySum, wireFixed64):
			s.Sum = r.double()
		case r.is(summaryCreated, wireBytes):
			r.addTo(&created)
		case r.is(summaryQuantile, wireBytes):
			q, err := protoQuantile(r.bytes)
			if err != nil {
				return fmt.Errorf("has a quantile that %w", err)
			}
			if err := p.countPart(); err != nil {
				return err
			}
			s.Quantiles = p.quantiles.push(s.Quantiles, q)
		}
	}
	if r.err != nil {
		return r.err
	}
	var err error
	m.Created, err = p.protoTimestamp(created)
	return err
}

func protoQuantile(b []byte) (q Quantile, err error) {
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(quantileQuantile, wireFixed64):
			q.Quantile = r.double()
		case r.is(quantileValue, wireFixed64):
			q.Value = r.double()
		}
	}
	return q, r.err
}

func (p *Parser) protoExemplar(b []byte, e *Exemplar) error {
	var timestamp message
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(exemplarLabel, wireBytes):
			label, err := protoLabel(r.bytes)
			if err != nil {
				return fmt.Errorf("has an exemplar with a label that %w", err)
			}
			if err := p.countPart(); err != nil {
				return err
			}
			e.Labels = p.labels.push(e.Labels, label)
		case r.is(exemplarValue, wireFixed64):
			e.Value = r.double()
		case r.is(exemplarTimestamp, wireBytes):
			r.addTo(&timestamp)
		}
	}
	if r.err != nil {
		return fmt.Errorf("has an exemplar that %w", r.err)
	}
	var err error
	e.Timestamp, err = p.protoTimestamp(timestamp)
	return err
}

// protoTimestamp decodes a Timestamp, or returns nil if there is none.
func (p *Parser) protoTimestamp(m message) (*Timestamp, error) {
	if !m.set {
		return nil, nil
	}
	t := p.timestamps.one()
	r := wireReader{rest: m.bytes}
	for r.next() {
		switch {
		case r.is(timestampSeconds, wireVarint):
			t.Seconds = int64(r.n)
		case r.is(timestampNanos, wireVarint):
			t.Nanos = int32(r.n)
		}
	}
	if r.err != nil {
		return nil, fmt.Errorf("has a timestamp that %w", r.err)
	}
	return t, nil
}
