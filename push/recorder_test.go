package push

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// recordedText is families as text, without created timestamps.
func recordedText(t *testing.T, families []*dto.MetricFamily) string {
	t.Helper()
	var b strings.Builder
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func wantDrain(t *testing.T, r *Recorder, samples int, want string) {
	t.Helper()
	families, n := r.drain()
	if got := recordedText(t, families); got != want || n != samples {
		t.Errorf("drained %d samples, want %d:\n%swant:\n%s", n, samples, got, want)
	}
}

func wantGather(t *testing.T, r *Recorder, want string) {
	t.Helper()
	families, err := r.Gather()
	if got := recordedText(t, families); err != nil || got != want {
		t.Errorf("gathered, error %v:\n%swant:\n%s", err, got, want)
	}
}

func mustRecord(t *testing.T, r *Recorder, m Metric) {
	t.Helper()
	if err := r.Record(m); err != nil {
		t.Errorf("Record(%+v): %v", m, err)
	}
}

// Each drain holds what was recorded since the one before, and nothing is in two.
func TestDrainGivesIncrements(t *testing.T) {
	r := newRecorder(recorderConfig{})
	rows := r.Counter("rows_total", "Rows copied.", "table", "kind")
	busy := r.Gauge("busy", "")
	seconds := r.Histogram("copy_seconds", "", []float64{1, 5})
	rows.Add(2.5, "orders", "new")
	rows.Inc("orders", "new")
	rows.Inc("items", "old")
	busy.Set(3)
	busy.Dec()
	seconds.Observe(1)
	seconds.Observe(7)
	mustRecord(t, r, Metric{Name: "rows_total", Value: 4, Labels: []Label{{Name: "table", Value: "items"}, {Name: "kind", Value: "old"}}})
	mustRecord(t, r, Metric{Name: "free_bytes", Value: 1e9, Labels: []Label{{Name: "disk", Value: "sda"}}})
	mustRecord(t, r, Metric{Name: "copy_seconds", Value: 2})
	wantDrain(t, r, 5, `# TYPE busy gauge
busy 2
# TYPE copy_seconds histogram
copy_seconds_bucket{le="1"} 1
copy_seconds_bucket{le="5"} 2
copy_seconds_bucket{le="+Inf"} 3
copy_seconds_sum 10
copy_seconds_count 3
# TYPE free_bytes gauge
free_bytes{disk="sda"} 1e+09
# HELP rows_total Rows copied.
# TYPE rows_total counter
rows_total{kind="new",table="orders"} 3.5
rows_total{kind="old",table="items"} 5
`)
	wantDrain(t, r, 0, "")
	rows.Inc("items", "old")
	seconds.Observe(0)
	busy.Set(2)
	wantDrain(t, r, 3, `# TYPE busy gauge
busy 2
# TYPE copy_seconds histogram
copy_seconds_bucket{le="1"} 1
copy_seconds_bucket{le="5"} 1
copy_seconds_bucket{le="+Inf"} 1
copy_seconds_sum 0
copy_seconds_count 1
# HELP rows_total Rows copied.
# TYPE rows_total counter
rows_total{kind="old",table="items"} 1
`)
	if st := r.stats(); st.series != 5 || st.recorded != 13 || len(st.refused) > 0 {
		t.Errorf("stats are %+v", st)
	}
}

// Gather gives running totals whatever is pushed, and drains nothing.
func TestGatherGivesTotals(t *testing.T) {
	for _, mode := range []recordMode{recordIncrements, recordTotals, recordSamples} {
		r := newRecorder(recorderConfig{mode: mode})
		runs := r.Counter("runs_total", "")
		seconds := r.Histogram("run_seconds", "", []float64{1})
		r.Gauge("unset", "").With()
		for range 2 {
			runs.Add(1.5)
			seconds.Observe(2)
			r.drain()
			runs.Add(1)
		}
		for range 2 {
			wantGather(t, r, `# TYPE run_seconds histogram
run_seconds_bucket{le="1"} 0
run_seconds_bucket{le="+Inf"} 2
run_seconds_sum 4
run_seconds_count 2
# TYPE runs_total counter
runs_total 5
`)
		}
		families, samples := r.drain()
		if inTotals := mode == recordTotals; inTotals != (samples == 0) {
			t.Errorf("mode %d drained %v after Gather", mode, families)
		}
	}
}

// A total says since when it counts.
func TestGatherGivesCreatedTimestamps(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 5e8, time.UTC)
	r := newRecorder(recorderConfig{mode: recordTotals, now: func() time.Time { return at }})
	r.Counter("runs_total", "").Inc()
	r.Histogram("run_seconds", "", nil).Observe(1)
	families, _ := r.Gather()
	for _, f := range families {
		m := f.Metric[0]
		for _, created := range []interface{ AsTime() time.Time }{m.GetCounter().GetCreatedTimestamp(), m.GetHistogram().GetCreatedTimestamp()} {
			if got := created.AsTime(); !got.Equal(at) && got.Unix() != 0 {
				t.Errorf("%s was created at %v, want %v", f.GetName(), got, at)
			}
		}
		if m.GetCounter().GetCreatedTimestamp() == nil && m.GetHistogram().GetCreatedTimestamp() == nil {
			t.Errorf("%s has no created timestamp", f.GetName())
		}
	}
}

// What has no label, or was asked for by With, exists before it counts, so that
// the first increase shows as one.
func TestCountersBeginAtZero(t *testing.T) {
	r := newRecorder(recorderConfig{})
	r.Counter("runs_total", "")
	r.Counter("rows_total", "", "table").With("orders")
	r.Histogram("run_seconds", "", []float64{1})
	r.Gauge("last_success_timestamp_seconds", "")
	wantDrain(t, r, 3, `# TYPE rows_total counter
rows_total{table="orders"} 0
# TYPE run_seconds histogram
run_seconds_bucket{le="1"} 0
run_seconds_bucket{le="+Inf"} 0
run_seconds_sum 0
run_seconds_count 0
# TYPE runs_total counter
runs_total 0
`)
	wantDrain(t, r, 0, "")
}

// Labels make the same series in any order, and an empty value is no label.
func TestLabelOrderDoesNotMatter(t *testing.T) {
	r := newRecorder(recorderConfig{})
	a, b := Label{Name: "a", Value: "1"}, Label{Name: "b", Value: "2"}
	set := []Label{b, a}
	for range 2 {
		mustRecord(t, r, Metric{Name: "x", Value: 1, Labels: []Label{a, b}})
		mustRecord(t, r, Metric{Name: "x", Value: 2, Labels: set})
		mustRecord(t, r, Metric{Name: "x", Value: 3, Labels: []Label{a, {Name: "c"}, b}})
		mustRecord(t, r, Metric{Name: "x", Value: 4, Labels: []Label{{Name: "a", Value: "2"}, {Name: "b", Value: "1"}}})
		mustRecord(t, r, Metric{Name: "x", Value: 5})
	}
	set[0].Value = "changed afterwards"
	wantDrain(t, r, 3, "# TYPE x gauge\nx 5\nx{a=\"1\",b=\"2\"} 3\nx{a=\"2\",b=\"1\"} 4\n")
}

// The same handle twice is one; what can't be the same is an error and records nothing.
func TestHandlesAreOnePerName(t *testing.T) {
	r := newRecorder(recorderConfig{})
	c := r.Counter("a_total", "", "x")
	if r.Counter("a_total", "other help", "x") != c {
		t.Error("the same counter asked for twice is two")
	}
	h := r.Histogram("h", "", nil)
	if r.Histogram("h", "", append(boundsOf(nil), math.Inf(1))) != h {
		t.Error("the same histogram asked for twice is two")
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	r.Gauge("a_total", "", "x").Set(7, "1")
	r.Counter("a_total", "", "y").Inc("1")
	r.Histogram("h", "", []float64{1}).Observe(1)
	wantDrain(t, r, 1, `# TYPE h histogram
h_bucket{le="0.005"} 0
h_bucket{le="0.01"} 0
h_bucket{le="0.025"} 0
h_bucket{le="0.05"} 0
h_bucket{le="0.1"} 0
h_bucket{le="0.25"} 0
h_bucket{le="0.5"} 0
h_bucket{le="1"} 0
h_bucket{le="2.5"} 0
h_bucket{le="5"} 0
h_bucket{le="10"} 0
h_bucket{le="+Inf"} 0
h_sum 0
h_count 0
`)
	if err := r.Err(); !errors.Is(err, ErrInvalidMetric) || len(strings.Split(err.Error(), "\n")) != 3 {
		t.Errorf("three conflicts give %v", err)
	}
	if got := r.stats().refused["conflict"]; got != 3 {
		t.Errorf("%d refused for a conflict, want 3", got)
	}
}

// The engine is woken once when as many samples wait as it asked for.
func TestThresholdWakes(t *testing.T) {
	for _, mode := range []recordMode{recordIncrements, recordTotals, recordSamples} {
		woken := 0
		r := newRecorder(recorderConfig{mode: mode, threshold: 6, wake: func() { woken++ }})
		for round := 1; round <= 2; round++ {
			r.Counter("c_total", "").Inc()
			r.Gauge("g", "").Add(1)
			r.Histogram("h", "", nil).Observe(1)
			r.Counter("c_total", "").With().Inc()
			mustRecord(t, r, Metric{Name: "m"})
			if woken != round-1 {
				t.Fatalf("mode %d: woken %d times before sample 6 of round %d", mode, woken, round)
			}
			for range 10 {
				mustRecord(t, r, Metric{Name: "m"})
			}
			if woken != round {
				t.Fatalf("mode %d: woken %d times in round %d", mode, woken, round)
			}
			r.drain()
			_, _ = r.Gather()
		}
	}
}

// What was accepted before close is in the last drain; what comes after it is
// refused and counted, through whatever handle.
func TestCloseRefuses(t *testing.T) {
	for _, mode := range []recordMode{recordIncrements, recordTotals, recordSamples} {
		r := newRecorder(recorderConfig{mode: mode})
		c, g, h := r.Counter("c_total", "", "l"), r.Gauge("g", ""), r.Histogram("h", "", nil)
		bound, boundGauge, boundHistogram := c.With("a"), g.With(), h.With()
		record := func() error {
			c.Inc("a")
			bound.Inc()
			g.Set(1)
			boundGauge.Inc()
			h.Observe(1)
			boundHistogram.Observe(1)
			return r.Record(Metric{Name: "m"})
		}
		if err := record(); err != nil {
			t.Fatal(err)
		}
		r.close()
		r.close()
		last := func() {
			r.drain()
			_, _ = r.Gather()
		}
		last()
		for round := uint64(1); round <= 2; round++ {
			if err := record(); !errors.Is(err, ErrClosed) {
				t.Errorf("mode %d: Record after close says %v", mode, err)
			}
			if got := r.stats(); got.refused["closed"] != 7*round || got.recorded != 7 {
				t.Errorf("mode %d: after close %+v", mode, got)
			}
		}
		if families, _ := r.drain(); len(families) > 0 {
			t.Errorf("mode %d: drained after the last drain: %v", mode, families)
		}
	}
}

// In mode samples each value of a gauge keeps its time, the oldest make room and
// are counted, and sums travel as running totals of the time of the drain.
func TestSamplesKeepTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := newRecorder(recorderConfig{mode: recordSamples, maxBuffered: 4})
		g := r.Gauge("g", "", "l")
		c := r.Counter("c_total", "")
		for i := range 6 {
			g.Add(1, []string{"b", "a"}[i%2])
			c.Inc()
			time.Sleep(time.Second)
		}
		mustRecord(t, r, Metric{Name: "g", Value: 9, Timestamp: start, Labels: []Label{{Name: "l", Value: "a"}}})
		families, n := r.drain()
		want := []struct {
			name, label string
			value       float64
			second      int64
		}{{"c_total", "", 6, 6}, {"g", "a", 9, 0}, {"g", "a", 2, 3}, {"g", "a", 3, 5}, {"g", "b", 3, 4}}
		if n != len(want) || r.stats().dropped != 3 {
			t.Fatalf("drained %d samples and dropped %d: %v", n, r.stats().dropped, families)
		}
		for _, f := range families {
			for _, m := range f.Metric {
				w := want[0]
				want = want[1:]
				value := m.GetGauge().GetValue() + m.GetCounter().GetValue()
				label := ""
				if len(m.Label) > 0 {
					label = m.Label[0].GetValue()
				}
				if f.GetName() != w.name || label != w.label || value != w.value || m.GetTimestampMs() != start.UnixMilli()+1000*w.second {
					t.Errorf("%s: got %v, want %+v", f.GetName(), m, w)
				}
			}
		}
		c.Inc()
		wantDrain(t, r, 1, "# TYPE c_total counter\nc_total 7 "+milliseconds(time.Now())+"\n")
		wantDrain(t, r, 0, "")
	})
}
