package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

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

func isNull(n *yaml.Node) bool { return n.ShortTag() == "!!null" }

// isWord reports whether n is this word. Quotes around it are no matter.
func isWord(n *yaml.Node, word string) bool {
	return n.Kind == yaml.ScalarNode && n.Value == word
}

// text reads a scalar that is text, whatever else YAML could take it for: a label's
// value may be 1 or true. It isn't empty.
func (r *reader) text(path string, n *yaml.Node, want string) (string, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) || n.Value == "" {
		r.fault(n, "%s: got %s: want %s", path, describe(n), want)
		return "", false
	}
	return n.Value, true
}

// quoted is how much of a value a message shows, in bytes.
const quoted = 60

func quote(text string) string {
	if len(text) > quoted {
		return fmt.Sprintf("%q…", strings.ToValidUTF8(text[:quoted], ""))
	}
	return fmt.Sprintf("%q", text)
}

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
	case len(n.Value) <= quoted && n.ShortTag() == "!!str":
		return "the text " + quote(n.Value)
	}
	return quote(n.Value)
}
