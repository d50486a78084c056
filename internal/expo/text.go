package expo

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Text parses a body in text format 0.0.4. It means what Prometheus's own parser
// takes it to mean, but a missing newline at the end, CRLF line ends and trailing
// blanks are fine. The result has families in order of first appearance, none of
// them empty. Errors are *ParseError and *SampleLimitError.
func (p *Parser) Text(body []byte) ([]Family, error) {
	p.begin(unsafe.String(unsafe.SliceData(body), len(body)))
	for p.nextLine() {
		if err := p.textLine(); err != nil {
			return nil, err
		}
	}
	return p.finish(), nil
}

// nextLine cuts the next line off the rest of the body. Every construct of the
// format stands on one line, so nothing looks beyond p.line.
func (p *Parser) nextLine() bool {
	if p.rest == "" {
		return false
	}
	end := strings.IndexByte(p.rest, '\n')
	if end < 0 {
		p.line, p.rest = p.rest, ""
	} else {
		p.line, p.rest = p.rest[:end], p.rest[end+1:]
	}
	if n := len(p.line); n > 0 && p.line[n-1] == '\r' {
		p.line = p.line[:n-1]
	}
	p.lineNo++
	return true
}

func (p *Parser) textLine() error {
	i := skipBlanks(p.line, 0)
	if i == len(p.line) {
		return nil
	}
	if p.line[i] == '#' {
		return p.textComment(i + 1)
	}
	var s sample
	if err := p.readSample(i, &s); err != nil {
		return err
	}
	if s.end != len(p.line) {
		return p.fail(s.end, s.name, "spurious string after timestamp: %s", quote(p.line[s.end:]))
	}
	fam, role := p.textFamily(s.name)
	f, st := p.family(fam)
	st.typed = true
	return p.add(f, st, role, &s)
}

// textComment reads a line from behind its hash: metadata, or a comment.
func (p *Parser) textComment(i int) error {
	keyword, i := word(p.line, skipBlanks(p.line, i))
	if keyword != "HELP" && keyword != "TYPE" {
		return nil
	}
	name, i, err := p.metadataName(i)
	if err != nil || i == len(p.line) {
		return err // a name alone says nothing, and is not an error
	}
	if err := p.countPart(); err != nil {
		return err
	}
	fam, _ := p.textFamily(name)
	f, st := p.family(fam)
	if keyword == "HELP" {
		return p.setHelp(f, i)
	}
	t, ok := textType(strings.TrimRight(p.line[i:], " \t"))
	if !ok {
		return p.unknownType(f, i, "counter, gauge, histogram, summary or untyped")
	}
	return p.setType(f, st, i, t)
}

// metadataName reads the metric name of a HELP, TYPE or UNIT line and returns it
// with the index of what follows, the end of the line if nothing does.
func (p *Parser) metadataName(i int) (string, int, error) {
	i = skipBlanks(p.line, i)
	if i == len(p.line) {
		return "", i, nil
	}
	name, next, err := p.readName(i, metricStart, metricInner)
	if err != nil {
		return "", 0, err
	}
	if next < len(p.line) && !isBlank(p.line[next]) || next == i {
		bad, _ := word(p.line, i)
		return "", 0, p.fail(i, "", "invalid metric name in comment: %s: want %s", quote(bad), wantMetricName)
	}
	after := skipBlanks(p.line, next)
	if after == len(p.line) && !p.openMetrics {
		return "", after, nil
	}
	if !p.nameOK(name, validMetricName) {
		return "", 0, p.fail(i, name, "invalid metric name %s: want %s", quote(name), p.wantName(wantMetricName))
	}
	if p.openMetrics {
		after = min(next+1, len(p.line)) // further blanks belong to the text
	}
	return name, after, nil
}

func (p *Parser) setHelp(f *Family, i int) error {
	if f.HasHelp {
		return p.fail(i, f.Name, "second HELP line for metric name %s", quote(f.Name))
	}
	help := p.line[i:]
	if strings.IndexByte(help, '\\') >= 0 {
		var err error
		if help, _, err = p.unescape(i, 0); err != nil {
			return err
		}
	}
	if !utf8.ValidString(help) {
		return p.fail(i, f.Name, "invalid help text %s for metric name %s: want valid UTF-8", quote(help), quote(f.Name))
	}
	f.Help, f.HasHelp = help, true
	return nil
}

func (p *Parser) setType(f *Family, st *familyState, i int, t Type) error {
	if st.typed {
		return p.fail(i, f.Name, "second TYPE line for metric name %s, or TYPE reported after samples", quote(f.Name))
	}
	f.Type, st.typed = t, true
	return nil
}

func (p *Parser) unknownType(f *Family, i int, want string) error {
	return p.fail(i, f.Name, "unknown metric type %s: want %s", quote(p.line[i:]), want)
}

// textType reads a type of text 0.0.4, in any case, and the two spellings that
// are about for gauge histograms.
func textType(s string) (Type, bool) {
	for t, name := range typeNames {
		if s == name {
			return Type(t), true
		}
	}
	switch strings.ToUpper(s) {
	case "COUNTER":
		return Counter, true
	case "GAUGE":
		return Gauge, true
	case "SUMMARY":
		return Summary, true
	case "UNTYPED":
		return Untyped, true
	case "HISTOGRAM":
		return Histogram, true
	case "GAUGEHISTOGRAM", "GAUGE_HISTOGRAM":
		return GaugeHistogram, true
	}
	return 0, false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func skipBlanks(s string, i int) int {
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return i
}

// word returns what stands from i to the next blank, and where it ends.
func word(s string, i int) (string, int) {
	end := i
	for end < len(s) && !isBlank(s[end]) {
		end++
	}
	return s[i:end], end
}
