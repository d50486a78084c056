package store

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// jobChange is a push of ten gauges by one of many jobs.
func jobChange(b *testing.B, job, value int) *Change {
	labels := []expo.Label{{Name: "instance"}, {Name: "job", Value: "job-" + strconv.Itoa(job)}}
	c := &Change{Kind: KindReplace, Key: KeyOf(labels[1:])}
	for i := range 10 {
		f := expo.Family{Name: fmt.Sprintf("batch_metric_%d_seconds", i), Type: expo.Gauge}
		f.Metrics = []expo.Metric{{Labels: labels, Value: float64(value + i)}}
		c.Families = append(c.Families, FamilyChange{Name: f.Name, Type: f.Type, Text: string(expo.AppendSamples(nil, &f))})
	}
	slices.SortFunc(c.Families, func(x, y FamilyChange) int { return compareName(x, y.Name) })
	decoded := new(Change)
	if err := decoded.Decode(c.Kind, AppendPayload(nil, c)); err != nil {
		b.Fatal(err)
	}
	return decoded
}

// A push costs the same whatever is resident.
func BenchmarkApply(b *testing.B) {
	for _, groups := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			s := New()
			for i := range groups {
				s.ApplyBatch([]*Item{{Change: jobChange(b, i, 0), Time: 1}})
			}
			s.View(nil)
			again := make([]*Change, 1000)
			for i := range again {
				again[i] = jobChange(b, i*groups/1000, 1)
			}
			b.ReportAllocs()
			n := 0
			item := new(Item)
			items := []*Item{item}
			for b.Loop() {
				*item = Item{Change: again[n%len(again)], Time: int64(n + 2)}
				s.ApplyBatch(items)
				if item.Err != nil {
					b.Fatal(item.Err)
				}
				n++
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	payload := AppendPayload(nil, jobChange(b, 1, 1))
	b.ReportAllocs()
	c := new(Change)
	for b.Loop() {
		if err := c.Decode(KindReplace, payload); err != nil {
			b.Fatal(err)
		}
	}
}

// Start-up puts groups back at this rate.
func BenchmarkRestore(b *testing.B) {
	states := make([]*Change, 20_000)
	for i := range states {
		states[i] = jobChange(b, i, 0)
		states[i].Kind, states[i].state.pushed = KindGroup, 1
	}
	b.ReportAllocs()
	for b.Loop() {
		s := New()
		for _, c := range states {
			s.ApplyBatch([]*Item{{Change: c, Time: 1}})
		}
	}
	b.ReportMetric(float64(b.N*len(states))/b.Elapsed().Seconds(), "groups/s")
}

// What one expire record takes, during which pushes wait: some milliseconds at most.
func BenchmarkExpire(b *testing.B) {
	const groups, most = 100_000, 250
	for b.Loop() {
		b.StopTimer()
		s := New()
		for i := range groups {
			c := jobChange(b, i, 0)
			c.Kind, c.Terms.TTL = KindPush, 1
			s.ApplyBatch([]*Item{{Change: c, Time: 1}})
		}
		s.View(nil)
		b.StartTimer()
		for range groups / most {
			s.ApplyBatch([]*Item{{Change: &Change{Kind: KindExpire, Most: most}, Time: 10}})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/(groups/most), "µs/record")
}

// A push to a sum costs the same however many series its family has.
func BenchmarkSum(b *testing.B) {
	for _, series := range []int{100, 100_000} {
		b.Run(fmt.Sprintf("series=%d", series), func(b *testing.B) {
			s, key := New(), KeyOf([]expo.Label{{Name: "job", Value: "j"}})
			push := func(i int) *Change {
				f := expo.Family{Name: "requests_total", Type: expo.Counter}
				f.Metrics = []expo.Metric{{Labels: append(exposedLabels(key), expo.Label{Name: "path", Value: strconv.Itoa(i)}), Value: 1}}
				terms := Terms{Summing: Summing{Mode: Delta}}
				for id := range terms.Limits.Max {
					terms.Limits.Max[id] = 1 << 40
				}
				return &Change{Kind: KindPush, Key: key, Terms: terms, Families: []FamilyChange{
					{Name: f.Name, Type: f.Type, Text: string(expo.AppendSamples(nil, &f))}}}
			}
			for i := range series {
				s.ApplyBatch([]*Item{{Change: push(i), Seq: uint64(i + 1), Time: 1}})
			}
			s.View(nil)
			again := make([]*Change, 100)
			for i := range again {
				again[i] = push(i * series / 100)
			}
			b.ReportAllocs()
			n := 0
			item := new(Item)
			for items := []*Item{item}; b.Loop(); n++ {
				*item = Item{Change: again[n%len(again)], Seq: uint64(series + n + 1), Time: int64(n + 2)}
				if s.ApplyBatch(items); item.Err != nil {
					b.Fatal(item.Err)
				}
			}
		})
	}
}

// What a push into a large sum takes at most after a snapshot has begun: longest-ns is the
// median over the snapshots.
func BenchmarkPushIntoSumDuringSnapshot(b *testing.B) {
	for _, series := range []int{100, 100_000} {
		b.Run(fmt.Sprintf("series=%d", series), func(b *testing.B) {
			s, key := New(), KeyOf([]expo.Label{{Name: "job", Value: "j"}})
			changes := make([]*Change, series)
			for i := range changes {
				f := refSeries{labels: append(exposedLabels(key), expo.Label{Name: "path", Value: strconv.Itoa(i)}), value: refValue{n: 1}}
				changes[i] = &Change{Kind: KindPush, Key: key, Terms: Terms{Summing: Summing{Mode: Cumulative, Pusher: strconv.Itoa(i % 1000)}},
					Families: []FamilyChange{{Name: "c", Type: expo.Counter, Text: f.text("c", expo.Counter)}}}
				s.ApplyBatch([]*Item{{Change: changes[i], Seq: 1, Time: 1}})
			}
			var all []time.Duration
			for i := range b.N {
				snap, longest := s.BeginSnapshot(), time.Duration(0)
				for n := range 100 {
					began := time.Now()
					s.ApplyBatch([]*Item{{Change: changes[(100*i+n)%series], Seq: 1, Time: int64(i + 2)}})
					longest = max(longest, time.Since(began))
				}
				all = append(all, longest)
				writeSnapshot(b, snap)
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Nanoseconds()), "longest-ns")
		})
	}
}
