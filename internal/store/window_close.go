package store

import (
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/scrape"
)

// window is the open window of that number, made if need be.
func (r *windowed) window(number int64) *window {
	i, found := slices.BinarySearchFunc(r.open, number, func(w *window, n int64) int { return int(w.number - n) })
	if !found {
		r.open = slices.Insert(r.open, i, &window{number: number, cells: map[string]*cell{}})
	}
	return r.open[i]
}

func (w *window) add(c *cell) {
	c.at = len(w.order)
	w.cells[c.key] = c
	w.order = append(w.order, c)
}

// advance closes the windows whose time is over at time t. It is quick: the results
// change later. Of several windows only the last will be shown.
func (r *windowed) advance(t int64) {
	last := r.last(t)
	if last <= r.closed {
		return
	}
	r.closed = last
	next := &window{number: last}
	for len(r.open) > 0 && r.open[0].number <= last {
		if r.open[0].number == last {
			next = r.open[0]
		}
		r.open = slices.Delete(r.open, 0, 1)
	}
	r.stale, r.fresh = append(r.fresh, r.stale...), nil
	if r.closing = next; len(next.cells)+len(r.stale) == 0 {
		r.closing = nil
	}
}

// due is whether a record at time t would change what is shown.
func (r *windowed) due(t int64) bool {
	last := r.last(t)
	return r.closing != nil ||
		last > r.closed && (len(r.fresh)+len(r.stale) > 0 || len(r.open) > 0 && r.open[0].number <= last)
}

func (w *windows) due(t int64) bool {
	return slices.ContainsFunc(w.rules, func(r *windowed) bool { return r.due(t) })
}

// closeWindows shows results of windows that are closed at time t, or takes old ones
// away, up to most of them. It reports whether there are more.
func (s *Store) closeWindows(t int64, most int) (more bool) {
	for _, r := range s.windows.rules {
		for r.advance(t); r.closing != nil && most > 0; most-- {
			s.showNext(r)
		}
		more = more || r.closing != nil
	}
	return more
}

// showNext goes on with the window that is closing by one result. Old results come
// first, each to be replaced or taken away; then those that are new.
func (s *Store) showNext(r *windowed) {
	w := r.closing
	if len(r.stale) > 0 {
		res := r.stale[0]
		r.stale[0] = nil
		r.stale = r.stale[1:]
		if c := w.cells[res.key]; c != nil {
			w.drop(c)
			s.fill(r, res, c)
			r.fresh = append(r.fresh, res)
		} else {
			s.hide(res)
		}
	} else {
		c := w.take()
		res := s.newResult(r, c.key)
		s.fill(r, res, c)
		s.insert(r, res)
	}
	if len(r.stale)+len(w.cells) == 0 {
		r.closing = nil
	}
}

// take takes the first cell out that is left.
func (w *window) take() *cell {
	for {
		c := w.order[w.shown]
		w.shown++
		if !c.shown {
			w.drop(c)
			return c
		}
	}
}

func (w *window) drop(c *cell) {
	delete(w.cells, c.key)
	c.shown = true
}

// newResult is a result with nothing to show yet.
func (s *Store) newResult(r *windowed, key string) *result {
	labels, err := Labels(key)
	if err != nil {
		panic("store: the key of a window's cell that was encoded here does not decode: " + err.Error())
	}
	res := &result{key: key, epoch: s.epoch, blocks: make([]scrape.Block, len(r.metas))}
	owner := scrape.NewOwner(labels)
	for i := range res.blocks {
		res.blocks[i].Owner = owner
	}
	return res
}

// insert shows a result that has its texts.
func (s *Store) insert(r *windowed, res *result) {
	for i := range res.blocks {
		s.book.Insert(&r.metas[i].family.Family, &res.blocks[i])
	}
	r.fresh = append(r.fresh, res)
}

// fill gives a result the texts of a cell.
func (s *Store) fill(r *windowed, res *result, c *cell) {
	s.preserveResult(res)
	seconds := r.Interval.Seconds()
	labels := res.blocks[0].Owner.Labels()
	for i, o := range r.Outputs {
		s.setResult(r, res, i, expo.Metric{Labels: labels, Value: c.Output(o, seconds)})
	}
	if len(r.Quantiles) == 0 {
		return
	}
	all := make([]expo.Metric, len(r.Quantiles))
	for i, q := range r.Quantiles {
		all[i] = expo.Metric{Labels: withQuantile(labels, q), Value: c.Quantile(q)}
	}
	s.setResult(r, res, len(r.Outputs), all...)
}

func withQuantile(labels []expo.Label, q float64) []expo.Label {
	at, _ := slices.BinarySearchFunc(labels, quantileLabel, func(l expo.Label, name string) int { return strings.Compare(l.Name, name) })
	return slices.Insert(slices.Clone(labels), at, expo.Label{Name: quantileLabel, Value: string(expo.AppendFloat(nil, q))})
}

func (s *Store) setResult(r *windowed, res *result, i int, metrics ...expo.Metric) {
	f := expo.Family{Name: r.metas[i].family.Name, Type: expo.Gauge, Metrics: metrics}
	s.book.SetText(&res.blocks[i], string(expo.AppendSamples(nil, &f)), "")
}

func (s *Store) hide(res *result) {
	s.preserveResult(res)
	for i := range res.blocks {
		s.book.Remove(&res.blocks[i])
	}
}
