package api

import (
	"strconv"
	"unicode/utf8"

	"github.com/headgate/headgate/internal/expo"
)

// appendJSONString appends s as a JSON string. Like encoding/json it escapes
// what would end a script element, as answers are read by pages too, and writes
// invalid UTF-8 as the replacement character.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = appendJSONByte(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, `\ufffd`...)
		case r == '\u2028' || r == '\u2029':
			dst = append(dst, `\u202`...)
			dst = append(dst, hexDigits[r&0xf])
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

func appendJSONByte(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '<', '>', '&':
	default:
		if c >= ' ' {
			return append(dst, c)
		}
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

// appendJSONLabels appends labels, which are sorted by name, as an object.
func appendJSONLabels(dst []byte, labels []expo.Label) []byte {
	dst = append(dst, '{')
	for i, l := range labels {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, l.Name), ':')
		dst = appendJSONString(dst, l.Value)
	}
	return append(dst, '}')
}

// appendJSONFloat appends v as a string, since JSON has no NaN and no infinities.
func appendJSONFloat(dst []byte, v float64) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendFloat(dst, v, 'g', -1, 64)
	return append(dst, '"')
}

func appendJSONUint(dst []byte, v uint64) []byte {
	dst = append(dst, '"')
	return append(strconv.AppendUint(dst, v, 10), '"')
}
