package expo

import "unicode/utf8"

// What a byte may be in an unquoted name. A name is one start byte followed by
// any number of inner bytes.
const (
	metricStart = 1 << iota
	metricInner
	labelStart
	labelInner
)

// nameBytes tells for each byte where in a name it may stand.
var nameBytes = nameByteTable()

func nameByteTable() (t [256]uint8) {
	for c := range t {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		digit := '0' <= c && c <= '9'
		if letter {
			t[c] |= metricStart | metricInner | labelStart | labelInner
		}
		if digit {
			t[c] |= metricInner | labelInner
		}
		if c == ':' {
			t[c] |= metricStart | metricInner
		}
	}
	return t
}

// What is right, for messages.
const (
	wantMetricName = "[a-zA-Z_:][a-zA-Z0-9_:]*"
	wantLabelName  = "[a-zA-Z_][a-zA-Z0-9_]*"
)

// LegacyMetricName tells whether s is a metric name of the classic data model,
// [a-zA-Z_:][a-zA-Z0-9_:]*, which needs no quoting anywhere.
func LegacyMetricName(s string) bool { return validMetricName(s) }

// LegacyLabelName tells whether s is a label name of the classic data model,
// [a-zA-Z_][a-zA-Z0-9_]*, which needs no quoting anywhere.
func LegacyLabelName(s string) bool { return validLabelName(s) }

func validMetricName(s string) bool { return madeOf(s, metricStart, metricInner) }

func validLabelName(s string) bool { return madeOf(s, labelStart, labelInner) }

func madeOf(s string, start, inner uint8) bool {
	if s == "" || nameBytes[s[0]]&start == 0 {
		return false
	}
	for i := 1; i < len(s); i++ {
		if nameBytes[s[i]]&inner == 0 {
			return false
		}
	}
	return true
}

// validUTF8Name tells whether s is a metric or label name under UTF-8 naming.
func validUTF8Name(s string) bool { return s != "" && utf8.ValidString(s) }
