package store

import (
	"context"
	"iter"
	"slices"

	"github.com/headgate/headgate/internal/journal"
)

// Snapshot is the state at one journal position, written while the store goes on.
//
// It is copy-on-write by group: a group that is about to change for the first
// time since the snapshot began leaves its old state here first. Texts are
// immutable strings, so that costs a few words per family and the writer never
// makes a push wait for a disk.
type Snapshot struct {
	// Seq and Time are the journal position that the snapshot stands for.
	Seq  uint64
	Time int64

	store *Store
	first []*Change // what isn't a group
	trash []deletion
	todo  []*group  // every group at Seq; those that changed since are in saved
	saved []*Change // states saved by pushes and not written yet
	// results are those of windows that have changed and aren't written yet.
	results map[*result]frozenResult
	// frozen are families of sums in saved states, of which not all series are written yet.
	frozen []*frozenFamily
	spare  []*Change // written, to be filled anew: a snapshot is hundreds of megabytes of them
}

// chunk is how many groups are read under one hold of the lock: tens of microseconds.
const chunk = 128

// BeginSnapshot freezes the state for a snapshot. One at a time: the caller
// calls Write, or Abandon, before the next.
func (s *Store) BeginSnapshot() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++
	snap := &Snapshot{Seq: s.applied, Time: s.time, store: s, todo: make([]*group, 0, len(s.groups))}
	for _, g := range s.slots {
		if g != nil {
			snap.todo = append(snap.todo, g)
		}
	}
	snap.takeRest()
	s.snapshot = snap
	return snap
}

// takeRest takes what there is besides groups.
func (snap *Snapshot) takeRest() {
	s := snap.store
	for i := range s.audit {
		snap.first = append(snap.first, &Change{Kind: KindAudit, entry: s.audit[i]})
	}
	if len(s.scrapers) > 0 {
		snap.first = append(snap.first, &Change{Kind: KindScrapers, Scrapers: s.scrapers})
	}
	snap.takeWindows()
	s.ledger.freeze()
	for some := range slices.Chunk(s.runs.Save(), runsChunk) {
		snap.first = append(snap.first, &Change{Kind: KindRuns, runs: some})
	}
	for _, d := range s.trash {
		frozen := *d
		frozen.groups = slices.Clone(d.groups) // wiped only ever gets shorter
		snap.trash = append(snap.trash, frozen)
	}
}

// rest are the changes that bring back what there is besides groups.
func (snap *Snapshot) rest() iter.Seq[*Change] {
	return func(yield func(*Change) bool) {
		for _, c := range snap.first {
			if c.windows != nil {
				snap.readResults(c.windows)
			}
			if !yield(c) {
				return
			}
		}
		for some := range slices.Chunk(snap.ledgerEntries(), ledgerChunk) {
			if !yield(&Change{Kind: KindLedger, ledger: some}) {
				return
			}
		}
		for _, d := range snap.trash {
			for c := range d.all() {
				c.Kind, c.trash = KindTrash, d.trashed
				for part := range c.parts() {
					if !yield(part) {
						return
					}
				}
			}
		}
	}
}

// Write puts every group of the snapshot, in no particular order, and ends it.
func (snap *Snapshot) Write(ctx context.Context, put func(kind journal.Kind, payload []byte) error) error {
	defer snap.Abandon()
	var buf []byte
	for c := range snap.rest() {
		buf = AppendPayload(buf[:0], c)
		if err := put(c.Kind, buf); err != nil {
			return err
		}
	}
	var batch []*Change
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var of *frozenFamily
		var some []savedSeries
		batch, of, some, done = snap.next(batch)
		for _, c := range batch {
			for part := range c.parts() {
				buf = AppendPayload(buf[:0], part)
				if err := put(part.Kind, buf); err != nil {
					return err
				}
			}
		}
		if len(some) > 0 {
			part, err := of.part(some)
			if err != nil {
				return err
			}
			buf = AppendPayload(buf[:0], part)
			if err := put(part.Kind, buf); err != nil {
				return err
			}
		}
	}
	return nil
}

// partBytes is about how large a group record may grow before another is begun:
// many pushes may have made a group larger than a journal record can be.
const partBytes = 16 << 20

// parts splits a group's state into records.
func (c *Change) parts() iter.Seq[*Change] {
	return func(yield func(*Change) bool) {
		rest := c.Families
		for first := true; first || len(rest) > 0; first = false {
			n, size := 0, 0
			for n < len(rest) && (n == 0 || size < partBytes) {
				size += len(rest[n].Text) + len(rest[n].Rich)
				n++
			}
			part := *c
			part.Families, rest = rest[:n], rest[n:]
			if !first {
				part.sum = &sumState{} // the first has it
			}
			if !yield(&part) {
				return
			}
		}
	}
}

// next takes the states of some more groups and some series of one of them, and gives back
// those that were written.
func (snap *Snapshot) next(written []*Change) (batch []*Change, of *frozenFamily, some []savedSeries, done bool) {
	s := snap.store
	s.mu.Lock()
	defer s.mu.Unlock()
	snap.spare = append(snap.spare, written...)
	n := min(chunk, len(snap.todo))
	for _, g := range snap.todo[:n] {
		s.preserve(g)
	}
	snap.todo = snap.todo[n:]
	batch, snap.saved = snap.saved, written[:0]
	of, some = snap.someSeries()
	return batch, of, some, len(snap.todo)+len(snap.frozen) == 0
}

// Abandon ends a snapshot, written or not.
func (snap *Snapshot) Abandon() {
	s := snap.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshot == snap {
		s.snapshot, s.ledger.view = nil, nil
	}
	for _, f := range snap.frozen {
		f.series, f.saved = nil, nil // the family keeps f until the next snapshot
	}
	snap.first, snap.results, snap.trash, snap.todo, snap.saved, snap.spare, snap.frozen = nil, nil, nil, nil, nil, nil, nil
}

// preserve saves the state of g for the snapshot under way, unless it is saved
// already or g is younger. Every change to a group calls it first.
func (s *Store) preserve(g *group) {
	if s.snapshot == nil || g.epoch == s.epoch {
		return
	}
	g.epoch = s.epoch
	s.snapshot.save(g)
}

func (snap *Snapshot) save(g *group) {
	c := new(Change)
	if n := len(snap.spare); n > 0 {
		c, snap.spare = snap.spare[n-1], snap.spare[:n-1]
	}
	if u := g.sum(); u != nil {
		c.setHead(g)
		snap.freeze(c, u)
	} else {
		c.setState(g, snap.store.metas)
	}
	snap.saved = append(snap.saved, c)
}

// stateOf is a group as it is, with the metas that were in force for it.
func stateOf(g *group, metas []*meta) *Change {
	c := new(Change)
	c.setState(g, metas)
	return c
}

// setState is stateOf in the memory of a state that nobody needs any more.
func (c *Change) setState(g *group, metas []*meta) {
	c.setHead(g)
	if u := g.sum(); u != nil {
		for _, f := range u.sorted() {
			c.Families = append(c.Families, f.change())
		}
	}
	for _, h := range g.held {
		m := metas[h.Tag]
		c.Families = append(c.Families, FamilyChange{
			Name: m.family.Name, Type: m.family.Type, Help: m.help, HasHelp: m.hasHelp,
			Unit: m.unit, Text: h.Text(), Rich: h.Rich(), pushed: h.pushed,
		})
	}
}

// setHead is setState without the families.
func (c *Change) setHead(g *group) {
	*c = Change{
		Kind: KindState, Key: g.key, state: state{g.pushed, g.failed, g.lastOK, g.tells, g.seq()},
		Terms:    g.terms(),
		Families: slices.Grow(c.Families[:0], len(g.held)),
	}
	if u := g.sum(); u != nil {
		c.Terms.Summing.Mode, c.sum = u.mode, u.state()
	}
}
