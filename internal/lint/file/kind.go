package file

import (
	"bytes"
	"regexp"
)

// kind is what a file is.
type kind int

const (
	exposition kind = iota
	rules
	dashboard
)

// ruleFile matches a line that begins a rule file, or a manifest of one for Kubernetes. No
// line of an exposition has a name, a colon and no value.
var ruleFile = regexp.MustCompile(`(?m)^(?:groups\s*:\s*(?:#.*|\[.*|\r)?|apiVersion\s*:.*)$`)

// jsonRules matches the key of a rule file that is written as JSON, which is YAML too.
var jsonRules = regexp.MustCompile(`^\{\s*"groups"\s*:`)

func kindOf(text []byte) kind {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	start := bytes.TrimLeft(text, " \t\r\n")
	switch {
	case jsonRules.Match(start):
		return rules
	case bytes.HasPrefix(start, []byte("{")) && looksJSON(start):
		return dashboard
	case ruleFile.Match(text):
		return rules
	}
	return exposition
}

// looksJSON tells an object from a line that begins with a quoted name in braces, as
// expositions with names in UTF-8 have it: {"name",label="x"} 1.
func looksJSON(start []byte) bool {
	rest := bytes.TrimLeft(start[1:], " \t\r\n")
	if bytes.HasPrefix(rest, []byte("}")) {
		return true
	}
	if !bytes.HasPrefix(rest, []byte(`"`)) {
		return false
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return bytes.HasPrefix(bytes.TrimLeft(rest[i+1:], " \t\r\n"), []byte(":"))
		}
	}
	return false
}
