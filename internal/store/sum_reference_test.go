package store

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// refValue is a value of any type in whole numbers. A histogram is what was observed,
// of the values 0 to 8, and the buckets that are still known: some bounds, a native
// resolution, or both.
type refValue struct {
	n, sum int
	seen   [9]int
	bounds []int
	native bool
	schema int
	zeroTo int // the greatest value in the native zero bucket
}

// refNaN is the gauge that has no value.
const refNaN = -999

func (v refValue) metric(t expo.Type, labels []expo.Label) expo.Metric {
	m := expo.Metric{Labels: labels, Value: float64(v.n)}
	switch {
	case t == expo.Gauge && v.n == refNaN:
		m.Value = math.NaN()
	case t == expo.Summary:
		m.Value, m.Summary = 0, &expo.SummaryValue{Count: uint64(v.n), Sum: float64(v.sum)}
	case t == expo.Histogram:
		h := &expo.HistogramValue{Count: uint64(v.n), Sum: float64(v.sum)}
		for _, bound := range v.bounds {
			h.Buckets = append(h.Buckets, expo.Bucket{UpperBound: float64(bound), Count: uint64(v.upTo(bound))})
		}
		if !v.native || len(v.bounds) > 0 {
			h.Buckets = append(h.Buckets, expo.Bucket{UpperBound: math.Inf(1), Count: uint64(v.n)})
		}
		if v.native {
			h.Native = v.nativeBuckets()
		}
		m.Value, m.Histogram = 0, h
	}
	return m
}

// lines is how many lines of text a value has.
func (v refValue) lines(t expo.Type) int {
	switch t {
	case expo.Summary:
		return 2
	case expo.Histogram:
		return len(v.bounds) + 3 // +Inf, sum and count
	}
	return 1
}

func (v refValue) upTo(bound int) (n int) {
	for _, seen := range v.seen[:bound+1] {
		n += seen
	}
	return n
}

// plus is v and more of the same, false if they have no buckets in common.
func (v refValue) plus(more refValue) (refValue, bool) {
	fits := v.classic() && more.classic() && (len(v.bounds)+len(more.bounds) == 0 || len(common(v.bounds, more.bounds)) > 0)
	v.n += more.n
	v.sum += more.sum
	for i := range v.seen {
		v.seen[i] += more.seen[i]
	}
	v.bounds = common(v.bounds, more.bounds)
	v.native = v.native && more.native
	v.schema, v.zeroTo = min(v.schema, more.schema), max(v.zeroTo, more.zeroTo)
	return v, fits || v.native
}

// since is by how much a pusher's totals grew.
func (v refValue) since(last refValue) (grown refValue, reset bool) {
	grown = v
	grown.n -= last.n
	grown.sum -= last.sum
	grown.bounds = common(v.bounds, last.bounds)
	grown.native = v.native && last.native
	for i := range v.seen {
		grown.seen[i] -= last.seen[i]
	}
	classic := v.classic() && last.classic()
	noBound := len(v.bounds)+len(last.bounds) > 0 && len(grown.bounds) == 0
	if classic && (noBound || grown.fellBetweenBounds()) {
		return v, true
	}
	if grown.native && (v.schema > last.schema || v.zeroTo < last.zeroTo || grown.fellInNative()) {
		return v, true
	}
	return grown, grown.n < 0 || !classic && !grown.native
}

func (v refValue) fellBetweenBounds() bool {
	below := 0
	for _, bound := range v.bounds {
		if v.upTo(bound) < below {
			return true
		}
		below = v.upTo(bound)
	}
	return v.n < below
}

func common(a, b []int) (both []int) {
	for _, bound := range a {
		if slices.Contains(b, bound) {
			both = append(both, bound)
		}
	}
	return both
}

// together is a gauge of two, or of one if the other has none.
func together(policy aggregate.Gauges, a, b refValue) refValue {
	switch {
	case policy == aggregate.Last || a.n == refNaN:
		return b
	case b.n == refNaN:
		return a
	case policy == aggregate.Sum:
		return refValue{n: a.n + b.n}
	case policy == aggregate.Min:
		return refValue{n: min(a.n, b.n)}
	}
	return refValue{n: max(a.n, b.n)}
}

type refSeries struct {
	labels  []expo.Label
	value   refValue
	created int64
}

type refFamily struct {
	typ     expo.Type
	help    string
	hasHelp bool
	series  map[string]refSeries // by labels as text
}

func (f *refFamily) lines() (n int) {
	for _, s := range f.series {
		n += s.value.lines(f.typ)
	}
	return n
}

func (s refSeries) text(name string, t expo.Type) string {
	return string(expo.AppendSamples(nil, &expo.Family{Name: name, Type: t, Metrics: []expo.Metric{s.value.metric(t, s.labels)}}))
}

type refLast struct {
	refValue
	typ    expo.Type
	gauges aggregate.Gauges
}

type refPusher struct {
	epoch uint64
	until int64
	last  map[lastKey]refLast
}

type refGroup struct {
	key          string
	mode         Mode
	families     map[string]*refFamily
	pushers      map[string]*refPusher
	contributors map[string]Contributor
	pushed, fail int64
	ttl          int64
}

func newRefGroup(key string) *refGroup {
	return &refGroup{key: key, families: map[string]*refFamily{}, pushers: map[string]*refPusher{}, contributors: map[string]Contributor{}}
}

func (g *refGroup) clone() *refGroup {
	c := *g
	c.families, c.pushers, c.contributors = map[string]*refFamily{}, map[string]*refPusher{}, maps.Clone(g.contributors)
	for name, f := range g.families {
		own := *f
		own.series = maps.Clone(f.series)
		c.families[name] = &own
	}
	for name, p := range g.pushers {
		own := *p
		own.last = maps.Clone(p.last)
		c.pushers[name] = &own
	}
	return &c
}

func (g *refGroup) lines() int {
	if g == nil {
		return 0
	}
	n := ownSeries
	for _, f := range g.families {
		n += f.lines()
	}
	return n
}

func (g *refGroup) job() string { return jobOfKey(g.key) }

func (g *refGroup) deadline() int64 {
	from := g.pushed
	if from == 0 {
		from = g.fail
	}
	if g.ttl == 0 {
		return math.MaxInt64
	}
	return from + g.ttl
}

// gauge is a gauge over the pushers that have it.
func (g *refGroup) gauge(k lastKey, policy aggregate.Gauges) (total refValue, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(g.pushers)) {
		if last, has := g.pushers[name].last[k]; has {
			if !ok {
				total, ok = last.refValue, true
			} else {
				total = together(policy, total, last.refValue)
			}
		}
	}
	return total, ok
}

// leave takes away what a pusher pushed last.
func (g *refGroup) leave(name string) {
	last := g.pushers[name].last
	delete(g.pushers, name)
	for k, v := range last {
		if v.typ != expo.Gauge || v.gauges == aggregate.Last {
			continue
		}
		if total, ok := g.gauge(k, v.gauges); ok {
			f := g.families[k.family]
			f.series[k.labels] = refSeries{labels: f.series[k.labels].labels, value: total}
		}
	}
}

// shown is one block of the exposition.
type shown struct {
	labels []expo.Label
	group  string // "" for a group's own block, which stands before
	text   string
}

func compareShown(a, b shown) int {
	if c := compareExposed(a.labels, b.labels); c != 0 {
		return c
	}
	return strings.Compare(a.group, b.group)
}
