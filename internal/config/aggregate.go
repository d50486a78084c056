package config

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/store"
)

func (s *Settings) aggregate() list {
	return list{count: len(s.Aggregate), begin: func() item {
		var a ingest.Aggregation
		return item{section{
			{"match", selector{&a.Match}},
			{"mode", choice[store.Mode]{&a.Mode, "", []word[store.Mode]{{"delta", store.Delta}, {"cumulative", store.Cumulative}}}},
			{"pusher_label", labelName{field: &a.PusherLabel, optional: true}},
			{"pusher_idle", duration{field: &a.PusherIdle, byDefault: ingest.DefaultPusherIdle}},
			{"gauges", gauges(&a)},
		}, func(r *reader, at place) {
			at.needsMatch(r)
			if at.clean && a.Mode == store.Keep && a.PusherLabel == "" && a.PusherIdle == 0 && len(a.Gauges) == 0 {
				at.fault(r, "", `a rule that says nothing: want "mode", "pusher_label", "pusher_idle" or "gauges"`)
			}
			if a.PusherLabel == "job" {
				at.fault(r, "pusher_label", `got "job", which names the sum: want a label that each pusher has a value of its own for, such as "instance"`)
			}
			s.Aggregate = append(s.Aggregate, a)
		}}
	}}
}

// gauges are the rules for gauges to which several push.
func gauges(a *ingest.Aggregation) list {
	return list{count: len(a.Gauges), begin: func() item {
		var g ingest.GaugeRule
		return item{section{
			{"metric", metricRegexp{&g.Metric}},
			{"as", choice[aggregate.Gauges]{&g.As, "last", []word[aggregate.Gauges]{
				{"last", aggregate.Last}, {"sum", aggregate.Sum}, {"min", aggregate.Min}, {"max", aggregate.Max},
			}}},
		}, func(r *reader, at place) {
			if !at.has("metric") {
				at.fault(r, "metric", `no "metric": want a regular expression for names of gauges, such as "queue_.*"`)
			}
			if at.clean {
				a.Gauges = append(a.Gauges, g)
			}
		}}
	}}
}

// metricRegexp is a regular expression that metric names match as a whole.
type metricRegexp struct{ field **labels.Matcher }

func (v metricRegexp) read(r *reader, path string, n *yaml.Node) {
	const want = `a regular expression for names of gauges, such as "queue_.*"`
	text, ok := r.text(path, n, want)
	if !ok {
		return
	}
	m, err := labels.NewMatcher(labels.MatchRegexp, model.MetricNameLabel, text)
	if err != nil {
		r.fault(n, "%s: got %s: %v; want %s", path, quote(text), err, want)
		return
	}
	*v.field = m
}

func (v metricRegexp) key() Key { return Key{Unit: "regular expression", Default: required} }
