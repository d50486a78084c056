package config

import "go.yaml.in/yaml/v3"

// value is what may stand behind a key: a section, a list or a single value.
type value interface {
	// read takes up what n says and reports what is wrong with it to r.
	read(r *reader, path string, n *yaml.Node)
}

// leaf is a value that isn't a section.
type leaf interface {
	value
	// key has the unit, the value and the default.
	key() Key
}

// entry is a key with what may stand behind it.
type entry struct {
	name string
	value
}

// section is a mapping of known keys. An empty one leaves all their defaults.
type section []entry

func (s section) read(r *reader, path string, n *yaml.Node) {
	s.mapping(r, path, n)
}

// mapping is read, which also returns the line of each key that was there.
func (s section) mapping(r *reader, path string, n *yaml.Node) map[string]int {
	lines := map[string]int{}
	if isNull(n) {
		return lines
	}
	if n.Kind != yaml.MappingNode {
		r.fault(n, "%sgot %s: want a mapping with keys such as %q", prefix(path), describe(n), s[0].name)
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := behind(n.Content[i]), n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			r.fault(n.Content[i], "%sgot %s as a key: want a name such as %q", prefix(path), describe(key), s[0].name)
			continue
		}
		s.readKey(r, path, n.Content[i], v, lines)
	}
	return lines
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
			r.set[full] = true
			e.read(r, full, follow(v))
			return
		}
	}
	r.fault(key, "unknown key %q: %s", full, s.suggest(r.root, path, name))
}

// walk calls visit for all keys below path, sections and lists before what is in them.
func (s section) walk(path string, visit func(path string)) {
	for _, e := range s {
		full := join(path, e.name)
		visit(full)
		switch below := e.value.(type) {
		case section:
			below.walk(full, visit)
		case list:
			below.begin().keys.walk(full, visit)
		}
	}
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
