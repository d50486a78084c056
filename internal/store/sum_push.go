package store

import (
	"fmt"
	"strings"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// Summing says how a push is added up. The zero value is a push that isn't.
type Summing struct {
	Mode Mode
	// Pusher is whose totals a cumulative push holds.
	Pusher string
	// Epoch is which of its lives a pusher is in, 0 if it doesn't say.
	Epoch uint64
	// Idle is how long after its last push a pusher counts as gone, 0 for never.
	Idle int64 // nanoseconds
}

// planned is a series as a push would leave it.
type planned struct {
	family     int // index in the change
	key        string
	labels     []expo.Label // of a new series
	text, rich string
	lines      int64 // more than the series had before
	// last is what the pusher is remembered by, in cumulative mode.
	last lastValue
}

// summer works out what a push makes of a sum before it changes anything. There is one
// for each store: what its parsers have grown is most of what a small push would allocate.
type summer struct {
	s       *Store
	g       *group
	c       *Change
	t       int64
	pusher  *pusher
	pushed  expo.Parser // of the push
	present expo.Parser // of the sum
	before  expo.Parser // of what pushers pushed last
	plan    []planned
	fresh   strings.Builder // text of a family's new series
}

// addUp takes a push that is added to a sum. Like push it checks all before it changes
// anything.
func (s *Store) addUp(it *Item) error {
	c := it.Change
	g := s.groups[c.Key]
	if g.expired(it.Time) {
		s.dropExpired(g)
		g = nil
	}
	defer s.tidy()
	w, err := s.plan(g, it)
	if err != nil {
		s.refuse(c, it.Time)
		return err
	}
	if g == nil {
		if g = s.newGroup(c.Key, 0); g == nil {
			return s.sameExposure(c.Key)
		}
	}
	w.g = g
	s.preserve(g)
	if g.sum() == nil {
		g.begin(c.Terms.Summing.Mode)
	}
	w.apply()
	s.succeed(g, it.Time)
	s.settle(g, &c.Terms, it.Seq)
	return nil
}

// plan works out what a push makes of the group's sum, and whether it may. It changes nothing.
func (s *Store) plan(g *group, it *Item) (*summer, error) {
	w := &s.summer
	w.s, w.g, w.c, w.t, w.plan = s, g, it.Change, it.Time, w.plan[:0]
	w.pusher = g.sum().pusher(it.Change.Terms.Summing.Pusher)
	err := w.prepare()
	if err == nil {
		it.Over, err = w.checkLimits(it.Over)
	}
	return w, err
}

// tidy lets go of the push, and of what a large one has grown.
func (w *summer) tidy(most int) {
	if cap(w.plan) > most {
		*w = summer{}
		return
	}
	clear(w.plan[:cap(w.plan)])
	w.g, w.c, w.pusher = nil, nil, nil
	w.fresh.Reset()
}

// prepare makes the plan. An error leaves everything as it was.
func (w *summer) prepare() error {
	if err := w.checkMode(); err != nil {
		return err
	}
	if err := w.checkEpoch(); err != nil {
		return err
	}
	w.s.match(nil, w.c)
	for i := range w.c.Families {
		if err := w.family(i); err != nil {
			return err
		}
	}
	return nil
}

// checkLimits is Store.checkLimits for what the plan adds.
func (w *summer) checkLimits(over []OverLimit) ([]OverLimit, error) {
	if w.c.Terms.Limits == (Limits{}) {
		return over, nil
	}
	var sum weighing
	sum.begin(w.s, w.g, w.c)
	u := w.g.sum()
	rest := w.plan // in the order of the families
	for i := range w.c.Families {
		name, grows := w.c.Families[i].Name, int64(0)
		for len(rest) > 0 && rest[0].family == i {
			grows += rest[0].lines
			rest = rest[1:]
		}
		lines := grows
		if u != nil && u.families[name] != nil {
			lines += u.families[name].lines
		}
		sum.after += grows
		if sum.peak = max(sum.peak, lines); grows > 0 && lines > sum.most {
			sum.family, sum.most = name, lines
		}
	}
	return w.s.judge(&sum, &w.c.Terms.Limits, over)
}

func (w *summer) checkMode() error {
	want := w.c.Terms.Summing.Mode
	if has := w.g.mode(); w.g != nil && has != want && (has != Keep || len(w.g.held) > 0) {
		return modeConflict(w.c.Key, has, want)
	}
	return nil
}

func modeConflict(key string, has, want Mode) error {
	return &ConflictError{"mode", fmt.Sprintf("group %s has pushes with aggregate %s, and this one is with %s: push to another group, or delete this one first",
		formatKey(key), has, want)}
}

func (w *summer) checkEpoch() error {
	if p, q := w.pusher, w.c.Terms.Summing; p != nil && q.Epoch < p.epoch {
		return &SequenceError{true, fmt.Sprintf("pusher %q is in epoch %d, this push is of epoch %d", q.Pusher, p.epoch, q.Epoch)}
	}
	return nil
}

func (w *summer) family(i int) error {
	fc := &w.c.Families[i]
	var sf *sumFamily
	if u := w.g.sum(); u != nil {
		sf = u.families[fc.Name]
	}
	if err := w.checkFamily(fc, sf); err != nil {
		return err
	}
	f := expo.Family{Name: fc.Name, Type: fc.Type}
	if err := readMetrics(&w.pushed, &f, fc.Text, fc.Rich); err != nil {
		return err
	}
	w.fresh.Reset()
	for j := range f.Metrics {
		if err := w.metric(i, sf, &f.Metrics[j]); err != nil {
			return &ConflictError{"sum", fmt.Sprintf("%s%s: %v", fc.Name, seriesKey(f.Metrics[j].Labels), err)}
		}
	}
	if w.fresh.Len() == 0 {
		return nil
	}
	return w.s.checkSeries(w.g, w.c, &FamilyChange{Name: fc.Name, Type: fc.Type, Text: w.fresh.String()})
}

// checkFamily holds a family to its type and name, as check does.
func (w *summer) checkFamily(fc *FamilyChange, sf *sumFamily) error {
	if sf != nil {
		if t := sf.meta.family.Type; t != fc.Type {
			return &ConflictError{"type", fmt.Sprintf("metric family %s has type %s here, and the sum in this group has type %s: push it as that, or delete the group",
				fc.Name, fc.Type, t)}
		}
		return nil
	}
	if err := w.s.checkType(fc, nil); err != nil {
		return err
	}
	return w.s.checkNames(w.g, w.c, fc)
}

// metric plans one series.
func (w *summer) metric(i int, sf *sumFamily, m *expo.Metric) error {
	fc := &w.c.Families[i]
	p := planned{family: i, key: seriesKey(m.Labels)}
	var total *expo.Metric
	var err error
	if sf != nil && sf.series[p.key] != nil {
		if total, err = sf.series[p.key].metric(&w.present); err != nil {
			return err
		}
	}
	sum, err := w.add(&p, fc, total, m)
	if err != nil {
		return err
	}
	if total == nil {
		p.labels = cloneLabels(m.Labels)
		sum.Created = w.created(fc.Type)
	}
	p.text, p.rich = render(fc.Name, fc.Type, &sum)
	p.lines = int64(countLines(p.text))
	if total != nil {
		p.lines -= int64(countLines(sf.series[p.key].Text()))
	} else {
		w.fresh.WriteString(p.text)
	}
	w.plan = append(w.plan, p)
	return nil
}

// add is the total with a pushed metric.
func (w *summer) add(p *planned, fc *FamilyChange, total, m *expo.Metric) (sum expo.Metric, err error) {
	if w.c.Terms.Summing.Mode == Delta {
		return aggregate.Add(fc.Type, fc.Gauges, total, m)
	}
	p.last = lastValue{typ: fc.Type, gauges: fc.Gauges}
	p.last.text, p.last.rich = render(fc.Name, fc.Type, m)
	k := lastKey{fc.Name, p.key}
	if isGauge(fc.Type) {
		if fc.Gauges == aggregate.Last {
			return aggregate.Add(fc.Type, aggregate.Last, total, m)
		}
		return w.gauge(k, &p.last, m)
	}
	var last *expo.Metric
	if w.pusher != nil && w.pusher.epoch == w.c.Terms.Summing.Epoch {
		if v, ok := w.pusher.last[k]; ok {
			if last, err = v.metric(&w.before, fc.Name); err != nil {
				return sum, err
			}
		}
	}
	increment, reset, err := aggregate.Difference(fc.Type, last, m)
	if err != nil {
		return sum, err
	}
	if reset && last != nil && w.c.Terms.Summing.Epoch != 0 {
		return sum, fmt.Errorf("it fell within epoch %d of pusher %q: want a later epoch for a new life", w.c.Terms.Summing.Epoch, w.c.Terms.Summing.Pusher)
	}
	return aggregate.Add(fc.Type, fc.Gauges, total, &increment)
}

func (w *summer) gauge(k lastKey, v *lastValue, m *expo.Metric) (expo.Metric, error) {
	u := w.g.sum()
	if u == nil {
		u = &sums{}
	}
	total, err := u.together(&w.before, k, v, w.c.Terms.Summing.Pusher, m)
	if err != nil {
		return expo.Metric{}, err
	}
	return *total, nil
}

// created is when a new series begins to count, nil for what doesn't.
func (w *summer) created(t expo.Type) *expo.Timestamp {
	switch t {
	case expo.Counter, expo.Summary, expo.Histogram:
		return &expo.Timestamp{Seconds: w.t / 1e9, Nanos: int32(w.t % 1e9)}
	}
	return nil
}

// apply carries the plan out.
func (w *summer) apply() {
	s, u := w.s, w.g.sum()
	var p *pusher
	if q := &w.c.Terms.Summing; q.Mode == Cumulative {
		p = u.enter(q.Pusher)
		if q.Epoch > p.epoch {
			s.regauges(w.g, p)
			p.epoch, p.last = q.Epoch, map[lastKey]lastValue{}
		}
		if p.until = 0; q.Idle > 0 {
			p.until = after(w.t, q.Idle)
			s.retireAt(p.until)
		}
	}
	for i := range w.c.Families {
		s.sumFamilyOf(w.g, &w.c.Families[i]).pushed = w.t
	}
	for i := range w.plan {
		step := &w.plan[i]
		f := u.families[w.c.Families[step.family].Name]
		if ser := f.series[step.key]; ser != nil {
			s.setSeries(w.g, f, ser, step.text, step.rich)
		} else {
			s.showSeries(w.g, f, step.key, step.labels, step.text, step.rich)
		}
		if p != nil {
			p.last[lastKey{f.name(), step.key}] = step.last
		}
	}
	u.contributed(w.c.contributor(), len(w.plan), w.t)
	s.summed(w.g)
}

// contributor is who people are told that a push is from.
func (c *Change) contributor() string {
	if c.Terms.Summing.Pusher != "" {
		return c.Terms.Summing.Pusher
	}
	return c.Terms.Once.Sequence.Producer
}

func cloneLabels(labels []expo.Label) []expo.Label {
	own := make([]expo.Label, len(labels))
	for i, l := range labels {
		own[i] = expo.Label{Name: strings.Clone(l.Name), Value: strings.Clone(l.Value)}
	}
	return own
}
