package push

import (
	"cmp"
	"slices"
)

// hasRoom is whether one more series may be made, after letting go of idle ones
// if need be. r.mu is held.
func (r *Recorder) hasRoom() bool {
	if r.series < r.config.maxSeries {
		return true
	}
	if r.stuck == r.epoch {
		return false // nothing has become idle since it was last tried
	}
	if r.evict() == 0 {
		r.stuck = r.epoch
	}
	return r.series < r.config.maxSeries
}

// evict lets series go that are sent already and were not used since, the longest
// unused first, up to a quarter of the bound, so that a process whose labels come
// and go can run for ever. What is evicted begins anew if it comes back.
func (r *Recorder) evict() int {
	var idle []*series
	for _, f := range r.families {
		for _, s := range f.series {
			if f.evicts(s) {
				idle = append(idle, s)
			}
		}
	}
	slices.SortFunc(idle, func(a, b *series) int { return cmp.Compare(a.changed, b.changed) })
	most := max(1, r.config.maxSeries/4)
	gone := make(map[*series]bool, most)
	for _, s := range idle {
		if len(gone) < most && s.evict() {
			gone[s] = true
		}
	}
	r.forget(gone)
	return len(gone)
}

// evicts is whether nothing is lost with s. A running total would be, and so would
// the value of a gauge that its handle may move up and down.
func (f *family) evicts(s *series) bool {
	if s.fresh || s == f.overflow || s.waiting() > 0 {
		return false
	}
	switch f.recorder.config.mode {
	case recordIncrements:
		return f.kind != gaugeKind || f.free
	case recordSamples:
		return f.free
	}
	return false
}

// forget takes series out of all lists and tables.
func (r *Recorder) forget(gone map[*series]bool) {
	if len(gone) == 0 {
		return
	}
	stays := func(s *series) bool { return !gone[s] }
	r.entries = r.known.prune(stays)
	for _, f := range r.families {
		r.entries += f.known.prune(stays)
		for _, s := range f.series {
			if gone[s] {
				delete(f.index, string(appendLabelKey(nil, s.labels)))
			}
		}
		f.series = slices.DeleteFunc(f.series, func(s *series) bool { return gone[s] })
		if f.free && len(f.series) == 0 {
			r.unregister(f)
		}
	}
	r.series -= len(gone)
}
