package config

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// resultName is what result families may be named.
type resultName struct{ field *string }

func (v resultName) read(r *reader, path string, n *yaml.Node) {
	const want = `a metric name of letters, digits, "_" and ":", such as "job:rows:1m"`
	text, ok := r.text(path, n, want)
	if !ok {
		return
	}
	if !expo.LegacyMetricName(text) {
		r.fault(n, "%s: got %s: want %s", path, quote(text), want)
		return
	}
	for _, own := range []string{"headgate_", "go_", "process_", "promhttp_", "pushgateway_"} {
		if strings.HasPrefix(text, own) {
			r.fault(n, "%s: got %s: the gateway's own metrics begin with %q; want %s", path, quote(text), own, want)
			return
		}
	}
	*v.field = text
}

func (v resultName) key() Key { return Key{Unit: "metric name", Default: required} }

// seriesExample is a selector for series. The name comes first in what people write.
const seriesExample = `a selector of series with a metric name, such as 'rows_total{env="prod"}'`

// seriesSelector is one of Prometheus's that names a metric.
type seriesSelector struct{ field *[]*labels.Matcher }

func (v seriesSelector) read(r *reader, path string, n *yaml.Node) {
	text, ok := r.text(path, n, seriesExample)
	if !ok {
		return
	}
	matchers, err := parser.NewParser(parser.Options{}).ParseMetricSelector(text)
	if err != nil {
		r.fault(n, "%s: selector %s: %v; want %s", path, quote(text), err, seriesExample)
		return
	}
	if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && !m.Matches("") }) {
		r.fault(n, "%s: selector %s puts values of different metrics together: want %s", path, quote(text), seriesExample)
		return
	}
	*v.field = matchers
}

func (v seriesSelector) key() Key { return Key{Unit: "selector", Default: required} }

// seconds is a duration of whole seconds.
type seconds struct {
	duration
	byDefault string
}

func (v seconds) read(r *reader, path string, n *yaml.Node) {
	if v.duration.read(r, path, n); *v.field%time.Second != 0 {
		r.fault(n, "%s: got %s: want whole seconds, such as 1s", path, quote(n.Value))
	}
}

func (v seconds) key() Key {
	k := v.duration.key()
	k.Default = v.byDefault
	return k
}

func resultLabels(field *[]string) texts {
	return texts{
		of: "a label name",
		add: func(r *reader, path string, n *yaml.Node, text string) {
			if !expo.LegacyLabelName(text) || strings.HasPrefix(text, "__") {
				r.fault(n, `%s: got %s: want a label name of letters, digits and "_", not beginning with "__"`, path, quote(text))
				return
			}
			*field = append(*field, text)
		},
		value: func() []string { return *field },
		apart: true,
	}
}

func outputs(field *[]aggregate.Output) texts {
	var words []string
	for o := range aggregate.Outputs {
		words = append(words, o.String())
	}
	return texts{
		of: "one of " + strings.Join(words, ", "),
		add: func(r *reader, path string, n *yaml.Node, text string) {
			i := slices.Index(words, text)
			switch {
			case text == "quantiles":
				r.fault(n, `%s: got "quantiles": want them in a list of their own, such as "quantiles: [0.5, 0.99]"`, path)
			case i < 0:
				r.fault(n, "%s: got %s: want one of %s", path, quote(text), strings.Join(words, ", "))
			default:
				*field = append(*field, aggregate.Output(i))
			}
		},
		value: func() (all []string) {
			for _, o := range *field {
				all = append(all, o.String())
			}
			return all
		},
	}
}

func quantiles(field *[]float64) texts {
	const of = "a number from 0 to 1"
	return texts{
		of: of,
		add: func(r *reader, path string, n *yaml.Node, text string) {
			q, err := strconv.ParseFloat(text, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				r.fault(n, "%s: got %s: want %s", path, quote(text), of)
				return
			}
			if q = math.Abs(q); slices.Contains(*field, q) {
				r.fault(n, "%s: %s again: remove one", path, quote(text))
				return
			}
			*field = append(*field, q)
		},
		value: func() (all []string) {
			for _, q := range *field {
				all = append(all, strconv.FormatFloat(q, 'g', -1, 64))
			}
			return all
		},
	}
}
