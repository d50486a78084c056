package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// value is what may stand behind a key: a section or a limit.
type value interface {
	// read takes up what n says and reports what is wrong with it to r.
	read(r *reader, path string, n *yaml.Node)
}

// entry is a key with what may stand behind it.
type entry struct {
	name string
	value
}

// section is a mapping of known keys. An empty one leaves all their defaults.
type section []entry

func (s section) read(r *reader, path string, n *yaml.Node) {
	if n.ShortTag() == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.fault(n, "%sgot %s: want a mapping with keys such as %q", prefix(path), describe(n), s[0].name)
		return
	}
	lines := map[string]int{} // of the keys seen
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := behind(n.Content[i]), n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			r.fault(n.Content[i], "%sgot %s as a key: want a name such as %q", prefix(path), describe(key), s[0].name)
			continue
		}
		s.readKey(r, path, n.Content[i], v, lines)
	}
}

func (s section) readKey(r *reader, path string, key, v *yaml.Node, lines map[string]int) {
	name := behind(key).Value
	full := join(path, name)
	if first, again := lines[name]; again {
		r.fault(key, "key %q again: line %d has it already, remove one", full, first)
		return
	}
	lines[name] = key.Line
	if behind(key).ShortTag() == "!!merge" {
		r.fault(key, "merge key %q: write the merged keys out", full)
		return
	}
	for _, e := range s {
		if e.name == name {
			e.read(r, full, follow(v))
			return
		}
	}
	r.fault(key, "unknown key %q: %s", full, s.suggest(r.root, path, name))
}

// walk calls visit for all keys below path, sections before what is in them.
func (s section) walk(path string, visit func(path string, v value)) {
	for _, e := range s {
		full := join(path, e.name)
		visit(full, e.value)
		if below, ok := e.value.(section); ok {
			below.walk(full, visit)
		}
	}
}

// limitValue is a whole number above 0, or 0 for its default.
type limitValue struct {
	field     *int64
	byDefault int64
	most      int64
	unit      string
}

func (l limitValue) read(r *reader, path string, n *yaml.Node) {
	var got int64
	// The tag is looked at too, since Decode would cut 1.5 down to 1.
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || n.Decode(&got) != nil || got < 0 || got > l.most {
		r.fault(n, "%sgot %s: want a whole number of %s from 1 to %d, or 0 for the default of %d",
			prefix(path), describe(n), l.unit, l.most, l.byDefault)
		return
	}
	*l.field = got
}

// behind returns the node that an alias stands for, n itself if it is none.
func behind(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// follow is behind with the alias's line, which is where its fault is.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.AliasNode {
		return n
	}
	meant := *n.Alias
	meant.Line = n.Line
	return &meant
}

// quoted is how much of a value a message shows, in bytes.
const quoted = 60

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch {
	case n.Value == "" && n.Style == 0:
		return "nothing"
	case len(n.Value) > quoted:
		return fmt.Sprintf("%q…", strings.ToValidUTF8(n.Value[:quoted], ""))
	case n.ShortTag() == "!!str":
		return fmt.Sprintf("the text %q", n.Value)
	}
	return fmt.Sprintf("%q", n.Value)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func prefix(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}
