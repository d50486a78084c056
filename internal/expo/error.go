package expo

import (
	"cmp"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// ParseError says what is wrong with a pushed body, where, and what would be right.
type ParseError struct {
	Line   int    // 1-based; 0 for protobuf, which has no lines
	Column int    // 1-based, in bytes, of the offending token; 0 for protobuf
	Family string // the metric family or sample name concerned; empty if not known yet
	Msg    string
}

// Error implements error.
func (e *ParseError) Error() string {
	switch {
	case e.Line > 0:
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
	case e.Family != "":
		return fmt.Sprintf("metric family %s: %s", quote(e.Family), e.Msg)
	}
	return e.Msg
}

// SampleLimitError says that a body holds more samples than Options.MaxSamples, or
// far more labels and the like than so many samples need.
type SampleLimitError struct {
	Limit int
	Line  int    // of the first sample too many; 0 for protobuf
	Of    string // what there are more of; "": samples
}

// Error implements error.
func (e *SampleLimitError) Error() string {
	msg := fmt.Sprintf("more than %d %s in one push", e.Limit, cmp.Or(e.Of, "samples"))
	if e.Line == 0 {
		return msg
	}
	return fmt.Sprintf("line %d: %s", e.Line, msg)
}

// quoteMax bounds how much of the input a message repeats, in bytes.
const quoteMax = 80

// quote returns s in double quotes, fit for a message: cut to a sane length, and
// with everything that is not printable UTF-8 escaped.
func quote(s string) string {
	if len(s) <= quoteMax {
		return strconv.Quote(s)
	}
	end := quoteMax
	for end > quoteMax-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end]) + "…"
}
