package gateway

import (
	"fmt"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/schedule"
	"github.com/headgate/headgate/internal/store"
)

// ranDaily is a change that tells of a job's run.
func ranDaily(job int, start time.Time) *store.Change {
	return &store.Change{
		Kind: store.KindPush, Key: store.KeyOf([]expo.Label{{Name: "job", Value: fmt.Sprint("j", job)}}),
		Terms: store.Terms{Run: &runs.Event{
			ID: fmt.Sprint(start.Unix()), Start: start.UnixNano(), End: start.Add(time.Minute).UnixNano(), Outcome: runs.Success,
			Plan: runs.Plan{Schedule: "15 3 * * *", Timezone: "Europe/Berlin"}, Bounds: runs.Defaults,
		}},
	}
}

// BenchmarkRunMetrics is what ten thousand jobs add to a scrape: if one of them has run
// since the last one, and if none has.
func BenchmarkRunMetrics(b *testing.B) {
	s := store.New()
	seq, now := uint64(0), time.Unix(1_800_000_000, 0)
	apply := func(c *store.Change) {
		seq++
		s.ApplyBatch([]*store.Item{{Change: c, Seq: seq, Time: now.UnixNano()}})
	}
	for job := range 10_000 {
		for day := range 50 {
			apply(ranDaily(job, now.AddDate(0, 0, day-50)))
		}
	}
	for name, changes := range map[string]bool{"changed": true, "unchanged": false} {
		b.Run(name, func(b *testing.B) {
			var m runMetrics
			var schedules schedule.Cache
			for i := range b.N {
				if changes {
					apply(ranDaily(1, now.Add(time.Duration(i)*time.Second)))
				}
				if f := m.current(s, &schedules, now); len(f) < 5 {
					b.Fatalf("%d families", len(f))
				}
			}
		})
	}
}
