package labels

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// read makes families of an exposition.
func read(t testing.TB, text string) prometheus.Gatherer {
	t.Helper()
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		parser := expfmt.NewTextParser(model.UTF8Validation)
		byName, err := parser.TextToMetricFamilies(strings.NewReader(text + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		var out []*dto.MetricFamily
		for _, f := range byName {
			out = append(out, f)
		}
		slices.SortFunc(out, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
		return out, nil
	})
}

// text gathers and writes what comes out, without comments.
func text(t testing.TB, g prometheus.Gatherer) string {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for l := range strings.Lines(b.String()) {
		if !strings.HasPrefix(l, "#") {
			lines = append(lines, strings.TrimSpace(l))
		}
	}
	return strings.Join(lines, "\n")
}

// Series that become equal are merged by type.
func TestGathererMerges(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		rules          []Rule
	}{
		{"counters add up", "# TYPE c_total counter\nc_total{a=\"1\",x=\"p\"} 2\nc_total{a=\"2\",x=\"p\"} 3\nc_total{a=\"2\",x=\"q\"} 4",
			"c_total{x=\"p\"} 5\nc_total{x=\"q\"} 4", nil},
		{"gauges add up", "# TYPE g gauge\ng{a=\"1\"} 2\ng{a=\"2\"} 3", "g 5", nil},
		{"a timestamp is the latest", "# TYPE t_timestamp_seconds gauge\nt_timestamp_seconds{a=\"1\"} 2\nt_timestamp_seconds{a=\"2\"} 3", "t_timestamp_seconds 3", nil},
		{"least", "# TYPE g gauge\ng{a=\"1\"} 2\ng{a=\"2\"} 3", "g 2", []Rule{MergeGauges(Min)}},
		{"greatest", "# TYPE g gauge\ng{a=\"1\"} 2\ng{a=\"2\"} 3", "g 3", []Rule{For("g", MergeGauges(Max)), MergeGauges(Min)}},
		{"mean", "# TYPE g gauge\ng{a=\"1\"} 2\ng{a=\"2\"} 3", "g 2.5", []Rule{MergeGauges(Mean)}},
		{"NaN is no value", "# TYPE g gauge\ng{a=\"1\"} NaN\ng{a=\"2\"} 3", "g 3", nil},
		{"nothing but NaN", "# TYPE g gauge\ng{a=\"1\"} NaN\ng{a=\"2\"} NaN", "g NaN", []Rule{MergeGauges(Mean)}},
		{"untyped as gauges", "u{a=\"1\"} 2\nu{a=\"2\"} 3", "u 5", nil},
		{"summaries lose their quantiles", "# TYPE s summary\ns{a=\"1\",quantile=\"0.5\"} 2\ns_sum{a=\"1\"} 4\ns_count{a=\"1\"} 2\ns_sum{a=\"2\"} 5\ns_count{a=\"2\"} 3",
			"s_sum 9\ns_count 5", nil},
		{"a summary by itself keeps them", "# TYPE s summary\ns{a=\"1\",quantile=\"0.5\"} 2\ns_sum{a=\"1\"} 4\ns_count{a=\"1\"} 2",
			"s{quantile=\"0.5\"} 2\ns_sum 4\ns_count 2", nil},
		{"histograms", "# TYPE h histogram\nh_bucket{a=\"1\",le=\"1\"} 2\nh_bucket{a=\"1\",le=\"+Inf\"} 3\nh_sum{a=\"1\"} 9\nh_count{a=\"1\"} 3\n" +
			"h_bucket{a=\"2\",le=\"1\"} 1\nh_bucket{a=\"2\",le=\"+Inf\"} 5\nh_sum{a=\"2\"} 1\nh_count{a=\"2\"} 5",
			"h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 8\nh_sum 10\nh_count 8", nil},
		{"histograms with bounds in common", "# TYPE h histogram\nh_bucket{a=\"1\",le=\"1\"} 2\nh_bucket{a=\"1\",le=\"2\"} 3\nh_bucket{a=\"1\",le=\"+Inf\"} 3\nh_sum{a=\"1\"} 9\nh_count{a=\"1\"} 3\n" +
			"h_bucket{a=\"2\",le=\"2\"} 1\nh_bucket{a=\"2\",le=\"4\"} 4\nh_bucket{a=\"2\",le=\"+Inf\"} 5\nh_sum{a=\"2\"} 1\nh_count{a=\"2\"} 5",
			"h_bucket{le=\"2\"} 4\nh_bucket{le=\"+Inf\"} 8\nh_sum 10\nh_count 8", nil},
		{"histograms with none", "# TYPE h histogram\nh_bucket{a=\"1\",le=\"1\"} 2\nh_sum{a=\"1\"} 9\nh_count{a=\"1\"} 3\nh_bucket{a=\"2\",le=\"2\"} 1\nh_sum{a=\"2\"} 1\nh_count{a=\"2\"} 5",
			"h_bucket{le=\"+Inf\"} 8\nh_sum 10\nh_count 8", nil},
		{"histograms of which one says +Inf", "# TYPE h histogram\nh_bucket{a=\"1\",le=\"1\"} 2\nh_sum{a=\"1\"} 9\nh_count{a=\"1\"} 3\n" +
			"h_bucket{a=\"2\",le=\"1\"} 1\nh_bucket{a=\"2\",le=\"+Inf\"} 5\nh_sum{a=\"2\"} 1\nh_count{a=\"2\"} 5",
			"h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 8\nh_sum 10\nh_count 8", nil},
		{"series before the first that changes", "c{p=\"a\"} 1\nc{p=\"b\"} 2\nc{a=\"1\",p=\"b\"} 4\nc{p=\"d\"} 8", "c{p=\"a\"} 1\nc{p=\"b\"} 6\nc{p=\"d\"} 8", nil},
		{"an empty label is none", "c{a=\"1\",b=\"\"} 2\nc{a=\"1\"} 3", "c{b=\"\"} 5", nil},
		{"sorted", "c{a=\"1\",p=\"/9\"} 1\nc{a=\"1\",p=\"b\"} 2\nc{a=\"1\",p=\"a\"} 3", "c{p=\"a\"} 3\nc{p=\"b\"} 2\nc{p=\"z\"} 1",
			[]Rule{Match("p", "/9", "z")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := make1(t, append(c.rules, Drop("a"))...)
			if got := text(t, p.Gatherer(read(t, c.in))); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Samples of one series at different times aren't one sample.
func TestGathererKeepsTimesApart(t *testing.T) {
	p := make1(t, Drop("a"), Cap(1))
	got := text(t, p.Gatherer(read(t, "c{a=\"1\"} 1 1000\nc{a=\"1\"} 2 2000\nc{a=\"2\"} 3 2000\nc{a=\"1\"} 7 0\nc{a=\"1\"} 9")))
	if want := "c 7 0\nc 1 1000\nc 5 2000\nc 9"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What the wrapped Gatherer returned isn't changed, and families that no rule changes
// are passed on themselves.
func TestGathererCopiesOnWrite(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "c_total"}, []string{"a", "b"})
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "h", NativeHistogramBucketFactor: 1.1, Buckets: []float64{1, 2}}, []string{"a", "b"})
	s := prometheus.NewSummaryVec(prometheus.SummaryOpts{Name: "s", Objectives: map[float64]float64{0.5: 0.1}}, []string{"a", "b"})
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "g"})
	reg.MustRegister(c, h, s, g)
	for i := range 5 {
		a := fmt.Sprint(i)
		c.WithLabelValues(a, "x").Add(1)
		h.WithLabelValues(a, "x").Observe(float64(i))
		s.WithLabelValues(a, "x").Observe(float64(i))
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(families)
	p := make1(t, Drop("a").ToExemplar(), Rename("b", "c"), Cap(1))
	out, err := p.Gatherer(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return families, nil })).Gather()
	if err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprint(families); after != before {
		t.Errorf("was\n%s\nand is\n%s", before, after)
	}
	if out[1] != families[1] {
		t.Error("a family that doesn't change was copied")
	}
	if len(out[0].Metric) != 1 || out[0].Metric[0].GetCounter().GetValue() != 5 {
		t.Errorf("got %v", out[0])
	}
}

// What could be gathered is returned beside the error.
func TestGathererPassesErrorOn(t *testing.T) {
	boom := errors.New("boom")
	p := make1(t, Drop("a"))
	out, err := p.Gatherer(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		f, _ := read(t, "c{a=\"1\"} 1").Gather()
		return f, boom
	})).Gather()
	if !errors.Is(err, boom) || len(out) != 1 || len(out[0].Metric[0].Label) != 0 {
		t.Errorf("got %v, %v", out, err)
	}
}

// The series first seen stay, the rest is one series, and none leaves it.
func TestCapIsStable(t *testing.T) {
	p := make1(t, Cap(2))
	var now string
	g := p.Gatherer(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return read(t, now).Gather() }))
	for _, step := range []struct{ name, in, want string }{
		{"room", "c{a=\"m\"} 1", "c{a=\"m\"} 1"},
		{"a place is free again as long as there is no rest", "c{a=\"n\"} 1", "c{a=\"n\"} 1"},
		{"full", "c{a=\"n\"} 1\nc{a=\"x\"} 2", "c{a=\"n\"} 1\nc{a=\"x\"} 2"},
		{"rest", "c{a=\"a\"} 5\nc{a=\"b\"} 6\nc{a=\"n\"} 1\nc{a=\"x\"} 2", "c{a=\"n\"} 1\nc{a=\"overflow\"} 11\nc{a=\"x\"} 2"},
		{"none leaves the rest", "c{a=\"a\"} 5\nc{a=\"b\"} 6\nc{a=\"x\"} 2", "c{a=\"overflow\"} 11\nc{a=\"x\"} 2"},
		{"one comes back", "c{a=\"b\"} 6\nc{a=\"n\"} 2\nc{a=\"x\"} 2", "c{a=\"n\"} 2\nc{a=\"overflow\"} 6\nc{a=\"x\"} 2"},
		{"the rest's own labels need no place", "c{a=\"b\"} 6\nc{a=\"n\"} 2\nc{a=\"overflow\"} 10\nc{a=\"x\"} 2", "c{a=\"n\"} 2\nc{a=\"overflow\"} 16\nc{a=\"x\"} 2"},
		{"the rest is empty", "c{a=\"n\"} 3", "c{a=\"n\"} 3"},
		{"places are free again", "c{a=\"n\"} 3\nc{a=\"z\"} 1", "c{a=\"n\"} 3\nc{a=\"z\"} 1"},
	} {
		now = step.in
		if got := text(t, g); got != step.want {
			t.Errorf("%s: got\n%s\nwant\n%s", step.name, got, step.want)
		}
	}
}

// However the names of labels vary, there is one series for the rest.
func TestCapHasOneRest(t *testing.T) {
	p := make1(t, Cap(1))
	got := text(t, p.Gatherer(read(t, "c{a=\"1\"} 1\nc{b=\"1\"} 2\nc{d=\"1\"} 4\nc{a=\"1\",b=\"1\"} 8")))
	if want := "c{a=\"1\"} 1\nc{b=\"overflow\"} 14"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A wrapper's memory is bounded though metrics come and go.
func TestCapForgetsMetrics(t *testing.T) {
	p := make1(t, Cap(1))
	n := 0
	g := p.Gatherer(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		n++
		return read(t, fmt.Sprintf("c%d{a=\"1\"} 1", n)).Gather()
	})).(*gatherer)
	for range 2*maxForgetful + 10 {
		text(t, g)
		if len(g.kept) > maxForgetful+1 {
			t.Fatalf("%d metrics are remembered", len(g.kept))
		}
	}
}

// Gathering from several goroutines is safe and gives each the same.
func TestGathererConcurrently(t *testing.T) {
	p := make1(t, Cap(2), Drop("b"))
	g := p.Gatherer(read(t, "c{a=\"1\"} 1\nc{a=\"2\"} 2\nc{a=\"3\"} 4\nc{a=\"4\",b=\"1\"} 8"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, want := text(t, g), "c{a=\"1\"} 1\nc{a=\"2\"} 2\nc{a=\"overflow\"} 12"; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	wg.Wait()
}

// A dropped label leads from a merged counter or bucket back to one that is in it.
func TestDropToExemplar(t *testing.T) {
	p := make1(t, Drop("trace_id").ToExemplar(), Drop("user").ToExemplar())
	families, err := p.Gatherer(read(t, "# TYPE c counter\nc{trace_id=\"t1\",user=\"u1\"} 1\nc{trace_id=\"t2\",user=\"u2\"} 7\n"+
		"# TYPE h histogram\nh_bucket{trace_id=\"t1\",le=\"1\"} 0\nh_bucket{trace_id=\"t1\",le=\"2\"} 1\nh_bucket{trace_id=\"t1\",le=\"+Inf\"} 1\nh_sum{trace_id=\"t1\"} 1.5\nh_count{trace_id=\"t1\"} 1\n"+
		"h_bucket{trace_id=\"t2\",le=\"1\"} 1\nh_bucket{trace_id=\"t2\",le=\"2\"} 1\nh_bucket{trace_id=\"t2\",le=\"+Inf\"} 1\nh_sum{trace_id=\"t2\"} 0.5\nh_count{trace_id=\"t2\"} 1\n")).Gather()
	if err != nil {
		t.Fatal(err)
	}
	describe := func(e *dto.Exemplar) string {
		var out []string
		for _, l := range e.GetLabel() {
			out = append(out, l.GetName()+"="+l.GetValue())
		}
		return fmt.Sprint(strings.Join(out, " "), " ", e.GetValue())
	}
	if got := describe(families[0].Metric[0].Counter.Exemplar); got != "trace_id=t2 user=u2 7" {
		t.Errorf("the counter has %q", got)
	}
	var got []string
	for _, b := range families[1].Metric[0].Histogram.Bucket {
		got = append(got, describe(b.Exemplar))
	}
	if want := []string{"trace_id=t2 0.5", "trace_id=t1 1.5", " 0"}; !slices.Equal(got, want) {
		t.Errorf("the buckets have %q, want %q", got, want)
	}
}

// A label dropped to an exemplar goes beside what the exemplar has, and stays within
// what an exemplar may have.
func TestExemplarIsExtended(t *testing.T) {
	now := time.Now()
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "c"}, []string{"user"})
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "h", Buckets: []float64{1, 2}}, []string{"user"})
	reg.MustRegister(c, h)
	long := strings.Repeat("é", 100)
	c.WithLabelValues("u").(prometheus.ExemplarAdder).AddWithExemplar(3, prometheus.Labels{"trace_id": "t"})
	h.WithLabelValues(long).(prometheus.ExemplarObserver).ObserveWithExemplar(1.5, prometheus.Labels{"t": strings.Repeat("x", 30)})
	h.WithLabelValues(strings.Repeat("x", 200)).Observe(1)
	p := make1(t, Drop("user").ToExemplar())
	families, err := p.Gatherer(reg).Gather()
	if err != nil {
		t.Fatal(err)
	}
	e := families[0].Metric[0].Counter.Exemplar
	if len(e.Label) != 2 || e.GetValue() != 3 || e.Timestamp.AsTime().Before(now) {
		t.Errorf("the counter has %v", e)
	}
	e = families[1].Metric[0].Histogram.Bucket[1].Exemplar
	if len(e.GetLabel()) != 1 || e.Label[0].GetValue() != long || e.GetValue() != 1.5 {
		t.Errorf("the bucket has %v", e)
	}
	if n := p.losses.counts[exemplarFull].Load(); n != 1 {
		t.Errorf("%d labels were too long", n)
	}
}

// An exemplar is never put where nothing was observed, nor beside those that the
// program chose itself.
func TestBucketExemplarIsHonest(t *testing.T) {
	for name, chosen := range map[string]bool{"the mean lies in an empty bucket": false, "the program has its own": true} {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "h", Buckets: []float64{1, 2, 4}})
		h.Observe(3.4)
		if chosen {
			h.(prometheus.ExemplarObserver).ObserveWithExemplar(0.4, prometheus.Labels{"trace_id": "t"})
			h.Observe(1.9) // where the mean is
		} else {
			h.Observe(0.4)
		}
		made := withBucketExemplar(written(t, h), []Label{{"user", "u"}})
		for i, b := range made.Bucket {
			if e := b.Exemplar; (e != nil) != (chosen && i == 0) {
				t.Errorf("%s: bucket %d has %v", name, i, e)
			}
		}
	}
}

var errNotEqual = errors.New("not equal")

// Whatever the labels, no series comes out twice and no observation gets lost.
func TestGathererKeepsTotals(t *testing.T) {
	forSeeds(t, func(t *testing.T, r *rand.Rand) {
		reg := prometheus.NewRegistry()
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "c_total"}, []string{"a", "b", "ip"})
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "h", Buckets: []float64{1, 2}, NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 20,
		}, []string{"a", "b", "ip"})
		reg.MustRegister(c, h)
		p := make1(t, Cap(1+r.IntN(20)), Drop("b"), TemplateIDs("a"), Allow("ip", "::1"), For("h", Alias("a", map[string]string{"/x": "/y"})))
		g := p.Gatherer(reg)
		for range 5 {
			for range 20 {
				l := []string{[]string{"/x", "/y", "/7", "/8", "/z?1"}[r.IntN(5)], fmt.Sprint(r.IntN(9)), []string{"::1", "::2"}[r.IntN(2)]}
				c.WithLabelValues(l...).Inc()
				h.WithLabelValues(l...).Observe(math.Exp(r.NormFloat64() * 5))
			}
			raw, err1 := reg.Gather()
			out, err2 := g.Gather()
			if err := errors.Join(err1, err2, checkTotals(raw, out, p)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func checkTotals(raw, out []*dto.MetricFamily, p *Policy) error {
	for i := range raw {
		seen := map[string]bool{}
		for _, m := range out[i].Metric {
			if key := fmt.Sprint(m.Label); seen[key] {
				return fmt.Errorf("%w: series %s is there twice", errNotEqual, key)
			} else {
				seen[key] = true
			}
			if err := checkHistogram(m.Histogram); err != nil {
				return err
			}
		}
		if n := p.Limit(out[i].GetName()); len(seen) > n+1 {
			return fmt.Errorf("%w: %d series with a cap of %d", errNotEqual, len(seen), n)
		}
		if got, want := total(out[i]), total(raw[i]); got != want {
			return fmt.Errorf("%w: %s adds up to %v, want %v", errNotEqual, raw[i].GetName(), got, want)
		}
	}
	return nil
}

func total(f *dto.MetricFamily) (sum float64) {
	for _, m := range f.Metric {
		sum += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return sum
}

// checkHistogram is whether the native buckets add up to the count.
func checkHistogram(h *dto.Histogram) error {
	if h == nil {
		return nil
	}
	n := readNative(h)
	sum := n.zero
	for _, side := range []map[int]float64{n.positive, n.negative} {
		for _, c := range side {
			sum += c
		}
	}
	if sum != float64(h.GetSampleCount()) {
		return fmt.Errorf("%w: native buckets hold %v of %d observations", errNotEqual, sum, h.GetSampleCount())
	}
	return nil
}

func BenchmarkGatherer(b *testing.B) {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "c_total"}, []string{"path", "method", "code"})
	reg.MustRegister(c)
	for i := range 10_000 {
		c.WithLabelValues(fmt.Sprintf("/users/%d", i), []string{"GET", "POST"}[i%2], "200").Inc()
	}
	families, err := reg.Gather()
	if err != nil {
		b.Fatal(err)
	}
	from := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return families, nil })
	for name, p := range map[string]*Policy{
		"merged":    make1(b, Template("path", "/users/:id"), Allow("method", "GET")),
		"renamed":   make1(b, Rename("path", "route")),
		"capped":    make1(b, Cap(100)),
		"unchanged": make1(b, Allow("method", "GET", "POST"), Drop("user")),
		"idle":      make1(b),
	} {
		g := p.Gatherer(from)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.Gather(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A label that the grouping key says already is left out after the rules, and series
// that become equal by it are merged; one that says something else stays. Families
// without such labels are passed on as they are.
func TestGroupingKey(t *testing.T) {
	key := []Label{{"job", "web"}, {"zone", "a"}}
	none, rename := make1(t), make1(t, Rename("service", "job"))
	for _, c := range []struct {
		policy   *Policy
		in, want string
	}{
		{rename, "# TYPE c counter\nc{service=\"web\",x=\"1\"} 1\nc{x=\"1\",zone=\"a\"} 2", `c{x="1"} 3`},
		{rename, `c{service="shop",zone="b"} 1`, `c{job="shop",zone="b"} 1`},
		{none, `c{job="web",x="1"} 1`, `c{x="1"} 1`},
		{none, `c{job="",x="1"} 1`, `c{x="1"} 1`},
	} {
		if got := text(t, c.policy.Gatherer(read(t, c.in), key...)); got != c.want {
			t.Errorf("%s\ngave %s\nwant %s", c.in, got, c.want)
		}
	}
	plain, _ := read(t, `c{x="web"} 1`).Gather()
	from := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return plain, nil })
	if after, _ := none.Gatherer(from, key...).Gather(); after[0] != plain[0] {
		t.Error("a family that nothing changes isn't passed on")
	}
}
