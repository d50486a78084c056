package config

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// selectorExample is in quotes: YAML takes one without for a mapping.
const selectorExample = `label matchers in quotes, such as '{job="x"}'`

// selector is one of Prometheus's for series, here for grouping keys.
type selector struct {
	field *[]*labels.Matcher
}

func (v selector) read(r *reader, path string, n *yaml.Node) {
	text, ok := r.text(path, n, selectorExample)
	if !ok {
		return
	}
	matchers, err := parser.NewParser(parser.Options{}).ParseMetricSelector(text)
	if err != nil {
		r.fault(n, "%s: selector %s: %v; want %s", path, quote(text), err, selectorExample)
		return
	}
	if len(matchers) == 0 {
		r.fault(n, "%s: selector %s would match every group: want %s", path, quote(text), selectorExample)
	}
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel {
			r.fault(n, "%s: selector %s: groups have no metric name; want %s", path, quote(text), selectorExample)
			break
		}
	}
	*v.field = matchers
}

func (v selector) key() Key { return Key{Unit: "selector", Default: required} }

// required is the default of what has none.
const required = "required"

// needsMatch reports an item without its selector.
func (p place) needsMatch(r *reader) {
	if !p.has("match") {
		p.fault(r, "match", `no "match": want %s`, selectorExample)
	}
}
