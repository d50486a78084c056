package expo

import (
	"math"
	"strconv"
	"strings"
	"unsafe"
)

// sample is one sample line as it was read, before it is known what it is a part of.
type sample struct {
	name   string
	labels []Label
	at     int // index of the first byte of the sample
	value  float64
	number int // index of the value
	end    int // index behind the timestamp and the blanks after it

	timestamp    int64 // in milliseconds
	hasTimestamp bool
	exemplar     *Exemplar
}

// readSample reads a sample that begins at i, up to and including its timestamp.
func (p *Parser) readSample(i int, s *sample) error {
	if err := p.countSample(); err != nil {
		return err
	}
	s.at = i
	i, err := p.readSeries(i, s)
	if err != nil {
		return err
	}
	line := p.line
	s.number = i
	token, i := word(line, i)
	value, ok := parseFloat(token)
	if !ok {
		return p.badValue(s, token)
	}
	s.value = value
	if i = skipBlanks(line, i); i < len(line) && !(p.openMetrics && line[i] == '#') {
		token, next := word(line, i)
		if err := p.setTimestamp(s, i, token); err != nil {
			return err
		}
		i = skipBlanks(line, next)
	}
	s.end = i
	return nil
}

// readSeries reads the name and the labels, and returns the index of the value.
func (p *Parser) readSeries(i int, s *sample) (int, error) {
	if p.line[i] == '{' {
		return p.readLabels(i+1, s, true)
	}
	name, next, err := p.readName(i, metricStart, metricInner)
	if err != nil {
		return 0, err
	}
	if !p.plain(i, name) && !p.nameOK(name, validMetricName) {
		bad := name
		if bad == "" {
			bad, _ = word(p.line, i)
		}
		return 0, p.fail(i, bad, "invalid metric name %s: want %s", quote(bad), p.wantName(wantMetricName))
	}
	s.name = name
	next = skipBlanks(p.line, next)
	if next < len(p.line) && p.line[next] == '{' {
		return p.readLabels(next+1, s, false)
	}
	return next, nil
}

// plain tells whether name was read at i without any quotes: then it is valid.
func (p *Parser) plain(i int, name string) bool {
	return name != "" && unsafe.StringData(name) == unsafe.StringData(p.line[i:])
}

// nameOK tells whether a name that may have been quoted is valid.
func (p *Parser) nameOK(name string, legacy func(string) bool) bool {
	if p.utf8Names {
		return validUTF8Name(name)
	}
	return legacy(name)
}

// wantName describes valid names in errors.
func (p *Parser) wantName(legacy string) string {
	if p.utf8Names {
		return legacy + ", or any UTF-8 in double quotes inside the braces"
	}
	return legacy
}

func (p *Parser) badValue(s *sample, token string) error {
	if token != "" && s.number > 0 && nameBytes[p.line[s.number-1]]&metricInner != 0 {
		bad, _ := word(p.line, s.at)
		return p.fail(s.at, s.name, "invalid metric name %s: want %s (expected float as value, got %s)",
			quote(bad), p.wantName(wantMetricName), quote(token))
	}
	return p.fail(s.number, s.name, "expected float as value, got %s", quote(token))
}

// setTimestamp reads a timestamp: milliseconds in text, seconds in OpenMetrics.
func (p *Parser) setTimestamp(s *sample, i int, token string) (err error) {
	s.hasTimestamp = true
	if p.openMetrics {
		seconds, ok := parseFloat(token)
		ms := math.Round(seconds * 1000)
		if !ok || !(math.Abs(ms) < 1<<63) {
			return p.fail(i, s.name, "invalid timestamp %s: want seconds since the epoch", quote(token))
		}
		s.timestamp = int64(ms)
		return nil
	}
	s.timestamp, err = strconv.ParseInt(token, 10, 64)
	if err == nil {
		return nil
	}
	if strings.HasPrefix(token, "#") {
		return p.fail(i, s.name, "expected integer as timestamp, got %s: text has no exemplars, send them as OpenMetrics", quote(token))
	}
	return p.fail(i, s.name, "expected integer as timestamp, got %s", quote(token))
}
