package store

import "github.com/headgate/headgate/internal/aggregate"

// WindowNote is what a rule has to say about a push.
type WindowNote struct {
	Rule *WindowRule
	// Late is whether the push came after its window's grace.
	Late bool
	// Overflow is how many of its samples found no place.
	Overflow int
}

// settleWindows counts what a push has said, now that it is taken.
func (s *Store) settleWindows(it *Item) {
	w := &s.windows
	if len(w.pending) == 0 {
		return
	}
	t := it.Time
	if taken := it.Change.Taken; taken > 0 && taken < t {
		t = taken // a clock that is ahead of ours knows nothing of our windows
	}
	for _, r := range w.rules {
		r.advance(it.Time)
	}
	begin := 0
	for _, o := range w.pending {
		s.settleOne(it, o, w.keys[begin:o.keyEnd], t)
		begin = o.keyEnd
	}
}

func (s *Store) settleOne(it *Item, o observation, key []byte, t int64) {
	r := o.rule
	if o.useless {
		r.Ignored++
		return
	}
	number := r.number(t)
	if number <= r.closed {
		if note := it.windowNote(r); !note.Late {
			note.Late = true
			r.LatePushes++
		}
		if r.DropsLate {
			return
		}
		number = r.number(it.Time)
	}
	if !s.gather(r, r.window(number), key, o.value) {
		r.Overflow++
		it.windowNote(r).Overflow++
	}
}

// windowNote is what r has to say about a push, to be filled in.
func (it *Item) windowNote(r *windowed) *WindowNote {
	for i := range it.Windows {
		if it.Windows[i].Rule == &r.WindowRule {
			return &it.Windows[i]
		}
	}
	it.Windows = append(it.Windows, WindowNote{Rule: &r.WindowRule})
	return &it.Windows[len(it.Windows)-1]
}

// gather adds a value to a window, unless it would need one cell too many.
func (s *Store) gather(r *windowed, w *window, key []byte, v float64) bool {
	c := w.cells[string(key)]
	if c == nil {
		if len(w.cells) >= r.MaxSeries {
			return false
		}
		c = &cell{key: string(key), epoch: s.epoch}
		if len(r.Quantiles) > 0 {
			c.Values = new(aggregate.Sketch)
		}
		w.add(c)
	} else if s.snapshot != nil && c.epoch != s.epoch {
		c = &cell{key: c.key, at: c.at, epoch: s.epoch, Window: c.Clone()} // the snapshot has the old one
		w.cells[c.key], w.order[c.at] = c, c
	}
	c.Observe(v)
	return true
}

// tidy forgets what the last push has said.
func (w *windows) tidy(most int) {
	if cap(w.pending) > most || cap(w.keys) > 64*most {
		w.pending, w.keys = nil, nil
	}
	clear(w.pending)
	clear(w.picked)
	w.pending, w.keys = w.pending[:0], w.keys[:0]
}
