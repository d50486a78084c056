package runs

import (
	"slices"
	"time"

	"github.com/headgate/headgate/internal/schedule"
)

// Status is what a history means at a moment.
type Status struct {
	// Running are the runs that go on, Stuck those of them that take too long.
	Running, Stuck int
	// Last is the newest run that has ended and did something, nil if there is none.
	Last *Run
	// Median is of the runs that ended and did something, 0 if none has.
	Median time.Duration
	// Next is when the next run is due, zero if nobody knows. It lies in the past while
	// that run is late.
	Next time.Time
	// Late is whether the next run should have begun by now.
	Late bool
	// Changes is when the status will be another one though nothing is told, zero for never.
	Changes time.Time
}

// Duration is how long a run took that has ended.
func (r *Run) Duration() time.Duration { return time.Duration(r.End - r.Start) }

// Worked is whether a run has ended and did something.
func (r *Run) Worked() bool { return r.End != 0 && r.Outcome != Skipped }

// Status is that at now. s is the schedule of h.Plan, nil if it has none.
func (h *History) Status(s *schedule.Schedule, now time.Time) (st Status) {
	var took []time.Duration
	for i := range h.Runs {
		r := &h.Runs[i]
		switch {
		case r.Worked():
			st.Last = r
			took = append(took, r.Duration())
		case h.Goes(i):
			st.Running++
			if limit := h.limit(s, r); !limit.IsZero() {
				if limit.Before(now) {
					st.Stuck++
				} else {
					st.until(limit)
				}
			}
		}
	}
	st.Median = median(took)
	h.next(&st, s, now)
	return st
}

// Goes is whether the run at i goes on as far as is known.
func (h *History) Goes(i int) bool { return h.Runs[i].End == 0 && !h.lost(i) }

// Hangs is whether the run at i takes too long.
func (h *History) Hangs(i int, s *schedule.Schedule, now time.Time) bool {
	if !h.Goes(i) {
		return false
	}
	limit := h.limit(s, &h.Runs[i])
	return !limit.IsZero() && limit.Before(now)
}

// limit is until when a run should be over: as long as it may take or, if that wasn't
// said, until the next one is due.
func (h *History) limit(s *schedule.Schedule, r *Run) time.Time {
	start := time.Unix(0, r.Start)
	switch {
	case h.Plan.Max > 0:
		return start.Add(h.Plan.Max)
	case s != nil:
		return following(s, start)
	case h.Plan.Expect > 0:
		return start.Add(h.Plan.Expect)
	}
	return time.Time{}
}

// following is when the next run is due after one that began at start.
func following(s *schedule.Schedule, start time.Time) time.Time {
	due := s.Next(start)
	if due.IsZero() {
		return due
	}
	if from, _ := s.Window(due); !start.Before(from) {
		due = s.Next(due) // it was this one, somewhat early
	}
	return due
}

// next works out when a run is due.
func (h *History) next(st *Status, s *schedule.Schedule, now time.Time) {
	if len(h.Runs) == 0 {
		return
	}
	last := time.Unix(0, h.Runs[len(h.Runs)-1].Start)
	end := time.Time{} // of the time in which it has to begin
	switch {
	case s != nil:
		st.Next = following(s, last)
		if judged := s.Next(time.Unix(0, h.Judged)); st.Next.Before(judged) {
			st.Next = judged
		}
		if !st.Next.IsZero() {
			_, end = s.Window(st.Next)
		}
	case h.Plan.Expect > 0:
		st.Next = last.Add(h.Plan.Expect)
		end = st.Next
	default:
		return
	}
	if st.Late = end.Before(now); !st.Late {
		st.until(end)
	}
}

func (st *Status) until(t time.Time) {
	if t = t.Add(1); st.Changes.IsZero() || t.Before(st.Changes) {
		st.Changes = t
	}
}

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return (d[(len(d)-1)/2] + d[len(d)/2]) / 2
}
