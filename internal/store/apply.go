package store

import (
	"math/bits"
	"slices"

	"github.com/headgate/headgate/internal/expo"
)

// apply is the only way in which the state changes. The caller holds s.mu.
func (s *Store) apply(it *Item) {
	s.applied, s.time = it.Seq, it.Time
	c := it.Change
	switch c.Kind {
	case KindReplace, KindMerge, KindPush, KindTimedPush:
		it.Err = s.take(it)
	case KindRefuse, KindFail:
		s.refuse(c, it.Time)
	case KindDelete, KindRemove:
		s.remove(c, it)
	case KindWipe, KindClear:
		s.clear(c, it)
	case KindExpire:
		s.expire(it, c.Most)
	case KindScraped:
		s.scraped(c, it)
	case KindUndo:
		s.undo(c, it)
	case KindScrapers:
		s.setScrapers(c.Scrapers)
	case KindGroup, KindState:
		it.Err = s.restore(c)
	case KindTrash:
		s.keep(s.deletion(c.trash), c.own())
	case KindAudit:
		s.note(c.entry)
	case KindLedger:
		s.ledger.restore(c.ledger)
	case KindMissed:
		s.runs.Judge(c.Verdicts)
	case KindRuns:
		for i := range c.runs {
			s.runs.Restore(c.runs[i])
		}
	case KindWindows:
		it.Err = s.applyWindows(c, it.Time)
	}
}

// take takes a push in, unless it was taken before.
func (s *Store) take(it *Item) (err error) {
	once := &it.Change.Terms.Once
	if it.Duplicate, err = s.ledger.repeats(once); err != nil || it.Duplicate {
		return err
	}
	if it.Change.Terms.Summing.Mode != Keep {
		err = s.addUp(it)
	} else {
		err = s.push(it)
	}
	if err == nil {
		s.ledger.note(once, it.Time)
		s.noteRun(it.Change, it.Time)
		s.settleWindows(it)
	}
	s.windows.tidy(mostKept)
	return err
}

// push checks a change whole before it changes anything, so a refused push
// leaves nothing but the group's failure time.
func (s *Store) push(it *Item) error {
	c, t := it.Change, it.Time
	g := s.groups[c.Key]
	if g.expired(t) {
		s.dropExpired(g)
		g = nil
	}
	defer s.tidy()
	if err := s.admit(g, it); err != nil {
		s.refuse(c, t)
		return err
	}
	if g == nil {
		if g = s.newGroup(c.Key, len(c.Families)); g == nil {
			return s.sameExposure(c.Key)
		}
	}
	s.observePush(c)
	s.preserve(g)
	if c.replaces() {
		s.removeOthers(g, c)
	}
	s.makeWay(g, c)
	for i := range c.Families {
		if h := s.scratch[i]; h != nil {
			s.replace(g, h, &c.Families[i], t)
		} else {
			s.add(g, &c.Families[i], t)
		}
	}
	s.succeed(g, t)
	s.settle(g, &c.Terms, it.Seq)
	return nil
}

// admit tells whether a push goes with what is resident and keeps to its limits. It
// changes nothing but s.scratch, which holds the push's matches from then on.
func (s *Store) admit(g *group, it *Item) (err error) {
	if m := g.mode(); m != Keep {
		return modeConflict(it.Change.Key, m, Keep)
	}
	s.match(g, it.Change)
	if err := s.check(g, it.Change); err != nil {
		return err
	}
	it.Over, err = s.checkLimits(g, it.Change, it.Over)
	return err
}

// settle says how long a group is to stay, as of the push with that sequence.
func (s *Store) settle(g *group, t *Terms, seq uint64) {
	s.setLife(g, t, seq)
	s.schedule(g)
	s.watch(g)
}

// tidy lets go of what only the last push needed, and of what a large one has grown.
func (s *Store) tidy() {
	s.seen, s.leaving, s.inChange = nil, nil, nil
	if cap(s.scratch) > mostKept || cap(s.identities) > mostKept {
		s.scratch, s.identities = nil, nil
	}
	s.summer.tidy(mostKept)
}

// mostKept is how many items of scratch memory stay for the next push.
const mostKept = 4096

// refuse notes a failed push. The group is made if need be, so that the failure
// shows; one that can't be shown beside another, or is one too many, is left out.
func (s *Store) refuse(c *Change, t int64) {
	g := s.groups[c.Key]
	if g.expired(t) {
		s.dropExpired(g)
		g = nil
	}
	if g == nil && s.mayJoin(c) {
		g = s.newGroup(c.Key, 0)
	}
	if g == nil {
		return
	}
	s.preserve(g)
	s.fail(g, t)
	if g.pushed == 0 {
		s.settle(g, &Terms{TTL: c.Terms.TTL}, 0)
	}
}

// match finds the families of c that the group holds now: s.scratch[i] is that
// of c.Families[i], or nil. Both lists are sorted by name.
func (s *Store) match(g *group, c *Change) {
	s.scratch = slices.Grow(s.scratch[:0], len(c.Families))[:len(c.Families)]
	clear(s.scratch)
	if g == nil {
		return
	}
	if len(c.Families)*bits.Len(uint(len(g.held))) < len(g.held) {
		// A small push into a large group must not cost what the group holds.
		for i := range c.Families {
			if at, found := s.find(g, c.Families[i].Name); found {
				s.scratch[i] = g.held[at]
			}
		}
		return
	}
	i := 0
	for _, h := range g.held {
		name := s.familyIn(h).Name
		for i < len(c.Families) && c.Families[i].Name < name {
			i++
		}
		if i < len(c.Families) && c.Families[i].Name == name {
			s.scratch[i] = h
		}
	}
}

// makeWay gives back what the families of c that are there will not claim again,
// before anything new is claimed: identities, and names whose type changes, since a
// family has one type at a time.
func (s *Store) makeWay(g *group, c *Change) {
	for i := range c.Families {
		fc, h := &c.Families[i], s.scratch[i]
		switch {
		case h == nil:
		case s.familyIn(h).Type != fc.Type:
			at, _ := s.find(g, fc.Name)
			g.held = slices.Delete(g.held, at, at+1)
			s.forget(g, h)
			s.count(g, -1, h.Text())
			s.release(h)
			s.scratch[i] = nil
		case !sameSeries(h.Text(), fc.Text):
			s.forget(g, h)
		}
	}
}

// removeOthers takes away the families of the group that c doesn't hold.
func (s *Store) removeOthers(g *group, c *Change) {
	kept := 0
	for _, h := range s.scratch {
		if h != nil {
			kept++
		}
	}
	if kept == len(g.held) {
		return
	}
	i := 0
	g.held = slices.DeleteFunc(g.held, func(h *held) bool {
		name := s.familyIn(h).Name
		for i < len(c.Families) && c.Families[i].Name < name {
			i++
		}
		if i < len(c.Families) && c.Families[i].Name == name {
			return false
		}
		s.forget(g, h)
		s.count(g, -1, h.Text())
		s.release(h)
		return true
	})
}

func (s *Store) replace(g *group, h *held, fc *FamilyChange, t int64) {
	if !sameSeries(h.Text(), fc.Text) {
		s.own(g, fc)
	}
	if m := s.metas[h.Tag]; m.help != fc.Help || m.hasHelp != fc.HasHelp || m.unit != fc.Unit {
		h.Tag = s.addMeta(m.family, fc.Help, fc.HasHelp, fc.Unit).id
		s.dropMeta(m)
	}
	s.count(g, -1, h.Text())
	s.count(g, 1, fc.Text)
	s.book.SetText(&h.Block, fc.Text, fc.Rich)
	h.pushed = t
}

func (s *Store) add(g *group, fc *FamilyChange, t int64) {
	f := s.familyOf(fc.Name, fc.Type)
	h := s.hold(g, s.addMeta(f, fc.Help, fc.HasHelp, fc.Unit), fc.Text, fc.Rich)
	h.pushed = t
	s.count(g, 1, fc.Text)
	at, _ := s.find(g, fc.Name)
	g.held = slices.Insert(g.held, at, h)
	s.own(g, fc)
}

// own puts the series of a family that the group holds now into the index.
func (s *Store) own(g *group, fc *FamilyChange) {
	if !isBare(fc.Name, fc.Text, g.exposed()) {
		s.claim(g, s.identitiesOf(fc.Name, fc.Type, fc.Text))
	}
}

// forget takes the series of a held family out of the index.
func (s *Store) forget(g *group, h *held) {
	if f := s.familyIn(h); !isBare(f.Name, h.Text(), g.exposed()) {
		s.disown(s.identitiesOf(f.Name, f.Type, h.Text()))
	}
}

// identitiesOf computes the identities of a family's text. They are valid until the next call.
func (s *Store) identitiesOf(name string, typ expo.Type, text string) []uint64 {
	s.identities = appendIdentities(s.identities[:0], name, typ, text)
	return s.identities
}

func (s *Store) claim(g *group, identities []uint64) {
	for _, id := range identities {
		s.owners[id] = g.slot
	}
}

// disown gives identities back. Each has one series that claims it, see checkSeries.
func (s *Store) disown(identities []uint64) {
	for _, id := range identities {
		delete(s.owners, id)
	}
}

// wipe starts afresh instead of taking a million blocks out one by one. The
// gateway's own metrics come back with the next scrape.
func (s *Store) wipe() int {
	n := len(s.groups)
	if s.snapshot != nil {
		for _, g := range s.slots {
			if g != nil {
				s.preserve(g)
			}
		}
	}
	s.reset()
	s.restartWindows()
	if s.observer.Wiped != nil {
		s.observer.Wiped()
	}
	return n
}

// restore puts a group back as a snapshot kept it, in one record or several. It was
// consistent when the snapshot was taken, so its families aren't checked.
func (s *Store) restore(c *Change) error {
	g := s.groups[c.Key]
	if g == nil {
		if g = s.newGroup(c.Key, len(c.Families)); g == nil {
			return s.sameExposure(c.Key)
		}
	}
	if c.Terms.Summing.Mode != Keep {
		if err := s.restoreSum(g, c); err != nil {
			return err
		}
	} else {
		for i := range c.Families {
			s.add(g, &c.Families[i], c.Families[i].pushed)
		}
	}
	if c.state.pushed != 0 {
		s.succeed(g, c.state.pushed)
	}
	if c.state.failed != 0 {
		s.fail(g, c.state.failed)
	}
	g.lastOK = c.state.lastOK
	if c.state.tells {
		s.joinRuns(g)
	}
	s.settle(g, &c.Terms, c.state.seq)
	return nil
}
