package push

import (
	"errors"
	"math"
	"testing"

	"github.com/headgate/headgate/push/labels"
)

func seriesFor(f *family, values ...string) *series { return f.known.findValues(values).series }

// Who changed a counter but had not counted that yet when the series was evicted
// moves the value to the series of today. Two of them move it once.
func TestLateIncrementsAreMoved(t *testing.T) {
	r := newRecorder(recorderConfig{maxSeries: 1})
	c := r.Counter("c_total", "", "l")
	c.Inc("a")
	s := seriesFor(c.family, "a")
	r.drain()
	s.add(2)
	s.add(0.5)
	c.Inc("b")
	if !s.isEvicted() {
		t.Fatal("an idle series wasn't evicted")
	}
	for range 2 {
		if !s.late(opAdd, s.state.Add(1)) {
			t.Error("what was added before the eviction is refused")
		}
	}
	wantDrain(t, r, 2, "# TYPE c_total counter\nc_total{l=\"a\"} 2.5\nc_total{l=\"b\"} 1\n")
}

// What is counted keeps its series; so does what was made to be sent as zero.
func TestWhatWaitsIsNotEvicted(t *testing.T) {
	r := newRecorder(recorderConfig{maxSeries: 2})
	c, h := r.Counter("c_total", "", "l"), r.Histogram("h", "", nil, "l")
	c.With("a")
	h.With("a")
	if err := r.Record(Metric{Name: "m"}); !errors.Is(err, ErrSeriesLimit) {
		t.Errorf("a series that was never sent was let go: %v", err)
	}
	r.drain()
	c.Inc("a")
	h.Observe(1, "a")
	for _, s := range []*series{seriesFor(c.family, "a"), seriesFor(h.family, "a")} {
		if s.evict() {
			t.Errorf("%s: the series was evicted while something waited", s.family.name)
		}
	}
}

// Eviction makes room below a family's cap, and never takes the overflow series.
func TestEvictionMakesRoomBelowTheCap(t *testing.T) {
	r := newRecorder(recorderConfig{policy: mustPolicy(t, labels.Cap(2)), maxSeries: 4})
	c := r.Counter("c_total", "", "l")
	c.Inc("a")
	c.Inc("b")
	c.Inc("c")
	mustRecord(t, r, Metric{Name: "m"})
	r.drain()
	c.Inc("a")
	mustRecord(t, r, Metric{Name: "m"})
	mustRecord(t, r, Metric{Name: "n"})
	c.Inc("d")
	r.drain()
	r.drain()
	r.mu.Lock()
	for r.evict() > 0 {
		continue
	}
	left := c.family.series
	r.mu.Unlock()
	if len(left) != 1 || left[0] != c.family.overflow {
		t.Errorf("after the eviction of all, %d series are left", len(left))
	}
	c.Inc("e")
	c.Inc("f")
	c.Inc("g")
	wantDrain(t, r, 3, "# TYPE c_total counter\nc_total{l=\"e\"} 1\nc_total{l=\"f\"} 1\nc_total{l=\"overflow\"} 1\n")
}

// Whole increments don't overflow, nor are fractions and large ones lost among them.
func TestCounterSums(t *testing.T) {
	r := newRecorder(recorderConfig{})
	c := r.Counter("c_total", "")
	s := c.With().entry.Load().series
	s.whole.Store(spillAt - 1)
	c.Inc()
	if s.whole.Load() != 0 {
		t.Errorf("%d is left in whole at the limit", s.whole.Load())
	}
	c.Inc()
	if got := s.gained(); got != spillAt {
		t.Errorf("the sum is %v, want %v", got, float64(spillAt))
	}
	r.drain()
	want := 0.0
	for _, v := range []float64{0, math.Copysign(0, -1), 0.5, 1, largestWhole - 1, largestWhole, 1e300, math.SmallestNonzeroFloat64} {
		c.Add(v)
		want += v
	}
	if s.gained() != want || s.take() != want || s.gained() != 0 {
		t.Errorf("the sum is %v, want %v", s.gained(), want)
	}
}

// A gauge whose sample is buffered stays, also if a drain took the count of it
// between its buffer and its series; one that is gone takes no sample.
func TestBufferedGaugesAreNotEvicted(t *testing.T) {
	r := newRecorder(recorderConfig{mode: recordSamples, maxBuffered: 2})
	mustRecord(t, r, Metric{Name: "m", Value: 1})
	s := r.known.findMetric("m", nil).series
	s.takeCount()
	if s.evict() {
		t.Fatal("a gauge was evicted that had a sample in the buffer")
	}
	wantSamples := func(want int) {
		t.Helper()
		if _, n := r.drain(); n != want {
			t.Errorf("drained %d samples, want %d", n, want)
		}
	}
	wantSamples(1)
	for range 3 {
		mustRecord(t, r, Metric{Name: "m"})
	}
	s.takeCount()
	if s.buffered != 2 || s.evict() {
		t.Errorf("%d samples are counted, want 2", s.buffered)
	}
	wantSamples(2)
	if !s.evict() || r.buffer.put(s, opSet, 1, noTime) {
		t.Error("an idle gauge stays, or takes a sample when it is gone")
	}
}
