package labels

import (
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Gatherer returns what g gathers with the policy applied. It doesn't change
// what g returns; what it returns itself shares memory with that and must not be changed
// either. A family that no rule changes is passed on as it is.
//
// Series that become equal are merged: counters add up; histograms add up by
// bucket, with different bounds in the buckets they have in common, native ones at the coarsest
// resolution; of summaries count and sum add up and the quantiles go; gauges and
// untyped values as MergeGauges says. Samples with different timestamps stay apart.
// When one of the series merged goes away, what they add up to goes back, as after a restart.
//
// Of a metric with a Cap the series seen first stay, from gather to gather. While
// there is a series for the rest, no other leaves it, even if a place becomes
// free: the series for the rest would go back.
//
// The grouping is the key that the series are pushed under, with job, if they are. A label
// that says nothing else than the key, or nothing at all, is left out after all rules.
//
// An error of g is returned with what could be gathered. The Gatherer is safe for
// concurrent use, and remembers a few bytes for each series within a Cap.
func (p *Policy) Gatherer(g prometheus.Gatherer, grouping ...Label) prometheus.Gatherer {
	return &gatherer{policy: p, from: g, key: slices.Clone(grouping), kept: map[string]*kept{}}
}

type gatherer struct {
	policy *Policy
	from   prometheus.Gatherer
	key    groupingKey

	mu   sync.Mutex       // guards kept and all it leads to; never held while from gathers
	kept map[string]*kept // by metric
}

// Gather gathers and applies the policy.
func (g *gatherer) Gather() ([]*dto.MetricFamily, error) {
	families, err := g.from.Gather()
	out := make([]*dto.MetricFamily, len(families))
	r := rewriter{key: g.key}
	for i, f := range families {
		out[i] = g.rewrite(&r, f)
	}
	g.forget(families)
	return out, err
}

func (g *gatherer) rewrite(r *rewriter, f *dto.MetricFamily) *dto.MetricFamily {
	if g.policy.plan(f.GetName()).idle() && !g.key.saysOf(f) {
		return f
	}
	r.begin(g.policy, f)
	if limit := g.policy.Limit(f.GetName()); limit > 0 {
		g.mu.Lock()
		r.limit(g.keptOf(f.GetName()), limit)
		g.mu.Unlock()
	}
	if !r.changed {
		return f
	}
	return &dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type, Unit: f.Unit, Metric: r.metrics()}
}
