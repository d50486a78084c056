package config

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"
)

// relabelConfigs are Prometheus's own, read by its library. The keys are here for
// what the library doesn't do: nearest keys, lines, all faults at once.
func (s *Settings) relabelConfigs() list {
	return list{count: len(s.Relabel), begin: func() item {
		var keys section
		for _, k := range relabelKeys {
			keys = append(keys, entry{k.name, k})
		}
		return item{keys, func(r *reader, at place) {
			if !at.clean {
				return
			}
			var c relabel.Config
			err := at.node.Decode(&c)
			if err == nil {
				// UTF-8 as everywhere in the gateway, which is also Prometheus's default.
				err = c.Validate(model.UTF8Validation)
			}
			if err != nil {
				at.fault(r, "", "%s", libraryError(err))
				return
			}
			s.Relabel = append(s.Relabel, &c)
		}}
	}}
}

// relabelKey is a key that the library reads.
type relabelKey struct {
	name, unit, byDefault string
}

// relabelKeys are those of relabel.Config.
var relabelKeys = []relabelKey{
	{"source_labels", "list", "[]"},
	{"separator", "text", relabel.DefaultRelabelConfig.Separator},
	{"regex", "regular expression", relabel.DefaultRelabelConfig.Regex.String()},
	{"modulus", "number", "0"},
	{"target_label", "label name", ""},
	{"replacement", "text", relabel.DefaultRelabelConfig.Replacement},
	{"action", "name", string(relabel.DefaultRelabelConfig.Action)},
}

func (k relabelKey) read(r *reader, path string, n *yaml.Node) {
	if isNull(n) { // which one YAML library reads as empty, the next as the default
		r.fault(n, "%s: got nothing: want a value, or '' for an empty text", path)
		return
	}
	alone := yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: k.name}, n}}
	if err := alone.Decode(new(relabel.Config)); err != nil {
		r.fault(n, "%s: got %s: %s", path, describe(n), libraryError(err))
	}
}

func (k relabelKey) key() Key { return Key{Unit: k.unit, Default: k.byDefault} }

// libraryError is what a library says of a YAML value, without its own lines and prefixes.
func libraryError(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if _, after, ok := strings.Cut(text, "unmarshal errors:\n"); ok {
		first, _, _ := strings.Cut(after, "\n")
		if _, said, ok := strings.Cut(first, ": "); ok {
			return said
		}
		return first
	}
	return text
}
