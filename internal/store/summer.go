package store

import (
	"fmt"
	"strings"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

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
	grown   expo.Metric     // what the metric at hand adds
	fresh   strings.Builder // text of a family's new series
}

// tidy lets go of the push, and of what a large one has grown.
func (w *summer) tidy(most int) {
	if cap(w.plan) > most {
		*w = summer{}
		return
	}
	clear(w.plan[:cap(w.plan)])
	w.g, w.c, w.pusher, w.grown = nil, nil, nil, expo.Metric{}
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
	if err := w.checkPusher(); err != nil {
		return err
	}
	w.s.match(nil, w.c)
	for i := range w.c.Families {
		if err := w.family(i); err != nil {
			return err
		}
	}
	return w.checkRemembered()
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
	w.s.windows.ask(fc.Name, fc.Type)
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

// metric plans one series.
func (w *summer) metric(i int, sf *sumFamily, m *expo.Metric) error {
	fc := &w.c.Families[i]
	p := planned{family: i, key: seriesKey(m.Labels)}
	var total *expo.Metric
	var err error
	if sf != nil && sf.series[p.key] != nil {
		if total, err = sf.metric(sf.series[p.key], &w.present); err != nil {
			return err
		}
	}
	sum, err := w.add(&p, fc, total, m)
	if err != nil {
		return err
	}
	w.s.windows.observe(&w.grown)
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
	w.grown = *m
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
	w.grown = increment
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
