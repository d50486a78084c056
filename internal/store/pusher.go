package store

import (
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// pusher is one of those who push their own totals to a sum: what it pushed last,
// of which the next push is the difference.
type pusher struct {
	name  string
	epoch uint64
	until int64 // when it counts as gone if it doesn't push, 0 for never
	last  map[lastKey]lastValue
	// shared is whether a snapshot or the trash has the same map.
	shared bool
}

type lastKey struct{ family, labels string }

// lastValue is a metric as a group's texts have it.
type lastValue struct {
	typ        expo.Type
	gauges     aggregate.Gauges
	text, rich string
}

func (v *lastValue) metric(p *expo.Parser, family string) (*expo.Metric, error) {
	return readMetric(p, family, v.typ, v.text, v.rich)
}

// find returns the index of a pusher, or where it would stand.
func (u *sums) find(name string) (int, bool) {
	return slices.BinarySearchFunc(u.pushers, name, func(p *pusher, name string) int { return strings.Compare(p.name, name) })
}

// pusher returns the pusher of that name, nil if it has not pushed, or not for long.
func (u *sums) pusher(name string) *pusher {
	if u == nil {
		return nil
	}
	if i, ok := u.find(name); ok {
		return u.pushers[i]
	}
	return nil
}

// enter returns the pusher of that name, making it if need be.
func (u *sums) enter(name string) *pusher {
	i, ok := u.find(name)
	if !ok {
		u.pushers = slices.Insert(u.pushers, i, &pusher{name: strings.Clone(name), last: map[lastKey]lastValue{}})
	}
	return u.pushers[i]
}

// remember notes what a pusher pushed of a series.
func (u *sums) remember(p *pusher, k lastKey, v lastValue) {
	before := len(p.last)
	p.own()
	p.last[k] = v
	u.remembered += len(p.last) - before
}

// forget drops all that a pusher pushed last.
func (u *sums) forget(p *pusher) {
	u.remembered -= len(p.last)
	p.last, p.shared = map[lastKey]lastValue{}, false
}

// together is a gauge over all pushers that have it, where one of them has now
// another value: the sum, the least or the greatest. now nil means that this
// pusher has it no more. now is of another parser than the one that is used.
func (u *sums) together(parser *expo.Parser, k lastKey, v *lastValue, of string, now *expo.Metric) (total *expo.Metric, err error) {
	add := func(m *expo.Metric) error {
		sum, err := aggregate.Add(v.typ, v.gauges, total, m)
		if err != nil {
			return err
		}
		if total == nil {
			sum.Labels = cloneLabels(sum.Labels) // the parser is used again
		} else {
			sum.Labels = total.Labels
		}
		total = &sum
		return nil
	}
	for _, p := range u.pushers {
		m := now
		if p.name != of {
			last, ok := p.last[k]
			if !ok {
				continue
			}
			if m, err = last.metric(parser, k.family); err != nil {
				return nil, err
			}
		}
		if p.name == of {
			now = nil // counted in its place
		}
		if m == nil {
			continue
		}
		if err := add(m); err != nil {
			return nil, err
		}
	}
	if now != nil {
		err = add(now) // of a pusher that is new
	}
	return total, err
}

// retire folds pushers whose time has passed at t into the sum: what they added stays,
// and what they pushed last is forgotten, so that another life of theirs adds all
// it has. Gauges over all pushers go by those that are left.
func (s *Store) retire(g *group, t int64) (gone int) {
	u := g.sum()
	for i := 0; i < len(u.pushers); {
		p := u.pushers[i]
		if p.until == 0 || p.until >= t {
			i++
			continue
		}
		if gone == 0 {
			s.preserve(g)
		}
		gone++
		s.regauges(g, p)
		u.forget(p)
		u.pushers = slices.Delete(u.pushers, i, i+1)
	}
	return gone
}

// regauges shows gauges without a pusher that is gone, or begins a new life.
func (s *Store) regauges(g *group, p *pusher) {
	for k, v := range p.last { // each by itself, so their order doesn't matter
		if isGauge(v.typ) && v.gauges != aggregate.Last {
			s.regauge(g, k, &v, p.name)
		}
	}
}

// retireAt notes that a pusher may be gone after t.
func (s *Store) retireAt(t int64) {
	if t > 0 && (s.nextRetire == 0 || t < s.nextRetire) {
		s.nextRetire = t
	}
}

// summed notes a group that has pushers to retire.
func (s *Store) summed(g *group) {
	if g.mode() == Cumulative {
		s.cumulative[g] = struct{}{}
	}
}

// retireAll folds all pushers whose time has passed at t into their sums.
func (s *Store) retireAll(t int64) {
	if s.nextRetire == 0 || s.nextRetire >= t {
		return
	}
	s.nextRetire = 0
	for g := range s.cumulative { // each by itself, so their order doesn't matter
		s.retired += uint64(s.retire(g, t))
		for _, p := range g.sum().pushers {
			s.retireAt(p.until)
		}
	}
}

// regauge shows a gauge without one of its pushers. The last one's value stays.
func (s *Store) regauge(g *group, k lastKey, v *lastValue, without string) {
	u := g.sum()
	f := u.families[k.family]
	if f == nil || f.series[k.labels] == nil {
		return
	}
	total, err := u.together(&s.summer.before, k, v, without, nil)
	if err != nil || total == nil {
		return
	}
	text, rich := render(k.family, v.typ, total)
	s.setSeries(g, f, f.series[k.labels], text, rich)
}

func isGauge(t expo.Type) bool { return t == expo.Gauge || t == expo.Untyped }
