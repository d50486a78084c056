package expo

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// readLabels reads a label set from behind its opening brace and returns the index
// of what follows it and the blanks after it. If nameInside, the metric name is
// one of the elements.
func (p *Parser) readLabels(i int, s *sample, nameInside bool) (int, error) {
	line := p.line
	named := !nameInside
	for {
		i = skipBlanks(line, i)
		if i < len(line) && line[i] == '}' {
			if !named {
				return 0, p.fail(s.at, "", "invalid metric name: none in the braces: want one in double quotes")
			}
			return skipBlanks(line, i+1), nil
		}
		name, next, err := p.readName(i, labelStart, labelInner)
		if err != nil {
			return 0, err
		}
		if next == i {
			return 0, p.badLabelName(i, s)
		}
		next = skipBlanks(line, next)
		if next < len(line) && line[next] == '=' {
			i, err = p.readLabel(i, next+1, name, s)
		} else if nameInside {
			i, err = p.nameFromBraces(i, next, name, s, &named)
		} else {
			err = p.noEquals(i, next, s)
		}
		if err != nil {
			return 0, err
		}
	}
}

// readLabel reads a label whose name was at i, from behind the equals sign up to
// and including the comma, if there is one.
func (p *Parser) readLabel(i, value int, name string, s *sample) (int, error) {
	line := p.line
	if !p.plain(i, name) && !p.nameOK(name, validLabelName) {
		return 0, p.fail(i, s.name, "invalid label name %s: want %s", quote(name), p.wantName(wantLabelName))
	}
	value = skipBlanks(line, value)
	if value == len(line) || line[value] != '"' {
		return 0, p.fail(value, s.name, "expected '\"' at start of label value, found %s", p.found(value))
	}
	v, next, err := p.readLabelValue(value)
	if err != nil {
		return 0, err
	}
	if err := p.countPart(); err != nil {
		return 0, err
	}
	s.labels = p.labels.push(s.labels, Label{Name: name, Value: v})
	next = skipBlanks(line, next)
	if next < len(line) {
		switch line[next] {
		case ',':
			return next + 1, nil
		case '}':
			return next, nil
		}
	}
	return 0, p.fail(next, s.name, "unexpected end of label value %s: want ',' or '}', found %s", quote(v), p.found(next))
}

// readLabelValue reads the value whose opening quote is at i.
func (p *Parser) readLabelValue(i int) (string, int, error) {
	line := p.line
	var bits byte
	for j := i + 1; j < len(line); j++ {
		c := line[j]
		bits |= c
		if c == '"' && bits < utf8.RuneSelf {
			return line[i+1 : j], j + 1, nil
		}
		if c == '"' || c == '\\' {
			break
		}
	}
	v, next, err := p.readQuoted(i, "label value")
	if err == nil && !utf8.ValidString(v) {
		err = p.fail(i, "", "invalid label value %s: want valid UTF-8", quote(v))
	}
	return v, next, err
}

// nameFromBraces takes an element without a value, which was at i, as the metric name.
func (p *Parser) nameFromBraces(i, next int, name string, s *sample, named *bool) (int, error) {
	if *named {
		return 0, p.fail(i, s.name, "multiple metric names for metric %s: %s is another", quote(s.name), quote(name))
	}
	if next == len(p.line) || p.line[next] != ',' && p.line[next] != '}' {
		return 0, p.fail(next, name, "unexpected end of metric name %s: want ',' or '}', found %s", quote(name), p.found(next))
	}
	if !p.nameOK(name, validMetricName) {
		return 0, p.fail(i, name, "invalid metric name %s: want %s", quote(name), p.wantName(wantMetricName))
	}
	s.name, *named = name, true
	if p.line[next] == ',' {
		next++
	}
	return next, nil
}

// found describes the byte at i for an error.
func (p *Parser) found(i int) string {
	if i >= len(p.line) {
		return "the end of the line"
	}
	c, _ := utf8.DecodeRuneInString(p.line[i:])
	return strconv.QuoteRune(c)
}

func (p *Parser) badLabelName(i int, s *sample) error {
	if i == len(p.line) {
		return p.fail(i, s.name, "invalid label name for metric %s: the line ends before '}'", quote(s.name))
	}
	bad := p.labelToken(i)
	return p.fail(i, s.name, "invalid label name for metric %s: %s: want %s", quote(s.name), quote(bad), p.wantName(wantLabelName))
}

// noEquals is for a label name at i that is followed by something wrong at next.
func (p *Parser) noEquals(i, next int, s *sample) error {
	found := p.found(next)
	bad := p.labelToken(i)
	if next < len(p.line) && len(bad) > next-i {
		return p.fail(i, s.name, "label name %s: want %s (expected '=' after label name, found %s)",
			quote(bad), p.wantName(wantLabelName), found)
	}
	return p.fail(next, s.name, "expected '=' after label name, found %s", found)
}

// labelToken returns what somebody may have meant as the label name at i.
func (p *Parser) labelToken(i int) string {
	rest := p.line[i:]
	if end := strings.IndexAny(rest, "=,} \t"); end >= 0 {
		return rest[:end]
	}
	return rest
}
