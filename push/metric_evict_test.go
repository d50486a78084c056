package push

import (
	"errors"
	"fmt"
	"testing"
)

// A process whose labels come and go runs for ever: what was drained and not used
// since makes room, the longest unused first; what waits for a drain doesn't.
func TestIdleSeriesMakeRoom(t *testing.T) {
	r := newRecorder(recorderConfig{maxSeries: 8})
	c := r.Counter("c_total", "", "l")
	for i := range 8 {
		c.Inc(fmt.Sprint(i))
	}
	record := func(label string) error {
		return r.Record(Metric{Name: "c_total", Value: 1, Labels: []Label{{Name: "l", Value: label}}})
	}
	if err := record("new"); !errors.Is(err, ErrSeriesLimit) {
		t.Fatalf("with eight of eight series waiting for a drain: %v", err)
	}
	want := `metric "c_total": series limit reached: want at most 8 series over all metrics: drop a label with many values, cap them by a label policy, or raise the limit`
	if err := record("new"); err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	r.drain()
	for i := 1; i < 8; i++ {
		c.Inc(fmt.Sprint(i)) // 0 is idle from now on
	}
	r.drain()
	for i := range 100 {
		if err := record(fmt.Sprint("new ", i)); err != nil {
			t.Fatal(err)
		}
		c.Inc("7") // used in each epoch, and so never let go
		r.drain()
	}
	if st := r.stats(); st.series > 8 || st.recorded != 8+7+200 || st.refused["limit"] != 2 {
		t.Errorf("stats are %+v", st)
	}
	families, _ := r.Gather()
	for _, m := range families[0].Metric {
		if m.Label[0].GetValue() == "7" && m.Counter.GetValue() != 102 {
			t.Errorf("the series in use was let go: %v", m)
		}
	}
}

// A bound handle outlives its series.
func TestBoundHandleOutlivesItsSeries(t *testing.T) {
	r := newRecorder(recorderConfig{maxSeries: 2})
	c, h := r.Counter("c_total", "", "l"), r.Histogram("h", "", []float64{1}, "l")
	counter, histogram := c.With("a"), h.With("a")
	counter.Inc()
	histogram.Observe(1)
	r.drain()
	c.Inc("b")
	r.drain()
	h.Observe(1, "b")
	r.drain()
	if !counter.entry.Load().series.isEvicted() || !histogram.entry.Load().series.dist.gone {
		t.Fatal("the series weren't evicted")
	}
	counter.Inc()
	counter.Add(2)
	histogram.Observe(0)
	histogram.Observe(0)
	wantDrain(t, r, 2, `# TYPE c_total counter
c_total{l="a"} 3
# TYPE h histogram
h_bucket{l="a",le="1"} 2
h_bucket{l="a",le="+Inf"} 2
h_sum{l="a"} 0
h_count{l="a"} 2
`)
	if counter.entry.Load().series.isEvicted() {
		t.Error("the handle looks its series up each time")
	}
}

// What can't begin anew stays: running totals, and gauges that move up and down.
func TestTotalsAndGaugesStay(t *testing.T) {
	for _, mode := range []recordMode{recordIncrements, recordTotals, recordSamples} {
		r := newRecorder(recorderConfig{mode: mode, maxSeries: 1})
		if mode == recordIncrements {
			r.Gauge("g", "", "l").Inc("a")
		} else {
			r.Counter("c_total", "", "l").Inc("a")
		}
		r.drain()
		_, _ = r.Gather()
		r.drain()
		if err := r.Record(Metric{Name: "m"}); !errors.Is(err, ErrSeriesLimit) {
			t.Errorf("mode %d: a series was let go for another: %v", mode, err)
		}
	}
}

// A metric without a handle is forgotten with its last series, and its name is free.
func TestNamesAreForgottenWithTheirSeries(t *testing.T) {
	r := newRecorder(recorderConfig{maxSeries: 3})
	for i := range 20 {
		mustRecord(t, r, Metric{Name: fmt.Sprint("m", i)})
		r.drain()
	}
	if len(r.families) > 3 {
		t.Errorf("%d names are remembered", len(r.families))
	}
	mustRecord(t, r, Metric{Name: "m0", Value: 1})
	wantDrain(t, r, 1, "# TYPE m0 gauge\nm0 1\n")
}

// Nothing is left of what is refused: neither the names nor the label sets.
func TestRefusalsLeaveNothingBehind(t *testing.T) {
	r := newRecorder(recorderConfig{maxSeries: 3})
	for i := range 3 {
		mustRecord(t, r, Metric{Name: fmt.Sprint("m", i)})
	}
	for i := range 100 {
		if err := r.Record(Metric{Name: fmt.Sprint("n", i)}); !errors.Is(err, ErrSeriesLimit) {
			t.Fatal(err)
		}
	}
	if len(r.families) != 3 || r.entries != 3 {
		t.Errorf("%d names and %d label sets are remembered", len(r.families), r.entries)
	}
}
