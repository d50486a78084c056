package push

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

// tallied sums what drains gave, and complains about a histogram whose parts
// don't belong together.
type tallied struct {
	t     *testing.T
	sum   float64 // of all counters
	seen  uint64  // by all histograms
	above float64 // their sums
}

func (a *tallied) add(families []*dto.MetricFamily) {
	for _, f := range families {
		for _, m := range f.Metric {
			a.sum += m.GetCounter().GetValue()
			if h := m.GetHistogram(); h != nil {
				a.seen += h.GetSampleCount()
				a.above += h.GetSampleSum()
				// Each observation is 2, above the first bound and below the second.
				if n := h.GetSampleCount(); float64(2*n) != h.GetSampleSum() || h.Bucket[0].GetCumulativeCount() != 0 || h.Bucket[1].GetCumulativeCount() != n {
					a.t.Errorf("a torn histogram: %v", h)
				}
			}
		}
	}
}

// Each increment is in exactly one drain: while goroutines record through handles,
// bound handles and Record, while the table grows, and while idle series are let go
// and come back. What is missing was refused, and counted.
func TestEachIncrementIsHandedOverOnce(t *testing.T) {
	const workers, rounds, labels = 8, 4000, 60
	for _, maxSeries := range []int{16, 1000} {
		r := newRecorder(recorderConfig{maxSeries: maxSeries, now: nil})
		c := r.Counter("c_total", "", "l")
		h := r.Histogram("h", "", []float64{1, 3}, "l")
		var added, observed, failed atomic.Int64 // added in quarters
		var group sync.WaitGroup
		for w := range workers {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			group.Go(func() {
				bound := c.With("0")
				for range rounds {
					label := fmt.Sprint(rng.IntN(1 + rng.IntN(labels)))
					switch rng.IntN(5) {
					case 0:
						c.Inc(label)
						added.Add(4)
					case 1:
						m := Metric{Name: "c_total", Value: 0.25, Labels: []Label{{Name: "l", Value: label}}}
						if r.Record(m) == nil {
							added.Add(1)
						} else {
							failed.Add(1)
						}
					case 2:
						bound.Inc()
						added.Add(4)
					case 3:
						bound = c.With(label)
					default:
						h.Observe(2, label)
						observed.Add(1)
					}
				}
			})
		}
		got := tallied{t: t}
		done := make(chan struct{})
		go func() { group.Wait(); close(done) }()
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
			}
			families, _ := r.drain()
			got.add(families)
			_, _ = r.Gather()
			runtime.Gosched()
		}
		refused := r.stats().refused
		lost := int64(refused["limit"]) - failed.Load() // of handles: With's refuse nothing that was added
		if maxSeries == 1000 && (lost != 0 || got.sum != float64(added.Load())/4 || got.seen != uint64(observed.Load())) {
			t.Errorf("added %v, drained %v; observed %d, drained %d; refused %v",
				float64(added.Load())/4, got.sum, observed.Load(), got.seen, refused)
		}
		if short := float64(added.Load())/4 + float64(observed.Load()) - got.sum - float64(got.seen); short < 0 || short > float64(lost) {
			t.Errorf("%v more were recorded than drained, %d were refused", short, lost)
		}
		if st := r.stats(); st.series > maxSeries+workers || maxSeries == 16 && st.refused["limit"] == 0 {
			t.Errorf("stats with a limit of %d: %+v", maxSeries, st)
		}
	}
}

// What is recorded while the recorder closes is in the last drain or refused, and
// never neither.
func TestNothingIsLostAtClose(t *testing.T) {
	for seed := range 100 {
		r := newRecorder(recorderConfig{mode: recordMode(seed % 2)})
		c := r.Counter("c_total", "", "l")
		h := r.Histogram("h", "", []float64{1, 3})
		var tried, accepted atomic.Int64
		var group sync.WaitGroup
		for w := range 4 {
			group.Go(func() {
				bound := c.With(fmt.Sprint(w))
				for range 200 {
					c.Inc(fmt.Sprint(w))
					bound.Inc()
					h.Observe(2)
					tried.Add(3)
					if r.Record(Metric{Name: "c_total", Value: 1, Labels: []Label{{Name: "l", Value: "x"}}}) == nil {
						accepted.Add(1)
					}
					tried.Add(1)
				}
			})
		}
		for range seed % 5 {
			runtime.Gosched()
		}
		r.close()
		got := tallied{t: t}
		last, _ := r.drain()
		if seed%2 == 1 {
			last, _ = r.Gather()
		}
		got.add(last)
		group.Wait()
		again, _ := r.drain()
		got.add(again)
		refused := int64(r.stats().refused["closed"])
		if drained := int64(got.sum) + int64(got.seen); drained < tried.Load()-refused || drained > tried.Load() {
			t.Fatalf("round %d: tried %d, refused %d, drained %d", seed, tried.Load(), refused, drained)
		}
	}
}

// Samples of a series come out in the order in which its gauge took the values.
func TestSamplesAreInOrderUnderConcurrency(t *testing.T) {
	r := newRecorder(recorderConfig{mode: recordSamples})
	g := r.Gauge("g", "")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 1000 {
				g.Inc()
			}
		})
	}
	next := 1.0
	drain := func() {
		families, _ := r.drain()
		for _, f := range families {
			for _, m := range f.Metric {
				if m.GetGauge().GetValue() != next {
					t.Fatalf("sample %v comes where %v should", m.GetGauge().GetValue(), next)
				}
				next++
			}
		}
	}
	for next < 2000 {
		drain()
		runtime.Gosched()
	}
	group.Wait()
	drain()
	if next != 4001 {
		t.Errorf("%v samples, want 4000", next-1)
	}
}

// No sample is lost when the series, and with it the name, is evicted about the
// time at which it is recorded.
func TestSamplesOutliveTheirSeries(t *testing.T) {
	r := newRecorder(recorderConfig{mode: recordSamples, maxSeries: 2})
	var accepted atomic.Int64
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for i := range 3000 {
				if r.Record(Metric{Name: fmt.Sprint("m", (w+i)%7)}) == nil {
					accepted.Add(1)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	drained := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		_, n := r.drain()
		drained += n
	}
	if st := r.stats(); drained != int(accepted.Load()) || st.recorded != uint64(drained) {
		t.Errorf("accepted %d samples, drained %d, counted %d", accepted.Load(), drained, st.recorded)
	}
}
