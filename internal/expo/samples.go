package expo

import "strings"

// Samples fills f.Metrics from sample lines in canonical text, as AppendSamples
// writes them. f.Name and f.Type must be those that the lines were written with.
// The text is trusted to be well formed, which saves most checks; text that is
// not gives an error or odd metrics, but harms nothing else. The metrics are valid
// until the next call on p and point into text.
func (p *Parser) Samples(f *Family, text string) error {
	p.arenas.reset()
	p.beginText(text)
	p.utf8Names, p.openMetrics, p.trusted = true, false, true
	f.Metrics = nil
	var st familyState
	for p.nextLine() {
		if p.line == "" {
			continue
		}
		var s sample
		if err := p.readSample(0, &s); err != nil {
			return err
		}
		role, ok := canonicalRole(f, s.name)
		if !ok || s.end != len(p.line) {
			return p.fail(0, f.Name, "%s is not a sample of the %s %s", quote(p.line), f.Type, quote(f.Name))
		}
		if err := p.add(f, &st, role, &s); err != nil {
			return err
		}
	}
	if st.floats {
		normalize(f.Metrics)
	}
	return nil
}

// canonicalRole returns what a sample of this name is to f.
func canonicalRole(f *Family, name string) (role, bool) {
	suffix, ok := strings.CutPrefix(name, f.Name)
	if !ok {
		return 0, false
	}
	switch suffix {
	case "":
		return roleValue, !isHistogram(f.Type)
	case "_bucket":
		return roleValue, isHistogram(f.Type)
	case "_sum":
		return roleSum, hasCount(f.Type)
	case "_count":
		return roleCount, hasCount(f.Type)
	}
	return 0, false
}
