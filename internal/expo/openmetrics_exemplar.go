package expo

import (
	"math"
	"unicode/utf8"
)

// exemplarRunes is how many characters the names and values of an exemplar's
// labels may have together, by the standard.
const exemplarRunes = 128

// readExemplar reads the exemplar whose hash is at s.end: # {labels} value [seconds].
func (p *Parser) readExemplar(s *sample) error {
	line := p.line
	i := skipBlanks(line, s.end+1)
	if i == len(line) || line[i] != '{' {
		return p.fail(i, s.name, "expected '{' at start of exemplar, found %s", p.found(i))
	}
	ls := sample{name: s.name, at: i}
	i, err := p.readLabels(i+1, &ls, false)
	if err != nil {
		return err
	}
	if err := p.checkExemplarLabels(&ls); err != nil {
		return err
	}
	token, next := word(line, i)
	value, ok := parseFloat(token)
	if !ok || math.IsNaN(value) || math.IsInf(value, 0) {
		return p.fail(i, s.name, "invalid exemplar value %s: want a finite number", quote(token))
	}
	s.exemplar = p.exemplars.one()
	s.exemplar.Labels, s.exemplar.Value = ls.labels, value
	if i = skipBlanks(line, next); i == len(line) {
		return nil
	}
	token, next = word(line, i)
	at, ok := parseTimestamp(token)
	if !ok {
		return p.fail(i, s.name, "invalid exemplar timestamp %s: want seconds since the epoch", quote(token))
	}
	s.exemplar.Timestamp = p.timestamps.one()
	*s.exemplar.Timestamp = at
	if next = skipBlanks(line, next); next < len(line) {
		return p.fail(next, s.name, "spurious string after exemplar: %s", quote(line[next:]))
	}
	return nil
}

func (p *Parser) checkExemplarLabels(ls *sample) error {
	if i := p.duplicateLabel(ls.labels); i >= 0 {
		dup := ls.labels[i].Name
		return p.fail(p.where(dup, ls.at), ls.name, "duplicate exemplar label name %s", quote(dup))
	}
	runes := 0
	for _, l := range ls.labels {
		runes += utf8.RuneCountInString(l.Name) + utf8.RuneCountInString(l.Value)
	}
	if runes > exemplarRunes {
		return p.fail(ls.at, ls.name, "exemplar label set exceeds %d runes: it has %d", exemplarRunes, runes)
	}
	return nil
}
