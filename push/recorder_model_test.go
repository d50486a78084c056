package push

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

var recorderSeed = flag.Uint64("recorder-seed", 0, "run the recorder's model test with this seed only")

// What is drained, added up, is what a map of plain numbers holds, whatever the
// handle and the order of labels; so is what is gathered where nothing is evicted.
func TestRecorderIsItsModel(t *testing.T) {
	if *recorderSeed != 0 {
		runRecorderModel(t, *recorderSeed)
		return
	}
	for seed := uint64(1); seed <= 60; seed++ {
		if runRecorderModel(t, seed); t.Failed() {
			t.Fatalf("run again with -recorder-seed=%d", seed)
		}
	}
}

// recorderModel is a value for each name and label set.
type recorderModel map[string]float64

func modelKey(name string, set []Label) string {
	parts := []string{name}
	for _, l := range set {
		if l.Value != "" {
			parts = append(parts, l.Name+"="+l.Value)
		}
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, ",")
}

// add adds families to the model: gauges replace, counters and histograms add.
func (m recorderModel) add(families []*dto.MetricFamily) {
	for _, f := range families {
		for _, d := range f.Metric {
			set := make([]Label, len(d.Label))
			for i, p := range d.Label {
				set[i] = Label{Name: p.GetName(), Value: p.GetValue()}
			}
			key := modelKey(f.GetName(), set)
			switch {
			case d.Gauge != nil:
				m[key] = d.Gauge.GetValue()
			case d.Counter != nil:
				m[key] += d.Counter.GetValue()
			default:
				m[key] += d.Histogram.GetSampleSum()
				m[key+" count"] += float64(d.Histogram.GetSampleCount())
				for _, b := range d.Histogram.Bucket {
					m[fmt.Sprint(key, " le ", b.GetUpperBound())] += float64(b.GetCumulativeCount())
				}
			}
		}
	}
}

func runRecorderModel(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	small := seed%2 == 0 // series are let go; then only counters and histograms have a handle
	c := recorderConfig{maxSeries: 10_000}
	if small {
		c.maxSeries = 40
	}
	r := newRecorder(c)
	bounds := []float64{1, 2, 4, 8}
	counter := r.Counter("c_total", "", "x", "y")
	histogram := r.Histogram("h", "", bounds, "x")
	gauge := r.Gauge("g", "", "x")
	want, got := recorderModel{}, recorderModel{}
	for range 1500 {
		x, y := fmt.Sprint(rng.IntN(9)), fmt.Sprint(rng.IntN(4))
		if y == "3" {
			y = ""
		}
		v := float64(rng.IntN(80)) / 8
		set := []Label{{Name: "x", Value: x}, {Name: "y", Value: y}}
		refused := r.refused.by[overLimit].Load()
		apply := func() {}
		switch rng.IntN(8) {
		case 0:
			counter.Add(v, x, y)
			apply = func() { want[modelKey("c_total", set)] += v }
		case 1:
			counter.With(x, y).Add(v)
			apply = func() { want[modelKey("c_total", set)] += v }
		case 2:
			slices.Reverse(set)
			_ = r.Record(Metric{Name: "c_total", Value: v, Labels: set})
			apply = func() { want[modelKey("c_total", set)] += v }
		case 3, 4:
			histogram.Observe(v, x)
			apply = func() { want.observe(modelKey("h", set[:1]), v, bounds) }
		case 5:
			gauge.Add(v, x)
			apply = func() { want[modelKey("g", set[:1])] += v }
		case 6:
			_ = r.Record(Metric{Name: "free" + y, Value: v, Labels: set[:1]})
			apply = func() { want[modelKey("free"+y, set[:1])] = v }
		default:
			if rng.IntN(20) == 0 {
				families, _ := r.drain()
				got.add(families)
			}
		}
		if r.refused.by[overLimit].Load() == refused {
			apply()
		}
	}
	families, _ := r.drain()
	got.add(families)
	got.compare(t, want, "drained")
	if !small {
		got = recorderModel{}
		families, _ = r.Gather()
		got.add(families)
		got.compare(t, want, "gathered")
	}
}

func (m recorderModel) observe(key string, v float64, bounds []float64) {
	m[key] += v
	m[key+" count"]++
	for _, b := range bounds {
		if v <= b {
			m[fmt.Sprint(key, " le ", b)]++
		}
	}
}

// compare ignores zeros: a bucket that counted nothing may be missing in one.
func (m recorderModel) compare(t *testing.T, want recorderModel, what string) {
	t.Helper()
	zero := func(_ string, v float64) bool { return v == 0 }
	got := maps.Clone(m)
	maps.DeleteFunc(got, zero)
	want = maps.Clone(want)
	maps.DeleteFunc(want, zero)
	if !maps.Equal(got, want) {
		for _, key := range slices.Sorted(maps.Keys(want)) {
			if got[key] != want[key] {
				t.Errorf("%s %s is %v, want %v", what, key, got[key], want[key])
			}
		}
		t.Errorf("%s %d numbers, want %d", what, len(got), len(want))
	}
}
