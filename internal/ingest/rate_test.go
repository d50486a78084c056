package ingest

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/limit"
)

// inBubble runs a test in virtual time, with a door that limits the rate of pushes.
func inBubble(t *testing.T, rules limit.Rules, test func(f *fixture)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := openRuled(t, Options{}, dir, Rules{Limits: rules})
		test(f)
		if err := f.log.Close(); err != nil {
			t.Error(err)
		}
	})
}

// burst pushes as often as a job may now and returns how often that was.
func (f *fixture) burst(job string) (n int) {
	f.t.Helper()
	for n < 1000 {
		var often *RateError
		switch err := f.push("m 1\n", "job", job); {
		case err == nil:
			n++
		case errors.As(err, &often):
			return n
		default:
			f.t.Fatal(err)
		}
	}
	return n
}

// A job has a bucket of what a second is worth, which fills again as time goes by;
// one job's pushes take nothing from another's.
func TestEachJobHasItsOwnBucketOfPushes(t *testing.T) {
	inBubble(t, bounds(map[limit.ID]int64{limit.JobPushes: 5}), func(f *fixture) {
		for _, step := range []struct {
			pause time.Duration
			job   string
			want  int
		}{
			{0, "a", 5}, {0, "b", 5}, {0, "a", 0}, {200 * time.Millisecond, "a", 1},
			{400 * time.Millisecond, "a", 2}, {time.Hour, "a", 5}, {0, "b", 5}, {0, "b", 0},
		} {
			time.Sleep(step.pause)
			if n := f.burst(step.job); n != step.want {
				f.t.Errorf("after %s more job %s pushes %d times, want %d", step.pause, step.job, n, step.want)
			}
		}
		if n := len(f.rates.buckets); n != 2 {
			f.t.Errorf("%d buckets, want 2", n)
		}
	})
}

// Who pushes too often is told the limit and when to come back, is counted, and is
// taken then; the refusal costs no journal record.
func TestPushTooOftenIsToldWhenToComeBack(t *testing.T) {
	inBubble(t, bounds(map[limit.ID]int64{limit.JobPushes: 4}), func(f *fixture) {
		f.burst("a")
		applied := f.store.Stats().Applied
		err := f.push("m 1\n", "job", "a")
		var often *RateError
		if !errors.As(err, &often) {
			f.t.Fatalf("got %v, want a *RateError", err)
		}
		const want = `job pushes limit reached (limit-job-pushes-per-second): job "a" pushes more often than that, 4 allowed; raise limits.job_pushes_per_second or push less often`
		if err.Error() != want {
			f.t.Errorf("got\n%s\nwant\n%s", err, want)
		}
		if often.After != 250*time.Millisecond {
			f.t.Errorf("told to come back after %s, want 250ms", often.After)
		}
		if got := f.store.Stats().Applied; got != applied {
			f.t.Errorf("the refusal made %d journal records", got-applied)
		}
		if n := f.Counts().Refused[limit.JobPushes]; n != 2 {
			f.t.Errorf("%d refusals counted, want 2", n)
		}
		time.Sleep(often.After)
		f.must("m 1\n", "job", "a")
	})
}

// A job is what the relabel rules make of it, an override holds for its groups, and
// buckets follow a reload.
func TestRateFollowsRules(t *testing.T) {
	rules := bounds(map[limit.ID]int64{limit.JobPushes: 2})
	fast := limit.Override{Match: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "job", "fast")}}
	fast.Max[limit.JobPushes] = 20
	rules.Overrides = []limit.Override{fast}
	inBubble(t, rules, func(f *fixture) {
		if n := f.burst("fast"); n != 20 {
			f.t.Errorf("the override lets %d through, want 20", n)
		}
		if n := f.burst("a"); n != 2 {
			f.t.Errorf("%d let through, want 2", n)
		}
		r := rewrites(f.t, serviceToJob)
		r.Limits = bounds(map[limit.ID]int64{limit.JobPushes: 8})
		f.SetRules(r)
		if err := f.push("m 1\n", "job", "x", "service", "a"); err == nil {
			f.t.Error("a job that the rules name a has a bucket of its own, want that of a")
		}
		time.Sleep(time.Second)
		if n := f.burst("a"); n != 8 {
			f.t.Errorf("%d let through after the limit was raised, want 8", n)
		}
	})
}

// Buckets that are full again are let go: what is kept doesn't grow with the number
// of jobs that ever pushed.
func TestFullBucketsAreLetGo(t *testing.T) {
	inBubble(t, bounds(map[limit.ID]int64{limit.JobPushes: 1}), func(f *fixture) {
		for i := range 50 {
			f.must("m 1\n", "job", fmt.Sprint(i))
		}
		time.Sleep(2 * sweepEvery)
		f.must("m 1\n", "job", "last")
		if n := len(f.rates.buckets); n != 1 {
			f.t.Errorf("%d buckets, want 1", n)
		}
	})
}
