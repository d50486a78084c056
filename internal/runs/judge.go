package runs

import (
	"time"

	"github.com/headgate/headgate/internal/schedule"
)

// Verdict is which runs of a job were due and didn't begin.
type Verdict struct {
	Key string
	// Until is up to when due times were looked at.
	Until  int64
	Misses []Miss
}

// Judge takes verdicts over. What has come since they were found is looked at again:
// a run that began after all isn't missed, and nothing is judged twice.
func (b *Book) Judge(verdicts []Verdict) {
	for i := range verdicts {
		v := &verdicts[i]
		if at := b.histories[v.Key]; at != nil {
			h := at.Value.(*History)
			h.judge(v)
			b.stamp(h)
		}
	}
}

func (h *History) judge(v *Verdict) {
	for _, m := range v.Misses {
		if m.Due <= h.Judged || h.began(m.From, m.To) {
			continue
		}
		h.Missed++
		h.Misses = append(h.Misses, m)
	}
	h.Misses = h.Misses[max(0, len(h.Misses)-mostMisses):]
	h.Judged = max(h.Judged, v.Until)
}

// The most misses that are kept of a job, and the most due times that one verdict is
// about: a gateway may have been away for a month, and many jobs be due each minute.
const (
	mostMisses = 50
	mostJudged = 100
)

// patience is for a push to arrive whose run began at the last moment.
const patience = 15 * time.Second

// Verdict finds the due times that are over and at which no run began. Earlier ones
// than from aren't looked at again, and at is when there may be more to find, zero for never.
func (h *History) Verdict(s *schedule.Schedule, from, now time.Time) (v Verdict, at time.Time) {
	v.Key = h.Key
	if known := time.Unix(0, max(h.Judged, h.Gone.Start)); from.Before(known) {
		from = known
	}
	due := s.Next(from)
	for range mostJudged {
		if due.IsZero() {
			return v, due
		}
		begin, end := s.Window(due)
		if over := end.Add(patience); !over.Before(now) {
			return v, over
		}
		v.Until = due.UnixNano()
		// Of a time when the oldest known run began, older ones may have begun as well.
		m := Miss{due.UnixNano(), begin.UnixNano(), end.UnixNano()}
		if h.Gone.Start < m.From && !h.began(m.From, m.To) {
			v.Misses = append(v.Misses, m)
		}
		due = s.Next(due)
	}
	return v, now
}
