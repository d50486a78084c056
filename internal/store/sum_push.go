package store

import ()

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

// apply carries the plan out.
func (w *summer) apply() {
	s, u := w.s, w.g.sum()
	var p *pusher
	if q := &w.c.Terms.Summing; q.Mode == Cumulative {
		p = u.enter(q.Pusher)
		if q.Epoch > p.epoch {
			s.regauges(w.g, p)
			u.forget(p)
			p.epoch = q.Epoch
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
			u.remember(p, lastKey{f.name(), step.key}, step.last)
		}
	}
	u.contributed(w.c.contributor(), len(w.plan), w.t)
	s.summed(w.g)
}
