package runs

import "slices"

// reaches is whether r was still going on at a moment, as far as is known.
func (r *Run) reaches(t int64) bool {
	return r.Outcome != Skipped && (r.End == 0 || r.End > t)
}

// countOverlaps marks the run at i if an earlier one was going on when it began, and
// later ones that began while it was. A run is counted once, whatever is told later.
func (h *History) countOverlaps(i int) {
	r := &h.Runs[i]
	if r.Outcome == Skipped {
		return
	}
	for j := range h.Runs[:i] {
		if h.Runs[j].reaches(r.Start) && !h.lost(j) {
			h.overlap(r)
		}
	}
	for j := i + 1; j < len(h.Runs) && !h.lost(i); j++ {
		if later := &h.Runs[j]; r.reaches(later.Start) {
			h.overlap(later)
		}
	}
}

func (h *History) overlap(r *Run) {
	if r.Outcome != Skipped && !r.Overlaps {
		r.Overlaps = true
		h.Overlapping++
	}
}

// lost is whether a run's end will hardly be told any more: a later run on the same
// host succeeded, so the machine went down or the run was killed with what watched it.
func (h *History) lost(i int) bool {
	r := &h.Runs[i]
	return r.End == 0 && slices.ContainsFunc(h.Runs[i+1:], func(o Run) bool { return o.Outcome == Success && o.Host == r.Host })
}
