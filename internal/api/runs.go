package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/schedule"
	"github.com/headgate/headgate/internal/store"
)

// jobRuns is the history of a job's runs as it is shown.
type jobRuns struct {
	runs.History
	runs.Status
	Labels   []expo.Label // job first
	schedule *schedule.Schedule
	now      time.Time
}

// jobsRuns lists the histories whose labels keep accepts, sorted by job and labels.
func (a *API) jobsRuns(keep func([]expo.Label) bool) []jobRuns {
	var list []jobRuns
	now := time.Now()
	for _, h := range a.Store.Runs() {
		labels, err := store.Labels(h.Key)
		if err != nil || keep != nil && !keep(labels) {
			continue
		}
		j := jobRuns{History: h, Labels: jobFirst(labels), now: now}
		if h.Plan.Schedule != "" {
			j.schedule, _ = a.Schedules.Parse(h.Plan.Schedule, h.Plan.Timezone) // valid to the version that took it
		}
		j.Status = j.History.Status(j.schedule, now)
		list = append(list, j)
	}
	slices.SortFunc(list, func(a, b jobRuns) int {
		return slices.CompareFunc(a.Labels, b.Labels, func(x, y expo.Label) int {
			return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Value, y.Value))
		})
	})
	return list
}

// listRuns answers GET /api/v1/runs: the histories of the job that is asked for and
// that match[] selects, with the newest runs of each.
func (a *API) listRuns(w http.ResponseWriter, r *http.Request) {
	keep, limit, err := a.runsAsked(r)
	if err != nil {
		jsonError(w, err)
		return
	}
	s := newStream(w)
	s.raw(`{"status":"success","data":[`)
	for i, j := range a.jobsRuns(keep) {
		if i > 0 {
			s.raw(",")
		}
		s.jobRuns(&j, limit)
		if !s.flush() {
			return
		}
	}
	s.raw("]}")
	s.send()
}

func (a *API) runsAsked(r *http.Request) (keep func([]expo.Label) bool, limit int, err error) {
	matches, err := a.selection(r)
	if err != nil {
		return nil, 0, err
	}
	query := r.URL.Query()
	limit = runs.Most
	if asked := query.Get("limit"); asked != "" {
		if limit, err = strconv.Atoi(asked); err != nil || limit < 0 {
			return nil, 0, refuse(invalid, "parameter limit=%q: want how many runs of each job are to be listed, a whole number", brief(asked))
		}
	}
	job, named := query.Get("job"), query.Has("job")
	return func(key []expo.Label) bool {
		return (!named || valueOf(key, "job") == job) && (matches == nil || matches(key))
	}, limit, nil
}

func (s *stream) jobRuns(j *jobRuns, limit int) {
	s.raw(`{"labels":`)
	s.buf = appendJSONLabels(s.buf, byName(j.Labels))
	s.text("schedule", j.Plan.Schedule)
	s.text("timezone", j.Plan.Timezone)
	s.seconds("expect_seconds", j.Plan.Expect)
	s.seconds("max_seconds", j.Plan.Max)
	s.count("running", j.Running)
	s.count("stuck", j.Stuck)
	s.count("missed_total", int(j.Missed))
	s.count("overlapping_total", int(j.Overlapping))
	s.moment("last_success", timeAt(j.LastSuccess))
	s.moment("next", j.Next)
	s.flag("late", j.Late)
	if j.Last != nil {
		s.seconds("last_duration_seconds", j.Last.Duration())
		s.seconds("median_duration_seconds", j.Median)
	}
	s.raw(`,"missed":[`)
	for i, m := range slices.Backward(j.Misses) {
		s.buf = appendJSONTime(s.buf, timeAt(m.Due))
		if i > 0 {
			s.raw(",")
		}
	}
	s.raw(`],"runs":[`)
	from := max(0, len(j.Runs)-limit)
	for i := len(j.Runs) - 1; i >= from; i-- {
		s.run(j, i)
		if i > from {
			s.raw(",")
		}
	}
	s.raw("]}")
}

// run appends one run of a history.
func (s *stream) run(j *jobRuns, i int) {
	r := &j.Runs[i]
	s.raw(`{"id":`)
	s.buf = appendJSONString(s.buf, r.ID)
	s.text("host", r.Host)
	s.text("outcome", j.outcome(i))
	s.moment("start", timeAt(r.Start))
	s.moment("end", timeAt(r.End))
	if r.End != 0 {
		s.seconds("duration_seconds", r.Duration())
	}
	if r.HasCode {
		s.raw(`,"code":`)
		s.buf = strconv.AppendInt(s.buf, int64(r.Code), 10)
	}
	if r.Attempts > 0 {
		s.count("attempts", int(r.Attempts))
	}
	s.flag("overlapping", r.Overlaps)
	s.raw("}")
}

// outcome is a run's, with what is known of those that haven't ended.
func (j *jobRuns) outcome(i int) string {
	switch {
	case j.Runs[i].End != 0:
		return j.Runs[i].Outcome.String()
	case !j.Goes(i):
		return "lost"
	case j.Hangs(i, j.schedule, j.now):
		return "stuck"
	}
	return runs.Running.String()
}

// timeAt is a moment in nanoseconds since the epoch, zero for 0.
func timeAt(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}

// The following append a member of an object that isn't its first.

func (s *stream) name(name string) {
	s.buf = append(append(append(s.buf, `,"`...), name...), `":`...)
}

func (s *stream) text(name, v string) {
	s.name(name)
	s.buf = appendJSONString(s.buf, v)
}

func (s *stream) seconds(name string, d time.Duration) {
	s.name(name)
	s.buf = strconv.AppendFloat(s.buf, d.Seconds(), 'f', -1, 64)
}

func (s *stream) moment(name string, t time.Time) {
	s.name(name)
	s.buf = appendJSONTime(s.buf, t)
}

func (s *stream) flag(name string, v bool) {
	s.name(name)
	s.buf = strconv.AppendBool(s.buf, v)
}
