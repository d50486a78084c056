package expo

import "strings"

// declared returns the family that a metadata line of OpenMetrics names.
func (p *Parser) declared(name string) int32 {
	e, slot := p.names.find(name)
	if e != nil {
		return e.family
	}
	fam := p.newFamily(name)
	p.names.add(slot, name, fam, roleValue)
	return fam
}

// openMetricsFamily returns the family of a sample by the sample's name, which
// ends in a suffix that the family's type prescribes.
func (p *Parser) openMetricsFamily(name string) (int32, role) {
	e, slot := p.names.find(name)
	if e != nil {
		return e.family, e.role
	}
	fam, role := p.suffixedFamily(name)
	if fam < 0 {
		fam = p.newFamily(name)
	}
	p.names.add(slot, name, fam, role)
	return fam, role
}

func (p *Parser) suffixedFamily(name string) (int32, role) {
	cut := strings.LastIndexByte(name, '_')
	if cut <= 0 {
		return -1, roleValue
	}
	base, suffix := name[:cut], name[cut:]
	e, _ := p.names.find(base)
	if e == nil || p.states[e.family].name != base {
		return -1, roleValue
	}
	f, st := p.family(e.family)
	if role, ok := suffixRole(f.Type, st.kind, suffix); ok {
		return e.family, role
	}
	return -1, roleValue
}

// suffixRole returns what a suffix makes of a sample in a family of this type.
func suffixRole(t Type, kind omKind, suffix string) (role, bool) {
	switch suffix {
	case "_total":
		return roleTotal, kind == omCounter
	case "_info":
		return roleTotal, kind == omInfo
	case "_created":
		return roleCreated, kind == omCounter || hasCount(t)
	case "_bucket":
		return roleBucket, isHistogram(t)
	case "_count":
		return roleCount, hasCount(t)
	case "_sum":
		return roleSum, hasCount(t)
	case "_gcount":
		return roleCount, t == GaugeHistogram
	case "_gsum":
		return roleSum, t == GaugeHistogram
	}
	return 0, false
}

// addOpenMetrics finds a sample's family and makes the sample a part of it.
func (p *Parser) addOpenMetrics(s *sample) error {
	fam, role := p.openMetricsFamily(s.name)
	f, st := p.family(fam)
	st.typed = true
	if err := p.checkRole(f, st, role, s); err != nil {
		return err
	}
	if f.Type == Counter {
		return p.addToCounter(f, st, role, s)
	}
	if role == roleCreated {
		return p.addCreated(f, st, s)
	}
	return p.add(f, st, role, s)
}

// checkRole refuses samples that a family of this type cannot have, and gives a
// counter or info family the name that its samples have.
func (p *Parser) checkRole(f *Family, st *familyState, role role, s *sample) error {
	if s.exemplar != nil && role != roleBucket && (f.Type != Counter || role == roleCreated) {
		return p.fail(s.end, s.name, "exemplar not allowed on %s: want it on a counter's total or a histogram's bucket", quote(s.name))
	}
	switch {
	case role == roleTotal:
		f.Name, st.suffix = s.name, true
	case role == roleValue && st.kind != omPlain:
		st.bare = true
	case role == roleValue && isHistogram(f.Type):
		return p.fail(s.at, s.name, "sample %s missing required suffix for type %s: want _bucket, _count or _sum", quote(s.name), f.Type)
	}
	if st.bare && st.suffix {
		return p.fail(s.at, s.name, "%s %s has samples both with and without its suffix", f.Type, quote(st.name))
	}
	return nil
}
