package labels

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// histogram makes a native one of schema, with these counts by bucket index.
func histogram(schema int32, threshold, zero float64, positive map[int]float64) *dto.Histogram {
	n := native{schema: schema, threshold: threshold, zero: zero, positive: positive}
	total := zero
	for _, c := range positive {
		total += c
	}
	h := &dto.Histogram{SampleCount: new(uint64(total)), SampleSum: new(total)}
	n.write(h, false)
	return h
}

func describe(h *dto.Histogram) string {
	n := readNative(h)
	out := fmt.Sprintf("schema %d, zero %v to %v:", n.schema, n.zero, n.threshold)
	for _, i := range slices.Sorted(maps.Keys(n.positive)) {
		out += fmt.Sprintf(" %d=%v", i, n.positive[i])
	}
	return out
}

// Native histograms are merged at the coarser resolution and with the wider zero
// bucket, without cutting a bucket in two.
func TestMergeNative(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b *dto.Histogram
		want string
	}{
		{"same schema", histogram(0, 0, 1, map[int]float64{1: 2, 5: 1}), histogram(0, 0, 0, map[int]float64{1: 3, 2: 1}), "schema 0, zero 1 to 0: 1=5 2=1 5=1"},
		// Of schema 1, buckets 1 and 2 reach to 2, which is bucket 1 of schema 0.
		{"coarser", histogram(1, 0, 0, map[int]float64{-1: 1, 0: 1, 1: 1, 2: 1, 3: 1}), histogram(0, 0, 0, map[int]float64{1: 1}), "schema 0, zero 0 to 0: 0=2 1=3 2=1"},
		{"wider zero bucket", histogram(0, 1, 1, nil), histogram(0, 0, 1, map[int]float64{-3: 1, 0: 1, 1: 1}), "schema 0, zero 4 to 1: 1=1"},
		{"a bucket isn't cut", histogram(0, 1.5, 1, nil), histogram(0, 0, 1, map[int]float64{1: 1, 2: 1}), "schema 0, zero 3 to 2: 2=1"},
		{"empty", histogram(0, 0, 0, nil), histogram(0, 0, 0, nil), "schema 0, zero 0 to 0:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, parts := range [][]*dto.Histogram{{c.a, c.b}, {c.b, c.a}} {
				h, whole := mergeHistograms(parts)
				if got := describe(h); got != c.want || !whole || !isNative(h) {
					t.Errorf("got %s, whole %v, want %s", got, whole, c.want)
				}
			}
		})
	}
}

// Without native buckets in all parts, or with those of an unknown schema, there are none.
func TestMergeNativeWithOthers(t *testing.T) {
	for name, other := range map[string]*dto.Histogram{
		"classic": {SampleCount: new(uint64(1)), SampleSum: new(1.0)},
		"custom":  histogram(-53, 0, 1, nil),
	} {
		h, whole := mergeHistograms([]*dto.Histogram{histogram(0, 0, 1, map[int]float64{1: 1}), other})
		if isNative(h) || whole || h.GetSampleCount() != 2+other.GetSampleCount() {
			t.Errorf("%s: got %v, whole %v", name, h, whole)
		}
	}
}

// The number of buckets stays bounded, however many series become one.
func TestMergeNativeIsBounded(t *testing.T) {
	var parts []*dto.Histogram
	for i := range 100 {
		parts = append(parts, histogram(3, 0, 0, map[int]float64{i * 8: 1, i*8 + 3: 1}))
	}
	h, _ := mergeHistograms(parts)
	if n := readNative(h); len(n.positive) > maxNativeBuckets || h.GetSchema() < 0 || h.GetSampleCount() != 200 {
		t.Errorf("got %d buckets of schema %d", len(n.positive), h.GetSchema())
	}
}

// Histograms merged are what one histogram of all the observations would be.
func TestMergeNativeIsExact(t *testing.T) {
	forSeeds(t, func(t *testing.T, r *rand.Rand) {
		opts := prometheus.HistogramOpts{Name: "h", NativeHistogramBucketFactor: 1.2}
		all, parts := prometheus.NewHistogram(opts), []prometheus.Histogram{prometheus.NewHistogram(opts), prometheus.NewHistogram(opts), prometheus.NewHistogram(opts)}
		for range 1000 {
			v := r.NormFloat64() * math.Exp(r.NormFloat64()*3)
			all.Observe(v)
			parts[r.IntN(len(parts))].Observe(v)
		}
		var read []*dto.Histogram
		for _, p := range parts {
			read = append(read, written(t, p))
		}
		got, whole := mergeHistograms(read)
		n, want := readNative(got), readNative(written(t, all))
		want.coarsen(n.schema) // more buckets than a merged histogram may have
		if !whole || n.schema != want.schema || n.zero != want.zero || !maps.Equal(n.positive, want.positive) || !maps.Equal(n.negative, want.negative) {
			t.Errorf("got %v, want %v", n, want)
		}
	})
}

func written(t *testing.T, h prometheus.Histogram) *dto.Histogram {
	t.Helper()
	var m dto.Metric
	if err := h.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.Histogram
}

// A merged series began when the first of its parts did.
func TestMergeKeepsEarliestCreation(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "c_total"}, []string{"a"})
	reg.MustRegister(c)
	c.WithLabelValues("1").Inc()
	between := time.Now()
	c.WithLabelValues("2").Inc()
	families, err := make1(t, Drop("a")).Gatherer(reg).Gather()
	if err != nil {
		t.Fatal(err)
	}
	if created := families[0].Metric[0].Counter.GetCreatedTimestamp(); created == nil || created.AsTime().After(between) {
		t.Errorf("created %v, want before %v", created.AsTime(), between)
	}
}

// A metric that lacks what its family's type asks for does no harm.
func TestMergeOddMetrics(t *testing.T) {
	for _, kind := range []dto.MetricType{dto.MetricType_COUNTER, dto.MetricType_GAUGE, dto.MetricType_SUMMARY, dto.MetricType_HISTOGRAM, dto.MetricType_UNTYPED} {
		f := &dto.MetricFamily{Name: new("m"), Type: &kind, Metric: []*dto.Metric{
			{Label: labelPairs(parse("a=1"))}, {Label: labelPairs(parse("a=2"))}, {Label: []*dto.LabelPair{{}}},
		}}
		g := make1(t, Drop("a").ToExemplar()).Gatherer(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return []*dto.MetricFamily{f}, nil }))
		if out, err := g.Gather(); err != nil || len(out[0].Metric) != 1 {
			t.Errorf("%v: got %v, %v", kind, out, err)
		}
		VetFamilies([]*dto.MetricFamily{f})
	}
}
