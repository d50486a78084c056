package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// list is a sequence of mappings that all may have the same keys. An empty one is none.
type list struct {
	// begin returns a new item. One that nothing is read into leaves no trace.
	begin func() item
	end   func(r *reader) // checks the items against each other; nil if there is nothing to check
	count int             // of items, as read
}

// item is one mapping of a list.
type item struct {
	keys section
	// end checks what the keys say together, and keeps the item.
	end func(r *reader, at place)
}

// place is where in the file an item is.
type place struct {
	path  string
	node  *yaml.Node
	lines map[string]int // of its keys
	clean bool           // whether nothing is wrong with any of them
}

func (p place) has(key string) bool {
	_, ok := p.lines[key]
	return ok
}

// fault reports what is wrong at a key of the item, or with all of it if it doesn't have the key.
func (p place) fault(r *reader, key, format string, args ...any) {
	path, line := p.path, p.node.Line
	if l, ok := p.lines[key]; ok {
		path, line = join(path, key), l
	}
	r.faultAt(line, "%s: %s", path, fmt.Sprintf(format, args...))
}

func (l list) read(r *reader, path string, n *yaml.Node) {
	if !isList(r, path, n, fmt.Sprintf("mappings with keys such as %q", l.begin().keys[0].name)) {
		return
	}
	for _, alias := range n.Content {
		n, it := follow(alias), l.begin()
		if isNull(n) {
			r.fault(n, "%s: got an empty item: want a mapping with keys such as %q", path, it.keys[0].name)
			continue
		}
		before := len(r.faults)
		if lines := it.keys.mapping(r, path, n); lines != nil {
			it.end(r, place{path, n, lines, len(r.faults) == before})
		}
	}
	if l.end != nil {
		l.end(r)
	}
}

func (l list) key() Key {
	return Key{Unit: "list", Default: "[]", Count: l.count}
}

// isList reports whether n has items to be read, and that it should be a list if it is something else.
func isList(r *reader, path string, n *yaml.Node, of string) bool {
	if isNull(n) {
		return false
	}
	if n.Kind != yaml.SequenceNode {
		r.fault(n, "%s: got %s: want a list of %s", path, describe(n), of)
		return false
	}
	return true
}

// texts is a list of texts, none of them twice.
type texts struct {
	of    string // what one of them is
	add   func(r *reader, path string, n *yaml.Node, text string)
	value func() []string
	apart bool // whether no list says something else than an empty one
}

// names is a list of texts of any kind.
func names(field *[]string, of string) texts {
	return texts{
		of:    of,
		add:   func(_ *reader, _ string, _ *yaml.Node, text string) { *field = append(*field, text) },
		value: func() []string { return *field },
	}
}

func (v texts) read(r *reader, path string, n *yaml.Node) {
	if !isList(r, path, n, "texts, each "+v.of) {
		return
	}
	seen := map[string]bool{}
	for _, alias := range n.Content {
		n := follow(alias)
		text, ok := r.text(path, n, v.of)
		switch {
		case !ok:
		case seen[text]:
			r.fault(n, "%s: %s again: remove one", path, quote(text))
		default:
			seen[text] = true
			v.add(r, path, n, text)
		}
	}
}

func (v texts) key() Key {
	if v.apart {
		return Key{Unit: "list"}
	}
	return Key{Unit: "list", Value: "[" + strings.Join(v.value(), ", ") + "]", Default: "[]"}
}
