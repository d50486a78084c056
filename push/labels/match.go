package labels

import (
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// Match replaces a value of label that pattern matches as a whole, as in Prometheus's
// relabelling, by replacement, in which $1 and ${name} are the pattern's groups. Other values stay.
func Match(label, pattern, replacement string) Rule {
	return plainRule{spell("Match", label, pattern, replacement), func(d *draft) error {
		if err := checkLabel(label); err != nil {
			return err
		}
		// Compiled by itself first: the error should quote what the caller wrote, and a
		// pattern mustn't close the group that anchors it.
		if _, err := regexp.Compile(pattern); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
		re, err := regexp.Compile("^(?s:" + pattern + ")$")
		if err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
		if !utf8.ValidString(replacement) {
			return fmt.Errorf("replacement %q: want UTF-8", replacement)
		}
		l := d.label(label)
		l.matches = append(l.matches, match{re, replacement})
		return nil
	}}
}

type match struct {
	re          *regexp.Regexp
	replacement string
}

func (m match) rewrite(value string) (string, bool) {
	at := m.re.FindStringSubmatchIndex(value)
	if at == nil {
		return value, false
	}
	return string(m.re.ExpandString(nil, m.replacement, value, at)), true
}

// TemplateIDs replaces each segment of a path in label that looks like an identifier (digits,
// UUID, hash, token, address) by :id, and cuts off query and fragment. It is for paths
// whose templates aren't known: it can't see that /users/anna names a user.
func TemplateIDs(label string) Rule {
	return plainRule{spell("TemplateIDs", label), func(d *draft) error {
		if err := checkLabel(label); err != nil {
			return err
		}
		l := d.label(label)
		if l.ids {
			return errors.New("the label has this rule already")
		}
		l.ids = true
		return nil
	}}
}
