package gateway

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
)

// How often the use of limits is looked at, from which part of a limit on a job is
// shown by name, and how many jobs of each limit are.
const (
	surveyEvery = 15 * time.Second
	nearLimit   = 0.5
	mostNear    = 20
)

// usage is how much of each limit is in use, as of the last survey. Looking at all
// groups at each scrape would make a scrape cost what is resident.
type usage struct {
	mu      sync.Mutex
	allowed [limit.IDs]int64 // of groups without overrides
	fullest [limit.IDs]fill
	near    [limit.IDs][]fill // the fullest first
	known   bool
}

// fill is how much of a limit a job uses, or one of its groups.
type fill struct {
	job   string
	used  int64
	ratio float64
}

// surveyor looks at the use of limits and of the disk every so often, until ctx ends.
func (g *Gateway) surveyor(ctx context.Context) {
	tick := time.NewTicker(surveyEvery)
	defer tick.Stop()
	for {
		g.survey()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (g *Gateway) survey() {
	g.space.look(g.cfg.DataDir)
	rules := g.door.Limits()
	var s survey
	s.allowed = rules.Set.Max
	g.store.Usage(func(u store.GroupUsage) { s.group(&u, rules) })
	s.note(limit.Series, "", int64(g.store.Stats().Series), s.allowed[limit.Series])
	s.note(limit.MetricSeries, "", g.store.PeakMetric(), s.allowed[limit.MetricSeries])
	for id, used := range g.door.Peaks() {
		s.note(id, "", used, s.allowed[id])
	}
	g.usage.set(&s)
}

type survey struct {
	allowed [limit.IDs]int64
	fullest [limit.IDs]fill
	jobs    [limit.IDs]map[string]fill
}

func (s *survey) group(u *store.GroupUsage, rules *limit.Rules) {
	set := &rules.Set
	if len(rules.Overrides) > 0 {
		if labels, err := store.Labels(u.Key); err == nil {
			set = new(limit.Set)
			rules.For(labels, set)
		}
	}
	s.note(limit.GroupSeries, u.Job, int64(u.Series), set.Max[limit.GroupSeries])
	s.note(limit.JobSeries, u.Job, int64(u.JobSeries), set.Max[limit.JobSeries])
	s.note(limit.JobGroups, u.Job, int64(u.JobGroups), set.Max[limit.JobGroups])
}

func (s *survey) note(id limit.ID, job string, used, allowed int64) {
	f := fill{job, used, float64(used) / float64(allowed)}
	if f.ratio >= s.fullest[id].ratio && (f.ratio > 0 || f.used > s.fullest[id].used) {
		s.fullest[id] = f
	}
	if job == "" || f.ratio < nearLimit || f.ratio <= s.jobs[id][job].ratio {
		return
	}
	if s.jobs[id] == nil {
		s.jobs[id] = map[string]fill{}
	}
	s.jobs[id][job] = f
}

func (u *usage) set(s *survey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.known, u.allowed, u.fullest = true, s.allowed, s.fullest
	for id := range limit.IDs {
		u.near[id] = u.near[id][:0]
		for _, f := range s.jobs[id] {
			u.near[id] = append(u.near[id], f)
		}
		slices.SortFunc(u.near[id], func(a, b fill) int {
			return cmp.Or(cmp.Compare(b.ratio, a.ratio), cmp.Compare(a.job, b.job))
		})
		u.near[id] = u.near[id][:min(len(u.near[id]), mostNear)]
	}
}

// nearJob is the label that names such a job. It isn't "job": a scrape with honor_labels
// would take that for the job that the series is of, and a push could show the same series.
const nearJob = "pushed_job"

var (
	limitAllowed = prometheus.NewDesc("headgate_limit_allowed", "The limit for groups without an override; absent if there is none.", []string{"limit"}, nil)
	limitUsed    = prometheus.NewDesc("headgate_limit_used", "How much of a limit the job, group or push uses that uses most of it, as of the last survey.", []string{"limit"}, nil)
	limitRatio   = prometheus.NewDesc("headgate_limit_usage_ratio", "The same as part of its limit: above 1 after a limit was lowered, or in a dry run.", []string{"limit"}, nil)
	limitNear    = prometheus.NewDesc("headgate_limit_job_usage_ratio", "Jobs that use half of a limit or more, the fullest 20 of each limit.", []string{"limit", nearJob}, nil)
)

// Describe implements prometheus.Collector.
func (u *usage) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{limitAllowed, limitUsed, limitRatio, limitNear} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (u *usage) Collect(ch chan<- prometheus.Metric) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.known {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for id := range limit.IDs {
		if u.allowed[id] != limit.None {
			gauge(limitAllowed, float64(u.allowed[id]), id.String())
		}
		gauge(limitUsed, float64(u.fullest[id].used), id.String())
		gauge(limitRatio, u.fullest[id].ratio, id.String())
		for _, f := range u.near[id] {
			gauge(limitNear, f.ratio, id.String(), f.job)
		}
	}
}
