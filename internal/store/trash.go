package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// trashed says to which deletion a group of a snapshot belongs.
type trashed struct {
	id    string
	until int64
}

// deletion is what one request deleted, as long as it can be brought back.
type deletion struct {
	trashed
	bytes  int64     // of text
	groups []*Change // deleted one by one
	wiped  []*group  // all that there was; some are nil
	sorted bool      // whether wiped is by key
	metas  []*meta   // of wiped
}

// remove deletes groups that can be brought back.
func (s *Store) remove(c *Change, it *Item) {
	var gone []*Change
	for _, key := range c.Keys {
		g := s.groups[key]
		if g == nil {
			continue
		}
		it.Deleted++
		it.Series += int(g.series)
		if c.Undo.Window > 0 {
			gone = append(gone, buried(g, s.metas))
		}
		s.dropGroup(g)
		if g.tells {
			s.runs.Bury(runsKey(key), it.Time+int64(c.Undo.Window))
		}
	}
	if it.Deleted > 0 {
		s.bury(c, it, ActionDelete, gone, &deletion{})
	}
}

// clear wipes everything in a way that can be undone.
func (s *Store) clear(c *Change, it *Item) {
	wiped := &deletion{wiped: s.slots, metas: s.metas, bytes: s.bytes - s.ownBytes}
	it.Series = s.series
	it.Deleted = s.wipe()
	s.runs.Clear(it.Time + int64(c.Undo.Window))
	if it.Deleted == 0 {
		return
	}
	if c.Undo.Window == 0 || wiped.bytes > c.Undo.Bytes {
		wiped = &deletion{}
	}
	s.bury(c, it, ActionWipe, nil, wiped)
}

// bury keeps what was deleted, one by one or all at once, and notes who did it.
func (s *Store) bury(c *Change, it *Item, action Action, gone []*Change, all *deletion) {
	if c.Undo.ID == "" {
		return // of a version that neither kept nor noted
	}
	until, begun := int64(0), false
	if c.Undo.Window > 0 && len(gone)+len(all.wiped) > 0 && !s.spilt(c.Undo.ID) {
		until = it.Time + int64(c.Undo.Window)
		begun = s.deletions[c.Undo.ID] != nil
		d := s.deletion(trashed{c.Undo.ID, until})
		for _, g := range gone {
			s.keep(d, g)
		}
		if all.wiped != nil {
			d.wiped, d.metas, d.bytes = all.wiped, all.metas, all.bytes
			s.buried += all.bytes
		}
	}
	if begun {
		s.amend(c.Undo.ID, func(e *AuditEntry) {
			e.Groups += it.Deleted
			e.Series += it.Series
			e.Until = until
		})
	} else {
		s.note(AuditEntry{
			ID: c.Undo.ID, Time: it.Time, Action: action, Origin: c.Origin, Groups: it.Deleted, Series: it.Series, Until: until,
		})
	}
	s.shrinkTrash(c.Undo.Bytes)
}

// spilt is whether an earlier record of the same delete had to be let go: a delete is
// brought back whole or not at all.
func (s *Store) spilt(id string) bool {
	n := len(s.audit)
	return n > 0 && s.audit[n-1].ID == id && s.audit[n-1].Until == 0
}

// deletion returns the deletion of this id, or a new one. One of many groups takes
// several records, and those of others may come in between.
func (s *Store) deletion(t trashed) *deletion {
	if d := s.deletions[t.id]; d != nil {
		d.until = t.until
		return d
	}
	t.id = strings.Clone(t.id)
	d := &deletion{trashed: t}
	s.trash = append(s.trash, d)
	if s.deletions == nil {
		s.deletions = map[string]*deletion{}
	}
	s.deletions[t.id] = d
	return d
}

// keep adds a group to a deletion. A large one comes in parts from a snapshot.
func (s *Store) keep(d *deletion, c *Change) {
	if n := len(d.groups); n > 0 && d.groups[n-1].Key == c.Key {
		d.groups[n-1].Families = append(d.groups[n-1].Families, c.Families...)
	} else {
		d.groups = append(d.groups, c)
	}
	d.bytes += c.textBytes()
	s.buried += c.textBytes()
}

// buried is the state of a group that goes, with texts of its own: the resident
// ones lie in pages, which they would keep in memory.
func buried(g *group, metas []*meta) *Change {
	c := stateOf(g, metas)
	c.Kind = KindTrash
	c.ownTexts()
	return c
}

func (c *Change) textBytes() (n int64) {
	for i := range c.Families {
		n += int64(len(c.Families[i].Text))
	}
	return n
}

// emptyTrash lets go of what can't be brought back any more at time t.
func (s *Store) emptyTrash(t int64) {
	for len(s.trash) > 0 && s.trash[0].until < t {
		s.dropOldest()
	}
}

// shrinkTrash lets the oldest deletions go until the rest fits.
func (s *Store) shrinkTrash(most int64) {
	for len(s.trash) > 0 && s.buried > most {
		s.amend(s.trash[0].id, func(e *AuditEntry) { e.Until = 0 })
		s.dropOldest()
	}
}

func (s *Store) dropOldest() {
	s.buried -= s.trash[0].bytes
	delete(s.deletions, s.trash[0].id)
	s.trash[0] = nil
	s.trash = s.trash[1:]
}

// Skipped is a group that an undo didn't bring back.
type Skipped struct {
	Key    string
	Reason string
}

// UndoError says that there is nothing to be brought back.
type UndoError struct {
	ID string // "" if none was named
}

func (e *UndoError) Error() string {
	if e.ID == "" {
		return "there is no delete that can be undone"
	}
	return fmt.Sprintf("there is no delete %q that can be undone: it is undone already, too long ago, or larger than undo.bytes", e.ID)
}

// undo brings groups of a deletion back, the last deleted first. Groups that were
// pushed again meanwhile stay as they are, as do those that don't go with what is
// resident now.
func (s *Store) undo(c *Change, it *Item) {
	d := s.undoable(c.Undo.ID, it.Time)
	if d == nil {
		it.Err = &UndoError{strings.Clone(c.Undo.ID)}
		return
	}
	it.ID = d.id
	for range c.Most {
		bytes := d.bytes
		g := d.take()
		s.buried -= bytes - d.bytes
		if g == nil {
			break
		}
		if err := s.revive(g); err != nil {
			it.Skipped = append(it.Skipped, Skipped{g.Key, err.Error()})
			continue
		}
		it.Restored++
		it.Series += int(s.groups[g.Key].series)
	}
	it.More = d.holds()
	s.amend(d.id, func(e *AuditEntry) {
		if e.Undone += it.Restored; !it.More {
			e.Until = 0
		}
	})
	s.note(AuditEntry{ID: d.id, Time: it.Time, Action: ActionUndo, Origin: c.Origin, Groups: it.Restored, Series: it.Series})
	if !it.More {
		s.buried -= d.bytes
		delete(s.deletions, d.id)
		s.trash = slices.DeleteFunc(s.trash, func(o *deletion) bool { return o == d })
	}
}

// undoable is the deletion of that id, or the newest.
func (s *Store) undoable(id string, t int64) *deletion {
	for _, d := range slices.Backward(s.trash) {
		if d.until >= t && (id == "" || d.id == id) {
			return d
		}
	}
	return nil
}

// all are copies of the states of d's groups.
func (d *deletion) all() iter.Seq[*Change] {
	return func(yield func(*Change) bool) {
		for _, c := range d.groups {
			if state := *c; !yield(&state) {
				return
			}
		}
		for _, g := range d.inOrder() {
			if !yield(stateOf(g, d.metas)) {
				return
			}
		}
	}
}

// inOrder are the wiped groups by key: an undo may bring back some of them only, and
// in which slots they were depends on where the start's snapshot was.
func (d *deletion) inOrder() []*group {
	if d.sorted {
		return d.wiped
	}
	all := slices.DeleteFunc(slices.Clone(d.wiped), func(g *group) bool { return g == nil })
	slices.SortFunc(all, func(a, b *group) int { return strings.Compare(a.key, b.key) })
	return all
}

// holds is whether d has a group left.
func (d *deletion) holds() bool {
	return len(d.groups) > 0 || slices.ContainsFunc(d.wiped, func(g *group) bool { return g != nil })
}

// take takes the last group out of d, nil if there is none.
func (d *deletion) take() *Change {
	if n := len(d.groups); n > 0 {
		c := d.groups[n-1]
		d.groups = d.groups[:n-1]
		d.bytes -= c.textBytes()
		return c
	}
	if len(d.wiped) == 0 {
		return nil
	}
	d.wiped, d.sorted = d.inOrder(), true
	n := len(d.wiped)
	c := stateOf(d.wiped[n-1], d.metas)
	d.wiped = d.wiped[:n-1]
	d.bytes -= c.textBytes()
	return c
}

// own returns a copy of a decoded change that doesn't alias the record.
func (c *Change) own() *Change {
	o := *c
	o.Key = strings.Clone(c.Key)
	o.Families = slices.Clone(c.Families)
	for i := range o.Families {
		f := &o.Families[i]
		f.Name, f.Help, f.Unit, f.Rich = strings.Clone(f.Name), strings.Clone(f.Help), strings.Clone(f.Unit), strings.Clone(f.Rich)
	}
	return &o
}

func (s *Store) revive(c *Change) error {
	if s.groups[c.Key] != nil {
		return errors.New("it was pushed again since")
	}
	defer s.tidy()
	s.match(nil, c)
	if err := s.check(nil, c); err != nil {
		return err
	}
	if err := s.restore(c); err != nil {
		return err
	}
	if c.state.tells {
		s.runs.Revive(runsKey(c.Key))
	}
	return nil
}
