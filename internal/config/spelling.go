package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// spelling is another name for a label or a value.
type spelling struct {
	path string
	line int
	text string
	of   string // the canonical one; "" if the file doesn't say it
}

// spellings are all names for the labels, or for the values of one label.
type spellings struct {
	kind   string // "label" or "value"
	order  []string
	lines  map[string]int // of the canonical ones
	others []spelling
}

// canonical takes up a canonical name, which may come only once.
func (s *spellings) canonical(r *reader, path, text string, line int) bool {
	if first, again := s.lines[text]; again {
		r.faultAt(line, "%s: %s again: line %d has it already, make it one", path, quote(text), first)
		return false
	}
	if s.lines == nil {
		s.lines = map[string]int{}
	}
	s.lines[text] = line
	s.order = append(s.order, text)
	return true
}

// check reports what has two meanings, once all are known.
func (s *spellings) check(r *reader) {
	seen := map[string]spelling{}
	for _, o := range s.others {
		first, again := seen[o.text]
		line, canonical := s.lines[o.text]
		text := ""
		switch {
		case o.text == o.of:
			text = fmt.Sprintf("%s is the %s itself: remove it", quote(o.text), s.kind)
		case canonical:
			text = fmt.Sprintf("%s is a %s of its own in line %d: remove one", quote(o.text), s.kind, line)
		case again:
			text = fmt.Sprintf("%s is another name for %s already, in line %d: remove one", quote(o.text), quote(first.of), first.line)
		default:
			seen[o.text] = o
			continue
		}
		r.faultAt(o.line, "%s: %s", o.path, text)
	}
}

// canonicalOf returns what the text is another name for.
func (s *spellings) canonicalOf(text string) (string, bool) {
	for _, o := range s.others {
		if o.text == text {
			return o.of, true
		}
	}
	return "", false
}

// values are canonical values with their other spellings.
type values struct {
	term *term
}

func (v values) read(r *reader, path string, n *yaml.Node) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.fault(n, "%s: got %s: want a mapping of values to lists of other spellings, such as {production: [prod, prd]}", path, describe(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v.readValue(r, path, follow(n.Content[i]), follow(n.Content[i+1]))
	}
}

func (v values) readValue(r *reader, path string, key, n *yaml.Node) {
	if key.ShortTag() == "!!merge" {
		r.fault(key, "%s: merge key: write the merged values out", path)
		return
	}
	t := v.term
	canonical, ok := r.text(path, key, "a label's value")
	if !ok || !t.values.canonical(r, path, canonical, key.Line) {
		return
	}
	if t.Values == nil {
		t.Values = map[string][]string{}
	}
	t.Values[canonical] = nil
	texts{of: "a label's value", add: func(_ *reader, path string, n *yaml.Node, text string) {
		t.Values[canonical] = append(t.Values[canonical], text)
		t.values.others = append(t.values.others, spelling{path, n.Line, text, canonical})
	}}.read(r, path, n)
}

func (v values) key() Key { return Key{Unit: "mapping", Default: "{}"} }

// labelName is one that a series may have.
type labelName struct {
	field    *string
	optional bool
}

func (v labelName) read(r *reader, path string, n *yaml.Node) {
	text, ok := r.text(path, n, labelExample)
	if ok && isLabelName(r, path, n, text) {
		*v.field = text
	}
}

func (v labelName) key() Key {
	if v.optional {
		return Key{Unit: "label name"}
	}
	return Key{Unit: "label name", Default: required}
}

const labelExample = `a label name such as "env", best of letters, digits and "_"`

// isLabelName reports whether a series that is stored may have the label, and if not why.
func isLabelName(r *reader, path string, n *yaml.Node, text string) bool {
	if !strings.HasPrefix(text, "__") { // all else is valid: YAML's text is UTF-8
		return true
	}
	r.fault(n, `%s: got %s: names that begin with "__" are gone when the vocabulary is applied; want %s, or a rule in "relabel_configs"`,
		path, quote(text), labelExample)
	return false
}
