package store

import (
	"fmt"

	"github.com/headgate/headgate/internal/limit"
)

// OverLimit is a limit that a push goes beyond, or would if it were not a dry run.
type OverLimit struct {
	ID limit.ID
	// Found is how much there would be with the push, Allowed the limit.
	Found, Allowed int64
	// Family is the metric family that it is about, if it is about one.
	Family string
}

func (e *OverLimit) Error() string {
	return fmt.Sprintf("%s: %d %s, %d allowed", e.ID, e.Found, e.ID.Unit(), e.Allowed)
}

// checkLimits holds a push to its limits. Only what grows is over a limit: a push
// that shrinks a group is taken even if there is still too much of it. What a dry
// run finds is appended to over. s.scratch holds the matches of c.
func (s *Store) checkLimits(g *group, c *Change, over []OverLimit) ([]OverLimit, error) {
	l := &c.Terms.Limits
	if *l == (Limits{}) {
		return over, nil
	}
	var w weighing
	w.weigh(s, g, c)
	return s.judge(&w, l, over)
}

// judge holds what a push would make of the numbers to the limits.
func (s *Store) judge(w *weighing, l *Limits, over []OverLimit) ([]OverLimit, error) {
	s.peakMetric = max(s.peakMetric, w.peak)
	grows := w.after - w.before
	for _, e := range [...]OverLimit{
		{ID: limit.MetricSeries, Found: w.most, Family: w.family},
		{ID: limit.GroupSeries, Found: w.after},
		{ID: limit.JobGroups, Found: w.jobGroups},
		{ID: limit.JobSeries, Found: w.jobSeries + grows},
		{ID: limit.Series, Found: int64(s.series) + grows},
	} {
		e.Allowed = l.Max[e.ID]
		if grows <= 0 && e.ID != limit.MetricSeries || e.Allowed == 0 || e.Found <= e.Allowed {
			continue
		}
		if !l.DryRun[e.ID] {
			refusal := e // e itself would be made for each push
			return over, &refusal
		}
		over = append(over, e)
	}
	return over, nil
}

// weighing is what a push makes of the group's and its job's numbers of series.
type weighing struct {
	before, after int64 // series of the group
	jobSeries     int64 // without the push
	jobGroups     int64 // with it; 0 if the group is there already
	// family is the one that grows to most series.
	family string
	most   int64
	peak   int64 // series of the largest family
}

// begin is with what there is before the push.
func (w *weighing) begin(s *Store, g *group, c *Change) {
	w.after = ownSeries
	if g != nil {
		w.before, w.after, w.jobSeries = int64(g.series), int64(g.series), int64(g.job.series)
	} else if j := s.jobs[jobOfKey(c.Key)]; j != nil {
		w.jobSeries, w.jobGroups = int64(j.series), int64(j.groups)+1
	} else {
		w.jobGroups = 1
	}
}

func (w *weighing) weigh(s *Store, g *group, c *Change) {
	w.begin(s, g, c)
	if c.replaces() {
		w.after = ownSeries
	}
	for i := range c.Families {
		n, old := int64(countLines(c.Families[i].Text)), int64(0)
		if h := s.scratch[i]; h != nil {
			old = int64(countLines(h.Text()))
		}
		w.after += n
		if !c.replaces() {
			w.after -= old
		}
		w.peak = max(w.peak, n)
		if n > old && n > w.most {
			w.family, w.most = c.Families[i].Name, n
		}
	}
}

// mayJoin is whether a failed push may leave a group that isn't there yet: failures
// are held to the same limits, or they would be the way around them.
func (s *Store) mayJoin(c *Change) bool {
	_, err := s.checkLimits(nil, &Change{Kind: KindMerge, Key: c.Key, Terms: c.Terms}, nil)
	return err == nil
}

// jobOfKey is the job that an encoded grouping key names.
func jobOfKey(key string) string {
	d := decoder{rest: key}
	for range d.count() {
		if name, value := d.string(), d.string(); name == "job" {
			return value
		}
	}
	return ""
}
