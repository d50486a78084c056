package store

import (
	"fmt"
	"slices"
)

// windowChunk is how many cells or results one record of a snapshot has.
const windowChunk = 512

// takeWindows takes rules and what they have for a snapshot. Cells are taken as they
// are: one that changes while the snapshot is written is replaced by a copy, see gather.
func (snap *Snapshot) takeWindows() {
	rules := snap.store.windows.rules
	if len(rules) == 0 {
		return
	}
	set := &windowsChange{form: windowRules}
	for _, r := range rules {
		set.rules = append(set.rules, r.WindowRule)
	}
	snap.takeWindow(set)
	for i, r := range rules {
		part := windowsChange{form: windowCells, place: i, closed: r.closed}
		for _, w := range r.open {
			part.number = w.number
			snap.takeCells(part, w.order)
		}
		if w := r.closing; w != nil {
			left := slices.DeleteFunc(slices.Clone(w.order), func(c *cell) bool { return c.shown })
			part.number, part.closing = w.number, true
			snap.takeCells(part, left)
		}
		part = windowsChange{form: windowResults, place: i, closed: r.closed}
		snap.takeResults(part, r.stale)
		part.fresh = true
		snap.takeResults(part, r.fresh)
	}
}

func (snap *Snapshot) takeWindow(c *windowsChange) {
	snap.first = append(snap.first, &Change{Kind: KindWindows, windows: c})
}

// takeCells takes the cells of one window, in parts. One that is closing is taken
// without any, too.
func (snap *Snapshot) takeCells(part windowsChange, cells []*cell) {
	for first := true; first || len(cells) > 0; first = false {
		n := min(windowChunk, len(cells))
		one := part
		one.cells, cells = slices.Clone(cells[:n]), cells[n:]
		snap.takeWindow(&one)
	}
}

// takeResults does the same for results, whose texts are read when their part is written.
// A part without any still says which window was closed last.
func (snap *Snapshot) takeResults(part windowsChange, results []*result) {
	for first := true; first || len(results) > 0; first = false {
		n := min(windowChunk, len(results))
		one := part
		one.unread, results = slices.Clone(results[:n]), results[n:]
		snap.takeWindow(&one)
	}
}

// freeze is a result as it is. Its texts are immutable.
func (res *result) freeze() frozenResult {
	frozen := frozenResult{res.key, make([]string, len(res.blocks))}
	for i := range res.blocks {
		frozen.texts[i] = res.blocks[i].Text()
	}
	return frozen
}

// preserveResult saves a result that is about to change or go for the snapshot under
// way, unless it is saved or written already, or is younger.
func (s *Store) preserveResult(res *result) {
	if s.snapshot == nil || res.epoch == s.epoch {
		return
	}
	res.epoch = s.epoch
	if s.snapshot.results == nil {
		s.snapshot.results = map[*result]frozenResult{}
	}
	s.snapshot.results[res] = res.freeze()
}

// readResults reads the results of a part that is about to be written.
func (snap *Snapshot) readResults(part *windowsChange) {
	s := snap.store
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, res := range part.unread {
		frozen, saved := snap.results[res]
		if !saved {
			res.epoch = s.epoch
			frozen = res.freeze()
		}
		delete(snap.results, res)
		part.results = append(part.results, frozen)
	}
	part.unread = nil
}

// applyWindows does what a windows record says.
func (s *Store) applyWindows(c *Change, t int64) error {
	w := c.windows
	if w.form == windowRules {
		return s.setWindows(c, t)
	}
	if w.place >= len(s.windows.rules) {
		return fmt.Errorf("%w: it has a part of window rule %d of %d", ErrPayload, w.place+1, len(s.windows.rules))
	}
	r := s.windows.rules[w.place]
	r.closed = w.closed
	if w.form == windowCells {
		r.restoreCells(w)
		return nil
	}
	return s.restoreResults(r, w)
}

func (r *windowed) restoreCells(c *windowsChange) {
	if c.closing && r.closing == nil {
		r.closing = &window{number: c.number, cells: map[string]*cell{}}
	}
	w := r.closing
	if !c.closing {
		w = r.window(c.number)
	}
	for _, one := range c.cells {
		w.add(one)
	}
}

func (s *Store) restoreResults(r *windowed, c *windowsChange) error {
	for _, frozen := range c.results {
		if len(frozen.texts) != len(r.metas) {
			return fmt.Errorf("%w: a result of window rule %q has %d texts, want %d", ErrPayload, r.Name, len(frozen.texts), len(r.metas))
		}
		res := s.newResult(r, frozen.key)
		for i, text := range frozen.texts {
			s.book.SetText(&res.blocks[i], text, "")
		}
		s.insert(r, res)
	}
	if !c.fresh {
		r.stale = append(r.stale, r.fresh...)
		r.fresh = nil
	}
	return nil
}

// fails is whether an error of the record is one of a snapshot, whose parts can't be
// refused for what else there is.
func (c *windowsChange) fails() bool { return c != nil && c.form != windowRules }
