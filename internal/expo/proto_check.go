package expo

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// InvalidError says why something that was well-formed makes no valid exposition.
type InvalidError struct {
	Family string // name of the metric family
	Metric string // the labels of the metric, as {a="b"}; empty if the whole family is at fault
	Msg    string
}

// Error implements error.
func (e *InvalidError) Error() string {
	if e.Metric == "" {
		return fmt.Sprintf("metric family %s %s", quote(e.Family), e.Msg)
	}
	return fmt.Sprintf("metric %s %s %s", quote(e.Family), e.Metric, e.Msg)
}

// describeMax bounds how much of a label set a message repeats, in bytes.
const describeMax = 300

// invalid returns an InvalidError about m, or about f as a whole if m is nil.
func invalid(f *Family, m *Metric, format string, args ...any) error {
	e := &InvalidError{Family: strings.Clone(f.Name), Msg: fmt.Sprintf(format, args...)}
	if m != nil {
		e.Metric = describe(m.Labels)
	}
	return e
}

// describe returns labels for a message, fit to print and cut to a sane length.
func describe(labels []Label) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, l := range labels {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > describeMax {
			b.WriteString("…")
			break
		}
		name := l.Name
		if !LegacyLabelName(name) || len(name) > quoteMax {
			name = quote(name)
		}
		fmt.Fprintf(&b, "%s=%s", name, quote(l.Value))
	}
	b.WriteByte('}')
	return b.String()
}

// finishProto checks what was decoded and returns the families that have metrics.
func (p *Parser) finishProto() ([]Family, error) {
	n := 0
	for i := range p.fams {
		f := &p.fams[i]
		if err := p.checkProtoFamily(f, p.proto.faults[i]); err != nil {
			return nil, err
		}
		if len(f.Metrics) > 0 {
			p.fams[n] = *f
			n++
		}
	}
	return p.fams[:n], nil
}

func (p *Parser) checkProtoFamily(f *Family, fault protoFault) error {
	if err := p.checkMetricName(f); err != nil {
		return err
	}
	if fault.unknownType != 0 {
		return invalid(f, nil, "has type %d: want 0 (COUNTER) to %d (%s)",
			fault.unknownType, GaugeHistogram, protoTypeName(GaugeHistogram))
	}
	if !utf8.ValidString(f.Help) {
		return invalid(f, nil, "has a help text that is not utf8: %s", quote(f.Help))
	}
	if !utf8.ValidString(f.Unit) {
		return invalid(f, nil, "has a unit that is not utf8: %s", quote(f.Unit))
	}
	if fault.noPayload > 0 {
		return invalid(f, &f.Metrics[fault.noPayload-1], "is not a %s", protoTypeName(f.Type))
	}
	for i := range f.Metrics {
		m := &f.Metrics[i]
		if err := CheckMetric(f, m); err != nil {
			return err
		}
		if err := p.checkLabelNames(f, m); err != nil {
			return err
		}
	}
	return nil
}

// checkMetricName checks the name of f under the naming scheme in use.
func (p *Parser) checkMetricName(f *Family) error {
	switch {
	case LegacyMetricName(f.Name):
		return nil
	case !p.UTF8Names:
		return invalid(f, nil, "is not a valid metric name: want %s", wantMetricName)
	case !validName(f.Name):
		return invalid(f, nil, "is not a valid metric name: want %s", wantUTF8Name)
	}
	return nil
}

// checkLabelNames checks the label names of m under the naming scheme in use.
// What UTF-8 naming refuses CheckMetric has refused.
func (p *Parser) checkLabelNames(f *Family, m *Metric) error {
	if p.UTF8Names {
		return nil
	}
	for _, l := range m.Labels {
		if !LegacyLabelName(l.Name) {
			return invalid(f, m, "has a label with an invalid name: %s is not a valid label name: want %s", quote(l.Name), wantLabelName)
		}
	}
	return nil
}

// protoTypeName returns t as metrics.proto spells it.
func protoTypeName(t Type) string {
	if t == GaugeHistogram {
		return "GAUGE_HISTOGRAM"
	}
	return strings.ToUpper(t.String())
}
