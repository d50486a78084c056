package expo

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// OpenMetrics parses a body in OpenMetrics 1.0 or 0.0.1 text.
//
// Families come out as text 0.0.4 would name them: the counter foo as foo_total,
// the info foo as the gauge foo_info, a stateset as a gauge. Where the standard is
// stricter than text 0.0.4 but no meaning is lost, what text allows is allowed
// here: comments, interleaved families, further blanks, CRLF, a missing # EOF, an
// untyped TYPE, counters whose names lack _total. Errors are as for Text.
func (p *Parser) OpenMetrics(body []byte) ([]Family, error) {
	p.begin(unsafe.String(unsafe.SliceData(body), len(body)))
	p.openMetrics = true
	ended := false
	for p.nextLine() {
		if ended {
			return nil, p.fail(0, "", "unexpected data after # EOF: %s", quote(p.line))
		}
		var err error
		if ended, err = p.openMetricsLine(); err != nil {
			return nil, err
		}
	}
	if p.valueless > 0 {
		return nil, p.missingTotal()
	}
	return p.finish(), nil
}

// openMetricsLine reads one line and tells whether it was # EOF.
func (p *Parser) openMetricsLine() (ended bool, err error) {
	i := skipBlanks(p.line, 0)
	if i == len(p.line) {
		return false, p.fail(0, "", "empty line: OpenMetrics has none")
	}
	if p.line[i] == '#' {
		return p.openMetricsComment(i + 1)
	}
	var s sample
	if err := p.readSample(i, &s); err != nil {
		return false, err
	}
	if s.end < len(p.line) {
		if p.line[s.end] != '#' {
			return false, p.fail(s.end, s.name, "spurious string after timestamp: %s", quote(p.line[s.end:]))
		}
		if err := p.readExemplar(&s); err != nil {
			return false, err
		}
	}
	return false, p.addOpenMetrics(&s)
}

// openMetricsComment reads a line from behind its hash.
func (p *Parser) openMetricsComment(i int) (ended bool, err error) {
	keyword, i := word(p.line, skipBlanks(p.line, i))
	switch keyword {
	case "EOF":
		return skipBlanks(p.line, i) == len(p.line), nil
	case "HELP", "TYPE", "UNIT":
	default:
		return false, nil
	}
	name, i, err := p.metadataName(i)
	if err != nil || name == "" || i == len(p.line) && !isBlank(p.line[i-1]) {
		return false, err // a name alone says nothing
	}
	if err := p.countPart(); err != nil {
		return false, err
	}
	fam := p.declared(name)
	f, st := p.family(fam)
	switch keyword {
	case "HELP":
		return false, p.setHelp(f, i)
	case "UNIT":
		return false, p.setUnit(f, st, i)
	}
	i = skipBlanks(p.line, i)
	t, kind, ok := openMetricsType(strings.TrimRight(p.line[i:], " \t"))
	if !ok {
		return false, p.unknownType(f, i, "counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown")
	}
	st.kind = kind
	return false, p.setType(f, st, i, t)
}

// omKind is a type of OpenMetrics as far as the names of its samples go beyond Type.
type omKind uint8

const (
	omPlain   omKind = iota
	omCounter        // samples end in _total
	omInfo           // samples end in _info
)

func openMetricsType(s string) (Type, omKind, bool) {
	switch strings.ToLower(s) {
	case "counter":
		return Counter, omCounter, true
	case "info":
		return Gauge, omInfo, true
	case "stateset":
		return Gauge, omPlain, true
	case "unknown":
		return Untyped, omPlain, true
	}
	t, ok := textType(s)
	return t, omPlain, ok
}

func (p *Parser) setUnit(f *Family, st *familyState, i int) error {
	unit := strings.TrimRight(p.line[i:], " \t")
	if f.Unit != "" {
		return p.fail(i, st.name, "second UNIT line for metric name %s", quote(st.name))
	}
	if !utf8.ValidString(unit) {
		return p.fail(i, st.name, "invalid unit %s: want valid UTF-8", quote(unit))
	}
	base, ok := strings.CutSuffix(st.name, unit)
	if unit != "" && (!ok || !strings.HasSuffix(base, "_")) {
		return p.fail(i, st.name, "unit %s not a suffix of metric %s: want a name that ends in %s",
			quote(unit), quote(st.name), quote("_"+unit))
	}
	f.Unit = unit
	return nil
}
