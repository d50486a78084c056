package lint

import (
	"fmt"
	"unicode/utf8"

	"github.com/headgate/headgate/push/labels"
)

// mostHeader is how long a finding in a header is at most, in bytes.
const mostHeader = 300

// Header returns a finding as the value of a Headgate-Warning header: one line of
// printable ASCII, at most 300 bytes. What isn't printable is escaped as Go escapes it.
func Header(f labels.Finding) string {
	b := make([]byte, 0, mostHeader)
	b = append(append(b, f.Rule...), ": "...)
	if f.Metric != "" {
		b = append(b, f.Metric...)
		if f.Label != "" {
			b = append(append(append(b, '{'), f.Label...), '}')
		}
		b = append(b, ' ')
	}
	b = append(b, f.Message...)
	if f.Suggestion != "" {
		b = append(append(b, "; "...), f.Suggestion...)
	}
	if isPlain(b) {
		return string(b) // as nearly all are: each push of a group brings the same again
	}
	return printable(string(b), mostHeader)
}

func isPlain(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return len(b) <= mostHeader
}

// printable escapes text and cuts it to most bytes, between characters.
func printable(text string, most int) string {
	const end = "..."
	out := make([]byte, 0, most)
	fits := 0 // how much of out leaves room for end
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		before := len(out)
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, `\x%02x`, text[0])
		case r == '…':
			out = append(out, end...)
		case ' ' <= r && r < 0x7f:
			out = append(out, byte(r))
		case r > 0xffff:
			out = fmt.Appendf(out, `\U%08x`, r)
		case r < 0x80:
			out = fmt.Appendf(out, `\x%02x`, r)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		if len(out) > most {
			return string(out[:min(fits, before)]) + end
		}
		if len(out) <= most-len(end) {
			fits = len(out)
		}
		text = text[size:]
	}
	return string(out)
}
