package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/runs"
)

// BenchmarkHold tells how long a push may have to wait for what holds the store's lock
// longest, with 100,000 groups whose series are all in windows and 10,000 histories of
// runs: to begin a snapshot while a window is closing, each step of writing it, and each
// record of the keeper's.
func BenchmarkHold(b *testing.B) {
	for range b.N {
		s := New()
		rules := tenRules(1)[:1]
		apply := func(c *Change, at int64) bool {
			it := &Item{Change: c, Seq: s.applied + 1, Time: at}
			s.ApplyBatch([]*Item{it})
			return it.More
		}
		apply(SetWindows(rules), 1e9)
		fill := func(at int64) {
			for job := range 100_000 {
				text := fmt.Sprintf("bench_values{instance=\"\",job=\"job%d\"} %d\n", job, job)
				c := &Change{Kind: KindPush, Key: keyOfJob(fmt.Sprintf("job%d", job)), Families: []FamilyChange{{Name: "bench_values", Type: 1, Text: text}}}
				if job%10 == 0 {
					c.Terms.Run = &runs.Event{ID: fmt.Sprint(at), Start: at, Bounds: runs.Defaults}
				}
				apply(c, at)
			}
		}
		keep := func(at int64, records int) {
			var longest time.Duration
			for more := true; more && records > 0; records-- {
				begin := time.Now()
				more = apply(&Change{Kind: KindExpire, Most: 64}, at)
				longest = max(longest, time.Since(begin))
			}
			b.ReportMetric(float64(longest)/1e6, "ms/record")
		}
		fill(2e9)
		keep(60e9, 1<<30)
		fill(61e9)
		keep(120e9, 300) // the rest stays to be closed
		begin := time.Now()
		snap := s.BeginSnapshot()
		b.ReportMetric(float64(time.Since(begin))/1e6, "ms/begin")
		begin = time.Now()
		s.ApplyBatch([]*Item{{Change: valuesOf(1, 1), Time: 121e9}})
		b.ReportMetric(float64(time.Since(begin))/1e6, "ms/push")
		_ = snap.Write(context.Background(), func(journal.Kind, []byte) error { return nil })
	}
}
