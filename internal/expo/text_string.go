package expo

import (
	"unicode/utf8"
	"unsafe"
)

// readName reads a metric or label name that begins at i and returns it with the
// index behind it; an empty name if none begins there. Quotes may surround a name
// or, as in Prometheus's parser, its tail; a name ends with its closing quote.
// Only an unquoted name is known to be valid.
func (p *Parser) readName(i int, start, inner uint8) (string, int, error) {
	line := p.line
	j := i
	if j < len(line) && nameBytes[line[j]]&start != 0 {
		for j++; j < len(line) && nameBytes[line[j]]&inner != 0; j++ {
		}
	}
	if j == len(line) || line[j] != '"' {
		return line[i:j], j, nil
	}
	quoted, end, err := p.readQuoted(j, "name")
	if err != nil || j == i {
		return quoted, end, err
	}
	p.text.room(end - i)
	at := len(p.text.buf)
	p.text.buf = append(append(p.text.buf, line[i:j]...), quoted...)
	return textSince(p.text.buf, at), end, nil
}

// readQuoted reads the string whose opening quote is at i and returns it with the
// index behind its closing quote. what names the string in errors.
func (p *Parser) readQuoted(i int, what string) (string, int, error) {
	line := p.line
	for j := i + 1; j < len(line); j++ {
		switch line[j] {
		case '"':
			return line[i+1 : j], j + 1, nil
		case '\\':
			s, end, err := p.unescape(i+1, '"')
			if err == nil && end > len(line) {
				err = p.unclosed(i, what)
			}
			return s, end, err
		}
	}
	return "", 0, p.unclosed(i, what)
}

func (p *Parser) unclosed(i int, what string) error {
	return p.fail(i, "", "%s %s contains unescaped new-line: want a closing quote", what, quote(p.line[i+1:]))
}

// unescape copies the line from i to an unescaped closing byte, or to the end of
// the line if closing is 0, resolving \\, \" and \n, and returns the copy with
// the index behind the closing byte. OpenMetrics keeps other sequences as they
// are; in text they are errors.
func (p *Parser) unescape(i int, closing byte) (string, int, error) {
	line := p.line
	p.text.room(len(line) - i)
	buf, at := p.text.buf, len(p.text.buf)
	for ; i < len(line); i++ {
		c := line[i]
		if c == closing && closing != 0 {
			break
		}
		if c == '\\' {
			var ok bool
			if c, ok = escaped(line, i+1); ok {
				i++
			} else if !p.openMetrics {
				return "", 0, p.badEscape(i)
			}
		}
		buf = append(buf, c)
	}
	if i == len(line) && closing != 0 {
		return "", i + 1, nil
	}
	p.text.buf = buf
	return textSince(buf, at), i + 1, nil
}

// escaped returns what a backslash before line[i] stands for; without a meaning,
// the backslash and false.
func escaped(line string, i int) (byte, bool) {
	if i < len(line) {
		switch line[i] {
		case '\\', '"':
			return line[i], true
		case 'n':
			return '\n', true
		}
	}
	return '\\', false
}

func (p *Parser) badEscape(i int) error {
	const want = `want \\, \" or \n`
	if i+1 == len(p.line) {
		return p.fail(i, "", "invalid escape sequence: backslash at the end of the line: %s", want)
	}
	c, _ := utf8.DecodeRuneInString(p.line[i+1:])
	return p.fail(i, "", `invalid escape sequence '\%c': %s`, c, want)
}

// textSince returns what was appended to buf from index at on. The bytes are not
// written again until the arena is reset.
func textSince(buf []byte, at int) string {
	return unsafe.String(unsafe.SliceData(buf[at:]), len(buf)-at)
}
