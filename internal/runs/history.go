package runs

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Run is one run of a job.
type Run struct {
	ID, Host string
	// Start and End are in nanoseconds since the epoch. End is 0 if none was told.
	Start, End int64
	Outcome    Outcome
	Code       int32
	HasCode    bool
	Attempts   uint32
	// Overlaps is whether another run was going on when this one began.
	Overlaps bool
	// Said is the plan that came with its start, until it ends.
	Said Plan
}

// Mark is a run's place in the order of runs.
type Mark struct {
	Start int64
	ID    string
}

func (m Mark) compare(o Mark) int {
	return cmp.Or(cmp.Compare(m.Start, o.Start), strings.Compare(m.ID, o.ID))
}

func (r *Run) mark() Mark { return Mark{r.Start, r.ID} }

// Miss is a time at which a run was due and none began. From and To are between
// which moments it would have had to.
type Miss struct{ Due, From, To int64 }

// History is what is known of the runs of one job. A copy stays as it is: changes
// make new slices, so that readers and snapshots need none.
type History struct {
	// Key is the encoded grouping key without its instance.
	Key string
	// Runs are the newest, the oldest of them first.
	Runs []Run
	// Misses are the newest, the oldest of them first.
	Misses []Miss
	Plan   Plan
	// Planned is the start of the run that brought Plan.
	Planned int64
	// Judged is up to when it is settled which due runs were missed.
	Judged int64
	// Gone is the newest run that was let go. What is told of it or of older ones comes too late.
	Gone Mark
	// Missed and Overlapping count. They never fall.
	Missed, Overlapping uint64
	// LastSuccess is the end of the newest successful run, 0 if there is none.
	LastSuccess int64
	// Until is when the history goes unless something is told.
	Until int64
	// Stamp changes with the history. It is no part of the state.
	Stamp uint64
}

// note takes over what an event says. It reports whether that is new: events may come
// twice, late, and an end before its start.
func (h *History) note(e *Event, t int64) bool {
	i := slices.IndexFunc(h.Runs, func(r Run) bool { return r.ID == e.ID })
	switch {
	case i >= 0 && (e.End == 0 || h.Runs[i].End != 0):
		return false
	case i < 0 && h.Gone.compare(Mark{e.Start, e.ID}) >= 0:
		return false
	case i < 0:
		i = h.insert(e)
	default:
		h.Runs = slices.Clone(h.Runs)
	}
	r := &h.Runs[i]
	if e.End != 0 {
		r.finish(e)
	}
	h.countOverlaps(i)
	h.plan(r, e, t)
	if r.Outcome == Success {
		h.LastSuccess = max(h.LastSuccess, r.End)
	}
	h.Misses = slices.DeleteFunc(slices.Clone(h.Misses), func(m Miss) bool { return m.From <= r.Start && r.Start <= m.To })
	h.trim(e.Bounds.Runs)
	return true
}

// insert adds a run that is going on and returns its place.
func (h *History) insert(e *Event) int {
	r := Run{ID: strings.Clone(e.ID), Host: h.host(e.Host), Start: e.Start}
	i, _ := slices.BinarySearchFunc(h.Runs, r.mark(), func(o Run, m Mark) int { return o.mark().compare(m) })
	runs := make([]Run, 0, len(h.Runs)+1)
	h.Runs = append(append(append(runs, h.Runs[:i]...), r), h.Runs[i:]...)
	return i
}

// host returns a string that outlives the event; nearly all runs are of the same host.
func (h *History) host(name string) string {
	if n := len(h.Runs); n > 0 && h.Runs[n-1].Host == name {
		return h.Runs[n-1].Host
	}
	return strings.Clone(name)
}

func (r *Run) finish(e *Event) {
	r.End, r.Outcome = max(e.End, r.Start), e.Outcome
	r.Code, r.HasCode, r.Attempts = e.Code, e.HasCode, e.Attempts
}

// plan takes over the plan of the newest run. An end says all of it, together with
// what its start has said; a start alone doesn't take anything back, nor does a run
// that was skipped.
func (h *History) plan(r *Run, e *Event, t int64) {
	said := r.Said.with(e.Plan)
	if r.Said = said.clone(); r.End != 0 {
		r.Said = Plan{}
	}
	if r.Start < h.Planned {
		return
	}
	if r.End == 0 || r.Outcome == Skipped {
		said = h.Plan.with(said)
	}
	if said.Schedule != h.Plan.Schedule || said.Timezone != h.Plan.Timezone {
		h.Judged = t
	}
	h.Plan, h.Planned = said.clone(), r.Start
}

func (p Plan) clone() Plan {
	p.Schedule, p.Timezone = strings.Clone(p.Schedule), strings.Clone(p.Timezone)
	return p
}

// trim lets the oldest runs go, those that are going on last: a run that hangs must
// not be forgotten because others are skipped for it every minute.
func (h *History) trim(most int) {
	for len(h.Runs) > most {
		i := 0
		for i < len(h.Runs) && h.Runs[i].End == 0 && !h.lost(i) {
			i++
		}
		if i == len(h.Runs) {
			i = 0
		}
		if m := h.Runs[i].mark(); h.Gone.compare(m) < 0 {
			h.Gone = m
		}
		h.Runs = slices.Delete(h.Runs, i, i+1)
	}
}

// began is whether a run began between two moments, both included.
func (h *History) began(from, to int64) bool {
	return slices.ContainsFunc(h.Runs, func(r Run) bool { return from <= r.Start && r.Start <= to })
}

// after is the moment d nanoseconds after t, or the end of time.
func after(t, d int64) int64 {
	if d > math.MaxInt64-t {
		return math.MaxInt64
	}
	return t + d
}
