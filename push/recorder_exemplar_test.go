package push

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/push/labels"
	"github.com/headgate/headgate/push/pushtest"
)

// exemplars returns those of families, each as “place label=value … value@second”.
func exemplars(families []*dto.MetricFamily) []string {
	var found []string
	add := func(f *dto.MetricFamily, le string, e *dto.Exemplar) {
		if e == nil {
			return
		}
		s := f.GetName() + le
		for _, l := range e.Label {
			s += " " + l.GetName() + "=" + l.GetValue()
		}
		found = append(found, fmt.Sprintf("%s %v@%d", s, e.GetValue(), e.GetTimestamp().GetSeconds()))
	}
	for _, f := range families {
		for _, m := range f.Metric {
			add(f, "", m.GetCounter().GetExemplar())
			for _, b := range m.GetHistogram().GetBucket() {
				add(f, fmt.Sprint(" ", b.GetUpperBound()), b.Exemplar)
			}
		}
	}
	return found
}

func wantExemplars(t *testing.T, families []*dto.MetricFamily, want ...string) {
	t.Helper()
	if got := exemplars(families); !slices.Equal(got, want) {
		t.Errorf("exemplars are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// tracing returns a Recorder whose policy strips the label trace for an exemplar,
// and whose clock the caller sets in seconds.
func tracing(t *testing.T, c recorderConfig) (*Recorder, *int64) {
	now := new(int64)
	c.now = func() time.Time { return time.Unix(*now, 0) }
	c.policy = mustPolicy(t, labels.Drop("trace").ToExemplar())
	return newRecorder(c), now
}

// A stripped label is on the exemplar of the counter, or of the bucket that the
// value falls into: the newest there. It leaves once, with its increments, while the
// totals that Gather gives keep it.
func TestExemplarsLeaveWithTheirIncrements(t *testing.T) {
	r, now := tracing(t, recorderConfig{})
	c := r.Counter("c_total", "", "trace")
	h := r.Histogram("h", "", []float64{1, 5}, "trace")
	record := func(name string, v float64, trace string) {
		mustRecord(t, r, Metric{Name: name, Value: v, Labels: []Label{{Name: "trace", Value: trace}}})
	}
	for i, v := range []float64{1, 3, 4, 7} {
		*now = int64(i + 1)
		c.Add(v, fmt.Sprint("t", i))
		h.Observe(v, fmt.Sprint("t", i))
	}
	first := []string{"c_total trace=t3 7@4", "h 1 trace=t0 1@1", "h 5 trace=t2 4@3", "h +Inf trace=t3 7@4"}
	gathered, _ := r.Gather()
	wantExemplars(t, gathered, first...)
	drained, _ := r.drain()
	wantExemplars(t, drained, first...)
	gathered, _ = r.Gather()
	wantExemplars(t, gathered, first...)

	*now = 5
	c.Inc("") // has no trace
	record("h", 2, "t4")
	gathered, _ = r.Gather()
	wantExemplars(t, gathered, "c_total trace=t3 7@4", "h 1 trace=t0 1@1", "h 5 trace=t4 2@5", "h +Inf trace=t3 7@4")
	drained, _ = r.drain()
	wantExemplars(t, drained, "h 5 trace=t4 2@5")
	record("c_total", 2, "t5")
	drained, _ = r.drain()
	wantExemplars(t, drained, "c_total trace=t5 2@5")
	wantDrain(t, r, 0, "")
}

// A running total keeps its exemplar until there is a newer one, as client_golang's do.
func TestTotalsKeepTheirExemplars(t *testing.T) {
	for _, mode := range []recordMode{recordTotals, recordSamples} {
		r, _ := tracing(t, recorderConfig{mode: mode})
		c := r.Counter("c_total", "", "trace")
		h := r.Histogram("h", "", []float64{1}, "trace").With("t1")
		totals := func() []*dto.MetricFamily {
			if mode == recordTotals {
				families, _ := r.Gather()
				return families
			}
			families, _ := r.drain()
			return families
		}
		c.Inc("t1")
		h.Observe(1)
		wantExemplars(t, totals(), "c_total trace=t1 1@0", "h 1 trace=t1 1@0")
		c.Inc("")
		h.Observe(2)
		wantExemplars(t, totals(), "c_total trace=t1 1@0", "h 1 trace=t1 1@0", "h +Inf trace=t1 2@0")
		c.Inc("t2")
		h.Observe(0.5)
		wantExemplars(t, totals(), "c_total trace=t2 1@0", "h 1 trace=t1 0.5@0", "h +Inf trace=t1 2@0")
	}
}

// What is stripped from a gauge is dropped.
func TestGaugesHaveNoExemplars(t *testing.T) {
	for _, mode := range []recordMode{recordIncrements, recordTotals, recordSamples} {
		r, _ := tracing(t, recorderConfig{mode: mode})
		g := r.Gauge("g", "", "trace")
		g.Set(1, "t1")
		if n := testing.AllocsPerRun(100, func() { g.Set(2, "t1") }); n > 0 && mode != recordSamples {
			t.Errorf("mode %d: %v allocations for what is dropped", mode, n)
		}
		families, _ := r.Gather()
		wantExemplars(t, families)
		if e := g.family.known.findValues([]string{"t1"}); len(e.series.labels) > 0 || e.exemplar != nil {
			t.Errorf("mode %d: the label stays, as %v or %v", mode, e.series.labels, e.exemplar)
		}
	}
}

// A policy that strips labels costs a series that has none of them nothing.
func TestSeriesWithoutExemplarsCostNoAllocation(t *testing.T) {
	r, _ := tracing(t, recorderConfig{})
	c := r.Counter("c_total", "", "l", "trace")
	h := r.Histogram("h", "", nil, "l")
	record := func() {
		c.Inc("a", "")
		h.Observe(1, "a")
	}
	record()
	if n := testing.AllocsPerRun(100, record); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Label sets beyond those that are remembered have exemplars too.
func TestExemplarsBeyondMemory(t *testing.T) {
	r, _ := tracing(t, recorderConfig{maxSeries: 2})
	c := r.Counter("c_total", "", "trace")
	for i := range 100 {
		c.Inc(fmt.Sprint("t", i))
		if i%30 == 29 {
			families, _ := r.drain()
			wantExemplars(t, families, fmt.Sprintf("c_total trace=t%d 1@0", i))
		}
	}
}

// The exemplar of what came too late for an evicted series moves with the value.
func TestLateExemplarsAreMoved(t *testing.T) {
	r, _ := tracing(t, recorderConfig{maxSeries: 1})
	c := r.Counter("c_total", "", "l", "trace")
	bound := c.With("a", "t1")
	bound.Inc()
	old := bound.entry.Load()
	r.drain()
	c.Inc("b", "")
	if !old.series.isEvicted() {
		t.Fatal("an idle series wasn't evicted")
	}
	if !old.do(opAdd, 2, noTime) {
		t.Error("what was added to an evicted counter is refused")
	}
	families, _ := r.drain()
	wantExemplars(t, families, "c_total trace=t1 2@0")
}

// A bucket that is drained with an exemplar is drained with the count of it, while
// goroutines record and series are let go and come back.
func TestExemplarsUnderConcurrency(t *testing.T) {
	r := newRecorder(recorderConfig{maxSeries: 12, policy: mustPolicy(t, labels.Drop("trace").ToExemplar())})
	c := r.Counter("c_total", "", "l", "trace")
	h := r.Histogram("h", "", []float64{1, 3}, "l", "trace")
	var group sync.WaitGroup
	for w := range 4 {
		rng := rand.New(rand.NewPCG(uint64(w), 5))
		group.Go(func() {
			for i := range 3000 {
				l, trace := fmt.Sprint(rng.IntN(8)), fmt.Sprint(w, " ", i%7)
				c.Inc(l, trace)
				h.Observe(float64(rng.IntN(5)), l, trace)
			}
		})
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		families, _ := r.drain()
		wantCountedExemplars(t, families)
		runtime.Gosched()
	}
	families, _ := r.drain()
	wantCountedExemplars(t, families)
}

func wantCountedExemplars(t *testing.T, families []*dto.MetricFamily) {
	t.Helper()
	for _, f := range families {
		for _, m := range f.Metric {
			var below uint64
			for _, b := range m.GetHistogram().GetBucket() {
				if b.Exemplar != nil && (b.GetCumulativeCount() == below || b.Exemplar.GetValue() > b.GetUpperBound()) {
					t.Errorf("exemplar %v in a bucket that it isn't in: %v", b.Exemplar, m)
				}
				below = b.GetCumulativeCount()
			}
		}
	}
}

// An exemplar leaves no later than the increment it is of, also if a drain comes
// while others record.
func TestNoExemplarStaysBehind(t *testing.T) {
	r, _ := tracing(t, recorderConfig{})
	c := r.Counter("c_total", "", "trace").With("t1")
	for range 1000 {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() { c.Inc(); c.Inc() })
		}
		for range 8 {
			r.drain()
			runtime.Gosched()
		}
		group.Wait()
		r.drain()
		if x := c.entry.Load().series.exemplar.Load(); x != nil {
			t.Fatalf("exemplar %v stays behind", x)
		}
	}
}

// Exemplars arrive at the gateway, as increments and as totals, through the spool too.
func TestExemplarsArrive(t *testing.T) {
	for name, opts := range map[string][]Option{
		"increments": nil, "totals": {WithTotals()}, "spooled": {WithSpool(t.TempDir())},
	} {
		t.Run(name, func(t *testing.T) {
			gw := pushtest.New(t)
			opts = append(opts, silent(), WithPolicy(mustPolicy(t, labels.Drop("trace").ToExemplar())))
			p := New(gw.URL(), "web", opts...).Client(gw.Client())
			p.recording.now = func() time.Time { return time.Unix(1_700_000_000, 0) }
			labelled := []Label{{Name: "trace", Value: "4bf92f35"}, {Name: "code", Value: "200"}}
			p.Recorder().Counter("requests_total", "Requests.", "code", "trace")
			p.Recorder().Histogram("request_seconds", "Time.", []float64{1}, "code", "trace")
			noErr(t, p.Recorder().Record(Metric{Name: "requests_total", Value: 3, Labels: labelled}))
			noErr(t, p.Recorder().Record(Metric{Name: "request_seconds", Value: 0.5, Labels: labelled}))
			noErr(t, p.Recorder().Record(Metric{Name: "request_seconds", Value: 2, Labels: labelled}))
			noErr(t, p.Push())
			wantExemplars(t, gw.Pushes()[0].Families, "request_seconds 1 trace=4bf92f35 0.5@1700000000",
				"request_seconds +Inf trace=4bf92f35 2@1700000000", "requests_total trace=4bf92f35 3@1700000000")
		})
	}
}
