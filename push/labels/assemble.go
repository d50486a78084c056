package labels

import (
	"cmp"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// metrics returns the family's metrics anew, sorted as gatherers sort them.
func (r *rewriter) metrics() []*dto.Metric {
	members := r.members()
	out := make([]*dto.Metric, 0, len(r.groups))
	for i := range r.groups {
		if g := &r.groups[i]; len(members[i]) > 0 {
			out = append(out, r.metric(g, members[i]))
		}
	}
	slices.SortFunc(out, compareMetrics)
	return out
}

// members returns the metrics of each group, in the order of the family.
func (r *rewriter) members() [][]int {
	for i := range r.groups {
		if g := &r.groups[i]; g.into != i {
			r.groups[g.into].size += g.size
			g.size = 0
		}
	}
	all := make([]int, len(r.sources))
	members := make([][]int, len(r.groups))
	for i := range r.groups {
		size := r.groups[i].size
		members[i], all = all[:0:size], all[size:]
	}
	for i, s := range r.sources {
		into := r.groups[s.group].into
		members[into] = append(members[into], i)
	}
	return members
}

// metric makes a series of one or several metrics.
func (r *rewriter) metric(g *group, members []int) *dto.Metric {
	first := r.family.Metric[members[0]]
	if s := r.sources[members[0]]; len(members) == 1 && s.same && r.groups[s.group].into == s.group {
		return first
	}
	parts := make([]*dto.Metric, len(members))
	for i, m := range members {
		parts[i] = withExemplar(r.family.Metric[m], r.sources[m].exemplar)
	}
	var made *dto.Metric
	if len(parts) == 1 {
		p := parts[0]
		made = &dto.Metric{Gauge: p.Gauge, Counter: p.Counter, Summary: p.Summary, Untyped: p.Untyped, Histogram: p.Histogram}
	} else {
		made = r.merge(parts)
	}
	made.Label, made.TimestampMs = labelPairs(g.labels), first.TimestampMs
	return made
}

func labelPairs(labels []Label) []*dto.LabelPair {
	pairs := make([]dto.LabelPair, len(labels))
	out := make([]*dto.LabelPair, len(labels))
	for i := range labels {
		pairs[i].Name, pairs[i].Value = &labels[i].Name, &labels[i].Value
		out[i] = &pairs[i]
	}
	return out
}

// compareMetrics orders as client_golang's gatherers do.
func compareMetrics(a, b *dto.Metric) int {
	if d := len(a.Label) - len(b.Label); d != 0 {
		return d
	}
	for i := range a.Label {
		if d := strings.Compare(a.Label[i].GetValue(), b.Label[i].GetValue()); d != 0 {
			return d
		}
	}
	// Series of one family that differ by names only are rare, but there are such.
	for i := range a.Label {
		if d := strings.Compare(a.Label[i].GetName(), b.Label[i].GetName()); d != 0 {
			return d
		}
	}
	return compareTimes(a, b)
}

// compareTimes puts no timestamp, which means now, last.
func compareTimes(a, b *dto.Metric) int {
	switch {
	case a.TimestampMs == nil && b.TimestampMs == nil:
		return 0
	case a.TimestampMs == nil:
		return 1
	case b.TimestampMs == nil:
		return -1
	}
	return cmp.Compare(*a.TimestampMs, *b.TimestampMs)
}
