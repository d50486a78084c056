package expo

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// next skips blanks and returns the byte that follows; 0 at the end.
func (r *jsonReader) next() byte {
	for ; r.at < len(r.line); r.at++ {
		switch c := r.line[r.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// expected is the error for what stands at r.at instead of what is right.
func (r *jsonReader) expected(what string) error {
	found := "the end of the body"
	if r.at < len(r.line) {
		found = r.found(r.at)
	}
	return r.fail(r.at, "", "expected %s, found %s", what, found)
}

// null reads over a null, which stands for an optional key that isn't there.
func (r *jsonReader) null() bool {
	r.next()
	if !strings.HasPrefix(r.line[r.at:], "null") {
		return false
	}
	r.at += len("null")
	return true
}

// colon reads what stands between a key and its value.
func (r *jsonReader) colon() error {
	if r.next() != ':' {
		return r.expected("':' after a key")
	}
	r.at++
	return nil
}

// readString reads a string. what names it in errors.
func (r *jsonReader) readString(what string) (string, error) {
	if r.next() != '"' {
		return "", r.expected(what + " in double quotes")
	}
	from, escapes := r.at+1, false
	i := from
	for ; i < len(r.line) && r.line[i] != '"'; i++ {
		switch c := r.line[i]; {
		case c < ' ':
			return "", r.fail(i, "", "control character %s in %s: write it as an escape like \\n or \\u000a", r.found(i), what)
		case c == '\\':
			escapes = true
			i++
		}
	}
	if i >= len(r.line) {
		return "", r.fail(r.at, "", "%s has no closing quote", what)
	}
	s := r.line[from:i]
	r.at = i + 1
	if !utf8.ValidString(s) {
		return "", r.fail(from-1, "", "invalid %s %s: want valid UTF-8", what, quote(s))
	}
	if !escapes {
		return s, nil
	}
	return r.resolve(s, from)
}

// resolve returns s, which stands at index from, without its escapes.
func (r *jsonReader) resolve(s string, from int) (string, error) {
	r.text.room(len(s))
	buf, at := r.text.buf, len(r.text.buf)
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			buf = append(buf, s[i])
			i++
			continue
		}
		char, n := jsonEscape(s[i:])
		if n == 0 {
			const want = `want \" \\ \/ \b \f \n \r \t, or \u and four hexadecimal digits, surrogates in pairs`
			return "", r.fail(from+i, "", "invalid escape sequence %s: %s", quote(s[i:min(i+6, len(s))]), want)
		}
		buf = utf8.AppendRune(buf, char)
		i += n
	}
	r.text.buf = buf
	return textSince(buf, at), nil
}

// jsonEscape reads the escape that s begins with and returns its length, 0 if it is
// not a valid one.
func jsonEscape(s string) (char rune, length int) {
	const short, plain = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	const unit = len(`\u0000`)
	if i := strings.IndexByte(short, s[1]); i >= 0 {
		return rune(plain[i]), 2
	}
	char, ok := jsonUnit(s)
	switch {
	case !ok:
		return 0, 0
	case !utf16.IsSurrogate(char):
		return char, unit
	}
	low, ok := jsonUnit(s[unit:])
	if char = utf16.DecodeRune(char, low); !ok || char == utf8.RuneError {
		return 0, 0
	}
	return char, 2 * unit
}

// jsonUnit reads the \uXXXX that s begins with.
func jsonUnit(s string) (rune, bool) {
	if len(s) < len(`\u0000`) || s[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}

// readNumber reads a number and returns it as it is written.
func (r *jsonReader) readNumber(what string) (string, error) {
	r.next()
	i := r.at
	for i < len(r.line) && (isDigit(r.line[i]) || strings.IndexByte("+-.eE", r.line[i]) >= 0) {
		i++
	}
	token := r.line[r.at:i]
	if token == "" {
		return "", r.expected(what)
	}
	if !isJSONNumber(token) {
		return "", r.fail(r.at, "", "%s is not a JSON number: want digits, then maybe a fraction and an exponent, no leading zeros or '+'", quote(token))
	}
	r.at = i
	return token, nil
}

func isJSONNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	if s = s[whole:]; strings.HasPrefix(s, ".") {
		n := digits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		return s != "" && digits(s) == len(s)
	}
	return s == ""
}

// digits is how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
