package store

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// tenRules are rules of which so many select the bench's series; all have a sum and two quantiles.
func tenRules(selecting int) (rules []WindowRule) {
	for i := range 10 {
		metric := "bench_values"
		if i >= selecting {
			metric = "other"
		}
		rules = append(rules, WindowRule{
			Name: fmt.Sprintf("w:%d", i), Match: []*labels.Matcher{match(labels.MatchEqual, "__name__", metric)},
			Labels: []string{"instance"}, Without: true, Interval: time.Minute,
			Outputs: []aggregate.Output{aggregate.WindowSum}, Quantiles: []float64{0.5, 0.99}, MaxSeries: 100_000,
		})
	}
	return rules
}

// valuesOf is a push of ten series.
func valuesOf(job, value int) *Change {
	f := expo.Family{Name: "bench_values", Type: expo.Gauge}
	for i := range 10 {
		f.Metrics = append(f.Metrics, expo.Metric{Value: float64(value), Labels: []expo.Label{
			{Name: "instance"}, {Name: "job", Value: fmt.Sprintf("job%d", job)}, {Name: "path", Value: fmt.Sprintf("/path/%d", i)},
		}})
	}
	return &Change{Kind: KindPush, Key: keyOfJob(fmt.Sprintf("job%d", job)), Families: []FamilyChange{
		{Name: f.Name, Type: f.Type, Text: string(expo.AppendSamples(nil, &f))},
	}}
}

// BenchmarkWindowPush is a push of ten series beside ten rules of which none, one or
// all select them.
func BenchmarkWindowPush(b *testing.B) {
	for _, selecting := range []int{-1, 0, 1, 10} {
		b.Run(fmt.Sprintf("selecting=%d", selecting), func(b *testing.B) {
			s := New()
			if selecting >= 0 {
				s.ApplyBatch([]*Item{{Change: SetWindows(tenRules(selecting)), Time: 1e9}})
			}
			pushes := []*Change{valuesOf(1, 1), valuesOf(1, 2)}
			for i := range b.N {
				s.ApplyBatch([]*Item{{Change: pushes[i%2], Seq: uint64(i), Time: 2e9}})
			}
		})
	}
}

// BenchmarkWindowClose is one record of the keeper's, of a window with 100,000 results
// in two families: new ones, and in place of old ones. It tells what one costs in memory.
func BenchmarkWindowClose(b *testing.B) {
	for _, replace := range []bool{false, true} {
		b.Run(fmt.Sprintf("replace=%v", replace), func(b *testing.B) {
			records := 0
			for records < b.N {
				b.StopTimer()
				s, seq := New(), uint64(0)
				apply := func(c *Change, at int64) bool {
					it := &Item{Change: c, Seq: seq, Time: at}
					s.ApplyBatch([]*Item{it})
					seq++
					return it.More
				}
				apply(SetWindows(tenRules(1)), 1e9)
				fill := func(at int64) {
					for job := range 10_000 {
						apply(valuesOf(job, job), at)
					}
				}
				before := inUse()
				fill(2e9)
				end := int64(60e9)
				b.ReportMetric(float64(inUse()-before)/100_000, "B/series")
				if replace {
					for apply(&Change{Kind: KindExpire, Most: 10_000}, end) {
					}
					fill(end)
					end += 60e9
				}
				s.View(nil)
				b.StartTimer()
				for more := true; more && records < b.N; records++ {
					more = apply(&Change{Kind: KindExpire, Most: 64}, end)
				}
			}
		})
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
