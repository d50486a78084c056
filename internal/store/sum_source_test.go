package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// sumSource makes pushes as clients that retry, overtake each other, restart and
// disagree would, and whatever else happens to groups.
type sumSource struct {
	rng     *rand.Rand
	totals  map[totalKey]refValue
	epochs  map[string]uint64
	numbers map[string]uint64 // of producers
	sent    []*refPush
	utf8    bool // whether there are UTF-8 names: they are checked in each spelling
}

// totalKey is one series of one pusher.
type totalKey struct {
	pusher, group, family, series string
	typ                           expo.Type
}

func newSumSource(rng *rand.Rand) *sumSource {
	return &sumSource{rng: rng, totals: map[totalKey]refValue{}, epochs: map[string]uint64{}, numbers: map[string]uint64{}, utf8: rng.IntN(4) == 0}
}

func (u *sumSource) chance(in int) bool { return u.rng.IntN(in) == 0 }

func (u *sumSource) next(w *refWorld, step int) *refPush {
	undo := Undo{ID: fmt.Sprintf("id%d", step), Window: time.Duration(5+u.rng.IntN(30)) * time.Second, Bytes: 1 << 40}
	switch n := u.rng.IntN(50); {
	case n == 0:
		return &refPush{change: &Change{Kind: KindClear, Undo: undo}}
	case n < 4:
		keys := slices.Sorted(maps.Keys(w.groups))
		return &refPush{change: &Change{Kind: KindRemove, Undo: undo, Keys: keys[:u.rng.IntN(len(keys)+1)]}}
	case n < 7:
		return &refPush{change: &Change{Kind: KindUndo, Most: 1000}}
	case n < 11:
		return &refPush{change: &Change{Kind: KindExpire, Most: 1 + u.rng.IntN(4)}}
	case n < 18 && len(u.sent) > 0:
		return u.sent[len(u.sent)-1-u.rng.IntN(min(len(u.sent), 12))] // a retry
	}
	p := u.push(step)
	u.sent = append(u.sent, p)
	return p
}

// group is one of few, each mostly of one mode.
func (u *sumSource) group() (key string, mode Mode) {
	i := u.rng.IntN(5)
	labels := []expo.Label{{Name: "job", Value: []string{"a", "b", "c", "a", "b"}[i]}}
	if i > 2 {
		labels = append(labels, expo.Label{Name: "x", Value: "1"}) // shows what the others may
	}
	mode = []Mode{Delta, Cumulative, Cumulative, Keep, Delta}[i]
	if u.chance(15) {
		mode = Mode(u.rng.IntN(int(modes)))
	}
	return KeyOf(labels), mode
}

func (u *sumSource) push(step int) *refPush {
	key, mode := u.group()
	c := &Change{Kind: KindPush, Key: key, Terms: Terms{Summing: Summing{Mode: mode}}}
	p := &refPush{change: c}
	if mode == Cumulative {
		u.pusher(&c.Terms.Summing)
	}
	if mode != Keep {
		u.once(&c.Terms.Once, step)
	}
	if u.chance(3) {
		c.Terms.TTL = time.Duration(5+u.rng.IntN(20)) * time.Second
	}
	for id := range c.Terms.Limits.Max {
		if u.chance(12) {
			c.Terms.Limits.Max[id] = int64(1 + u.rng.IntN(30))
			c.Terms.Limits.DryRun[id] = u.chance(4)
		}
	}
	for _, f := range sumFamilies {
		if u.chance(4) && (u.utf8 || spelledAlike[f.name] == "") {
			u.family(p, f)
		}
	}
	return p
}

var sumFamilies = []refPushed{
	{name: "c", typ: expo.Counter}, {name: "gl", typ: expo.Gauge}, {name: "gm", typ: expo.Gauge, gauges: aggregate.Min},
	{name: "gs", typ: expo.Gauge, gauges: aggregate.Sum}, {name: "gx", typ: expo.Gauge, gauges: aggregate.Max},
	{name: "h", typ: expo.Histogram}, {name: "n", typ: expo.Histogram}, {name: "s", typ: expo.Summary},
	{name: "u.total", typ: expo.Counter},
}

// spelledAlike are names that are one to a scraper that asks for escaped names, so that
// only one of them may be shown.
var spelledAlike = map[string]string{"u.total": "u_total", "u_total": "u.total"}

// pusher names who pushes totals. It may begin a new life, or push late from an old one.
func (u *sumSource) pusher(s *Summing) {
	s.Pusher = pick(u.rng, "p", "q", "r")
	if s.Pusher != "r" { // who has no epochs
		if u.chance(12) {
			u.epochs[s.Pusher]++
		}
		s.Epoch = u.epochs[s.Pusher]
		if s.Epoch > 0 && u.chance(15) {
			s.Epoch--
		}
	}
	if u.chance(2) {
		s.Idle = int64(3+u.rng.IntN(12)) * 1e9
	}
}

// once numbers a push, or gives it a key.
func (u *sumSource) once(o *Once, step int) {
	o.Retention = time.Duration(5+u.rng.IntN(60)) * time.Second
	if u.chance(4) {
		o.Key = fmt.Sprintf("k%d", step-u.rng.IntN(3))
		return
	}
	q := Sequence{Producer: pick(u.rng, "", "x", "y"), Epoch: 1}
	if q.Producer == "" {
		return
	}
	if u.chance(20) {
		q.Epoch = uint64(u.rng.IntN(4))
	}
	steps := []uint64{1, 1, 1, 1, 2, 3, 700, Window, Window + 1}
	q.Number = u.numbers[q.Producer] + steps[u.rng.IntN(len(steps))]
	u.numbers[q.Producer] = q.Number
	if u.chance(3) { // what was overtaken
		back := []uint64{1, 2, 3, 700, Window - 1, Window, Window + 1}
		q.Number -= min(q.Number-1, back[u.rng.IntN(len(back))])
	}
	o.Sequence, o.First = q, u.chance(3)
}

func (u *sumSource) family(p *refPush, f refPushed) {
	c := p.change
	summed := c.Terms.Summing.Mode != Keep
	if u.chance(40) {
		f.typ = expo.Counter
	}
	if other := spelledAlike[f.name]; other != "" && u.chance(20) {
		f.name = other
	}
	if u.chance(40) {
		f.gauges = aggregate.Gauges(u.rng.IntN(4))
	}
	for _, x := range []string{"", "1", "2"}[u.rng.IntN(3):] {
		s := refSeries{labels: sumLabels(c.Key, x, u.utf8)}
		if len(f.series) > 0 && seriesKey(f.series[len(f.series)-1].labels) == seriesKey(s.labels) {
			continue
		}
		s.value = u.value(p, &f, seriesKey(s.labels))
		f.series = append(f.series, s)
	}
	fc := FamilyChange{Name: f.name, Type: f.typ, Gauges: f.gauges}
	if u.chance(2) {
		fc.HasHelp, fc.Help = true, pick(u.rng, "one", "two")
	}
	of := expo.Family{Name: f.name, Type: f.typ}
	for _, s := range f.series {
		m := s.value.metric(f.typ, s.labels)
		if summed && f.typ == expo.Summary {
			m.Summary.Quantiles = []expo.Quantile{{Quantile: 0.5, Value: 7}}
		}
		of.Metrics = append(of.Metrics, m)
	}
	fc.Text = string(expo.AppendSamples(nil, &of))
	native := slices.ContainsFunc(f.series, func(s refSeries) bool { return s.value.native })
	if native || summed && f.typ != expo.Gauge && u.chance(3) {
		for i := range of.Metrics {
			of.Metrics[i].Created = &expo.Timestamp{Seconds: 5}
		}
		fc.Rich = string(expo.AppendProtoMetrics(nil, &of))
	}
	c.Families = append(c.Families, fc)
	p.families = append(p.families, f)
}

var sumBounds = [][]int{{1, 2, 5}, {1, 2, 5}, {1, 2, 5}, {1, 5}, {5}, {3}}

// value is an increment, a total of a pusher that may have begun anew, or a gauge.
func (u *sumSource) value(p *refPush, f *refPushed, series string) refValue {
	if f.typ == expo.Gauge {
		return refValue{n: []int{refNaN, -2, -1, 0, 1, 2, 3}[u.rng.IntN(7)]}
	}
	var v refValue
	s := &p.change.Terms.Summing
	name := totalKey{s.Pusher, p.change.Key, f.name, series, f.typ}
	if s.Mode == Cumulative && !u.chance(12) {
		v = u.totals[name]
	}
	for range u.rng.IntN(4) {
		at := u.rng.IntN(len(v.seen))
		v.n++
		v.sum += at - 2
		if f.typ == expo.Histogram {
			v.seen[at]++
		}
	}
	if f.typ == expo.Histogram {
		u.buckets(f.name, &v)
	}
	u.totals[name] = v
	return v
}

// buckets are those of a client that is mostly as the others are.
func (u *sumSource) buckets(family string, v *refValue) {
	v.bounds, v.native, v.schema, v.zeroTo = nil, family == "n" || u.chance(20), 1, 1
	if v.native && u.chance(6) { // each threshold is a bound of each resolution
		v.schema, v.zeroTo = u.rng.IntN(4)-1, []int{0, 1, 4}[u.rng.IntN(3)]
	}
	if family != "n" || u.chance(8) {
		v.bounds = sumBounds[u.rng.IntN(len(sumBounds))]
	}
}
