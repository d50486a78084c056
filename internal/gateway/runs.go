package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/schedule"
)

// startGrace is for runs to be told of that began while the gateway was down: until it
// is over none is said to be missed.
const startGrace = 5 * time.Minute

// mostVerdicts is how many jobs one record is about.
const mostVerdicts = 100

// umpire finds which runs were due and didn't begin. It is the keeper's alone.
type umpire struct {
	version uint64               // of the histories when it last looked
	next    time.Time            // when there is something to find though nothing was told
	looked  map[string]*judgment // by history
}

// judgment is up to when a job's schedule was looked at, and when to look again.
type judgment struct {
	spec, zone string
	from, next time.Time
}

// judgeRuns records the runs that were missed.
func (g *Gateway) judgeRuns(ctx context.Context, now time.Time) error {
	u := &g.umpire
	version := g.store.RunsVersion()
	if now.Sub(g.began) < startGrace || version == u.version && (u.next.IsZero() || now.Before(u.next)) {
		return nil
	}
	verdicts := u.look(g.store.Runs(), &g.schedules, now)
	for from := 0; from < len(verdicts); from += mostVerdicts {
		some := verdicts[from:min(from+mostVerdicts, len(verdicts))]
		if err := g.door.NoteMissed(ctx, some); err != nil {
			*u = umpire{} // what wasn't noted is found again
			return fmt.Errorf("noting missed runs: %w", err)
		}
	}
	u.version = version
	return nil
}

// look finds what is new since the last time.
func (u *umpire) look(histories []runs.History, schedules *schedule.Cache, now time.Time) (verdicts []runs.Verdict) {
	before := u.looked
	u.looked, u.next = make(map[string]*judgment, len(before)), time.Time{}
	for i := range histories {
		h := &histories[i]
		s := planned(h, schedules)
		if s == nil {
			continue
		}
		j := before[h.Key]
		if j == nil || j.spec != h.Plan.Schedule || j.zone != h.Plan.Timezone {
			j = &judgment{spec: h.Plan.Schedule, zone: h.Plan.Timezone}
		}
		u.looked[h.Key] = j
		if v := j.look(h, s, now); len(v.Misses) > 0 {
			verdicts = append(verdicts, v)
		}
		if !j.next.IsZero() && (u.next.IsZero() || j.next.Before(u.next)) {
			u.next = j.next
		}
	}
	return verdicts
}

func (j *judgment) look(h *runs.History, s *schedule.Schedule, now time.Time) (v runs.Verdict) {
	if now.Before(j.next) {
		return v
	}
	v, j.next = h.Verdict(s, j.from, now)
	if v.Until > 0 {
		j.from = time.Unix(0, v.Until)
	}
	return v
}
