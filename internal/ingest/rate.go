package ingest

import (
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/headgate/headgate/internal/limit"
)

// RateError is a push of a job that pushes too often.
type RateError struct {
	OverLimitError
	// After is when a push of the job is taken again.
	After time.Duration
}

// rates are the token buckets of the jobs whose pushes are limited. A bucket holds
// what a second is worth, at least one push.
type rates struct {
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	swept   time.Time
}

// sweepEvery is how often buckets that are full again are let go.
const sweepEvery = time.Minute

// take takes a push of a job at the time now, or says when to come back.
func (r *rates) take(job string, perSecond int64, now time.Time) (after time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.swept) > sweepEvery {
		r.sweep(now)
	}
	b := r.buckets[job]
	switch {
	case b == nil:
		if r.buckets == nil {
			r.buckets = map[string]*rate.Limiter{}
		}
		b = rate.NewLimiter(rate.Limit(perSecond), burst(perSecond))
		r.buckets[string([]byte(job))] = b // the push's memory isn't ours
	case b.Limit() != rate.Limit(perSecond):
		b.SetLimitAt(now, rate.Limit(perSecond))
		b.SetBurstAt(now, burst(perSecond))
	}
	if b.AllowN(now, 1) {
		return 0, true
	}
	missing := 1 - b.TokensAt(now)
	return time.Duration(missing / float64(perSecond) * float64(time.Second)), false
}

func burst(perSecond int64) int { return int(min(max(perSecond, 1), math.MaxInt32)) }

// fullest is how many pushes the job has in its bucket that has most.
func (r *rates) fullest(now time.Time) (most int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.buckets {
		most = max(most, int64(float64(b.Burst())-b.TokensAt(now)))
	}
	return most
}

func (r *rates) sweep(now time.Time) {
	r.swept = now
	for job, b := range r.buckets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(r.buckets, job)
		}
	}
}

// checkRate holds a job to its pushes per second.
func (d *Door) checkRate(w *work, p *Push) error {
	most := w.limits.Max[limit.JobPushes]
	if most == limit.None {
		return nil
	}
	job, _ := find(p.Labels, "job")
	after, ok := d.rates.take(job, most, time.Now())
	if ok {
		return nil
	}
	msg := reached(limit.JobPushes, fmt.Sprintf("job %q pushes more often than that", brief(job)), most, " or push less often")
	if w.limits.DryRun[limit.JobPushes] {
		w.found = append(w.found, dryRun(limit.JobPushes, "", "", most, msg))
		return nil
	}
	return &RateError{OverLimitError{limit.JobPushes, msg}, after}
}
