package push

import (
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"testing"
)

// A table finds all that it was given and nothing else, while it grows, shrinks
// and is read.
func TestSeriesTable(t *testing.T) {
	table := seriesTable{seed: maphash.MakeSeed()}
	f := &family{name: "m"}
	var all []*series
	find := func(i int) *series {
		if e := table.findMetric("m", []Label{{Name: "l", Value: fmt.Sprint(i)}}); e != nil {
			return e.series
		}
		return nil
	}
	if find(0) != nil || table.findValues(nil) != nil {
		t.Error("an empty table finds something")
	}
	var ready atomic.Int64
	var group sync.WaitGroup
	group.Go(func() {
		for ready.Load() < 1000 {
			i := int(ready.Load())
			if i > 0 && find(i-1) != all[i-1] {
				t.Errorf("series %d was added and isn't found", i-1)
				return
			}
		}
	})
	all = make([]*series, 1000)
	for i := range all {
		all[i] = &series{family: f}
		set := []Label{{Name: "l", Value: fmt.Sprint(i)}}
		add := func() int { return table.addMetric(&tableEntry{labels: set, series: all[i]}) }
		if add() != 1 || add() != 0 {
			t.Fatalf("series %d isn't new once", i)
		}
		ready.Store(int64(i + 1))
	}
	group.Wait()
	for i := range all {
		if find(i) != all[i] {
			t.Fatalf("series %d isn't found", i)
		}
	}
	other := []Label{{Name: "k", Value: "1"}}
	if table.findMetric("n", []Label{{Name: "l", Value: "1"}}) != nil || table.findMetric("m", other) != nil || find(1000) != nil {
		t.Error("what was never added is found")
	}
	odd := map[*series]bool{}
	for i, s := range all {
		odd[s] = i%2 == 1
	}
	if n := table.prune(func(s *series) bool { return odd[s] }); n != 500 {
		t.Errorf("%d of 500 entries are left", n)
	}
	for i, s := range all {
		if found := find(i); odd[s] && found != s || !odd[s] && found != nil {
			t.Fatalf("series %d: found %v", i, found)
		}
	}
}

// Values that run into each other when joined are told apart.
func TestLabelValuesAreToldApart(t *testing.T) {
	r := newRecorder(recorderConfig{})
	c := r.Counter("c_total", "", "a", "b")
	c.Inc("x", "yz")
	c.Inc("xy", "z")
	c.Inc("", "xyz")
	c.Inc("xyz", "")
	wantDrain(t, r, 4, `# TYPE c_total counter
c_total{a="xyz"} 1
c_total{b="xyz"} 1
c_total{a="x",b="yz"} 1
c_total{a="xy",b="z"} 1
`)
}

// A sample of a known series allocates nothing, not even the caller's labels.
func TestKnownSeriesCostNoAllocation(t *testing.T) {
	for _, mode := range []recordMode{recordIncrements, recordTotals, recordSamples} {
		r := newRecorder(recorderConfig{mode: mode, maxBuffered: 10})
		c := r.Counter("c_total", "", "a", "b")
		g := r.Gauge("g", "", "a")
		h := r.Histogram("h", "", nil, "a")
		bound := c.With("1", "2")
		values := []byte("12")
		record := func() {
			a, b := string(values[:1]), string(values[1:])
			c.Add(1.5, a, b)
			g.Set(1, a)
			h.Observe(1, a)
			bound.Inc()
			_ = r.Record(Metric{Name: "m", Value: 1, Labels: []Label{{Name: "a", Value: a}, {Name: "b", Value: b}}})
		}
		for range 20 {
			record() // until the samples' ring is full
		}
		if n := testing.AllocsPerRun(100, record); n != 0 {
			t.Errorf("mode %d: %v allocations", mode, n)
		}
	}
}
